import { realpathSync, statSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";

import type { Problem } from "./problem.ts";
import type { ConfigFile } from "./schema.ts";

/** What a server of files must not reach: with it, an agent could approve its own calls. */
export interface Guarded {
  path: string;
  what: string;
}

/**
 * Finds servers whose arguments name a directory that holds something guarded. Values of options
 * (`--directory x`) count only where the server is one of files by its name.
 *
 * @param directory from which the arguments of a server count
 */
export function checkRoots(
  servers: ConfigFile["mcpServers"],
  { guarded, directory }: { guarded: readonly Guarded[]; directory: (server: string) => string },
): Problem[] {
  const places = guarded.map((each) => ({ ...each, path: realPlace(each.path) }));
  return Object.entries(servers ?? {}).flatMap(([name, { command = "", args = [], disabled }]) => {
    if (disabled === true) return [];
    const servesFiles = [command, ...args].some((word) => /filesystem/i.test(word));
    return args.flatMap((arg, index): Problem[] => {
      if (arg.startsWith("-") && !servesFiles) return [];
      if ((args[index - 1] ?? "").startsWith("--") && !servesFiles) return [];
      const root = toDirectory(resolve(directory(name), arg.replace(/^--?[\w-]+=/, "")));
      const inside = places.filter(({ path }) => root !== undefined && isInside(path, root));
      return inside.map(({ what }) => ({
        path: ["mcpServers", name, "args", index],
        message: `is a directory that contains ${what}: an agent could rewrite it. Give a directory below, or move ${what} elsewhere`,
      }));
    });
  });
}

function toDirectory(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Where a file is, or will be, symbolic links followed as far as there are any. */
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = resolve(path, "..");
    return parent === path ? path : resolve(realPlace(parent), relative(parent, path));
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
