import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import type { ResolvePath } from "./evaluate.ts";

/**
 * Follows `..` and symbolic links of paths that count from `folder`; of a file that is not there
 * yet, those of the folders that are.
 */
export function createPathResolver(folder: string): ResolvePath {
  return (path) => {
    const expanded = path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
    return realPath(resolve(folder, expanded));
  };
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    const parent = dirname(path);
    // What is not there cannot lead elsewhere; what cannot be read might.
    if (code !== "ENOENT" || parent === path) return undefined;
    const above = realPath(parent);
    return above === undefined ? undefined : join(above, basename(path));
  }
}
