import { renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { makeDirectory } from "./make-directory.ts";

/**
 * Replaces a file as a whole, for this user only; makes the directories above it. Nothing is
 * synced, so that a power cut may take it back: not for journals.
 *
 * @throws Error of the file system; what was there stays then
 */
export function writePrivately(file: string, text: string): void {
  makeDirectory(dirname(file));
  const draft = `${file}.${process.pid}.tmp`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, file);
}
