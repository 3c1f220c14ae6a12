import { basename, dirname, join } from "node:path";

import { isMissingFile } from "../../lib/missing-file.ts";
import { toPath } from "../../lib/paths.ts";

// An `import` of it makes all that it has, streams too, which takes longer than a library may.
const { lstatSync, realpathSync } = process.getBuiltinModule("node:fs");

/**
 * The real folder of what a path names, or would name once it is there; `undefined` for a link, which
 * leads elsewhere, and for what cannot be told. Relative paths count from this process's directory,
 * which is that of the servers it starts.
 */
export function realFolderOf(path: string): string | undefined {
  const whole = toPath(process.cwd(), path);
  try {
    if (lstatSync(whole).isSymbolicLink()) return undefined;
  } catch (error) {
    if (!isMissingFile(error)) return undefined;
  }
  return realDirectory(dirname(whole));
}

function realDirectory(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch (error) {
    const above = dirname(path);
    if (above === path || !isMissingFile(error)) return undefined;
    const real = realDirectory(above);
    return real === undefined ? undefined : join(real, basename(path));
  }
}
