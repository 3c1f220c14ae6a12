import { accessSync, closeSync, constants, openSync, readSync } from "node:fs";
import { dirname } from "node:path";

import { APPLICATION_ID, newestSchemaVersion } from "../sqlite/schema.ts";
import { errorCode } from "../lib/errors.ts";

const { R_OK, W_OK } = constants;

// https://www.sqlite.org/fileformat.html#the_database_header
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const VERSION_AT = 60;
const APPLICATION_AT = 68;

/**
 * Whether a store can be opened as far as a look from outside tells: it is a file of this version,
 * or there is none yet and one can be made. What locks it, or is wrong inside, is not seen.
 */
export function seemsFine(path: string): boolean {
  try {
    accessSync(dirname(path), W_OK);
    const header = readHeader(path);
    if (header === undefined) return true;
    accessSync(path, R_OK | W_OK);
    return (
      header.toString("latin1", 0, MAGIC.length) === MAGIC &&
      header.readUInt32BE(APPLICATION_AT) === APPLICATION_ID &&
      header.readUInt32BE(VERSION_AT) === newestSchemaVersion
    );
  } catch {
    return false;
  }
}

/** `undefined` where there is no file. */
function readHeader(path: string): Buffer | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    readSync(file, header);
    return header;
  } finally {
    closeSync(file);
  }
}
