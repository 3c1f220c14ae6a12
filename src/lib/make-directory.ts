import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { errorCode } from "./errors.ts";

/**
 * Makes a directory and those above it, for this user only. One by one: `recursive` never ends where
 * a file system says that what it has just been asked for is not there, as `/proc` does.
 *
 * @throws Error of the file system
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let each = path; !isThere(each); each = dirname(each)) {
    missing.push(each);
    if (dirname(each) === each) break;
  }
  for (const each of missing.toReversed()) {
    try {
      mkdirSync(each, { mode: 0o700 });
    } catch (error) {
      // Another process was quicker.
      if (errorCode(error) !== "EEXIST") throw error;
    }
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
