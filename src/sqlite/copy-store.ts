import type { SealKey } from "../lib/digest.ts";
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { HoldpointError } from "../lib/errors.ts";
import { sealOfName } from "./commit-chain.ts";
import { openSqliteConnection } from "./connection.ts";
import { toStoreError } from "./errors.ts";

/**
 * Copies a store of this version, while others may write to it; leases stay behind.
 *
 * @param key of the user on this machine: whose commits are in it is to know the copy for one
 * @returns how many runs in it could go on
 * @throws HoldpointError `invalid_input`, `store_unavailable`, `store_corrupt`
 */
export async function copyStore(
  from: string,
  to: string,
  key?: SealKey,
): Promise<{ unfinished: number }> {
  if (!existsSync(from)) throw invalid(`there is no file "${from}"`);
  if (existsSync(to)) throw invalid(`"${to}" exists, and is not overwritten`);
  // Brings a file of an older version to this one first.
  const connection = await openSqliteConnection({ path: from });
  connection.close();
  makeFile(to);
  try {
    const source = new DatabaseSync(from);
    try {
      source.prepare("VACUUM INTO ?").run(to);
    } finally {
      source.close();
    }
    return takeOver(to, key);
  } catch (error) {
    rmSync(to, { force: true });
    throw toStoreError(error, to);
  }
}

/** Makes it before SQLite does, so that nobody else can read it. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(`"${path}" cannot be made: ${why}`);
  }
}

function takeOver(path: string, key: SealKey | undefined): { unfinished: number } {
  const copy = new DatabaseSync(path);
  try {
    copy.exec("BEGIN IMMEDIATE");
    const id = randomUUID();
    const mac = key === undefined ? null : sealOfName(id, key);
    copy
      .prepare("UPDATE identity SET store_id = ?, key_id = ?, mac = ?")
      .run(id, key?.id ?? null, mac);
    copy.exec("DELETE FROM leases");
    const row = copy.prepare("SELECT count(*) AS count FROM runs WHERE is_over = 0").get();
    copy.exec("COMMIT");
    return { unfinished: Number(row?.["count"]) };
  } finally {
    copy.close();
  }
}

function invalid(why: string): HoldpointError {
  return new HoldpointError("invalid_input", `Cannot copy the store: ${why}`);
}
