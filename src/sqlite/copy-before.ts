import { closeSync, openSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { toStoreError } from "./errors.ts";
import { errorCode } from "../lib/errors.ts";

/**
 * Copies a store before its schema is changed, for this user only; to be called while nobody else
 * can write to it.
 *
 * @param version of the schema to come
 * @returns the copy's path; one that exists is never overwritten
 */
export function copyBefore(path: string, version: number): string {
  const copy = createBeside(`${path}.before-v${version}-${new Date().toISOString().slice(0, 10)}`);
  // A connection of its own: what has a transaction open cannot copy.
  const database = new DatabaseSync(path);
  try {
    database.prepare("VACUUM INTO ?").run(copy);
    return copy;
  } catch (error) {
    rmSync(copy, { force: true });
    throw toStoreError(error, copy);
  } finally {
    database.close();
  }
}

function createBeside(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? path : `${path}-${number}`;
    try {
      closeSync(openSync(name, "wx", 0o600));
      return name;
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw error;
    }
  }
}
