import { lstatSync, realpathSync } from "node:fs";

import type { Condition, Likeness } from "./likeness.ts";

/** Notes where the folders of a likeness are, so that another in their place is told from them. */
export function withRealFolders({ shape, conditions }: Likeness): Likeness {
  const noted = conditions.map((each): Condition => {
    const real = each.is === "inside" ? realFolder(each.folder) : undefined;
    return each.is === "inside" && real !== undefined ? { ...each, real } : each;
  });
  return { shape, conditions: noted };
}

/**
 * Whether a path leads to where it says: its folder is the one that was looked at, and it is no link
 * out of it. What is not on this machine has its text alone.
 */
export function staysInside(
  { folder, real }: Extract<Condition, { is: "inside" }>,
  path: string,
): boolean {
  if (realFolder(folder) !== real) return false;
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true;
  } catch {
    // What cannot be looked at might be one.
    return false;
  }
}

function realFolder(folder: string): string | undefined {
  try {
    return realpathSync.native(folder);
  } catch {
    return undefined;
  }
}
