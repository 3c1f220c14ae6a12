import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { runProgram } from "../support/command.ts";

const packed = fileURLToPath(new URL("../fixtures/holdpoint-format-1.tgz", import.meta.url));
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

/**
 * Unpacks the version of this program that wrote format 1 and schema 2.
 *
 * @returns its command's file
 */
export async function unpackOldVersion(directory: string): Promise<string> {
  const target = join(directory, "old-version");
  await mkdir(target);
  await runProgram("tar", ["-xzf", packed, "-C", target]);
  await symlink(modules, join(target, "package", "node_modules"));
  return join(target, "package", "dist", "cli", "holdpoint.js");
}
