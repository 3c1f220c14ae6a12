import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";

import { sha256, type SealKey } from "../lib/digest.ts";
import { TAKEN_OVER } from "./guard-text.ts";

/**
 * What a row of the chain of commits says: `append` these entries of a run were written; `adopted`
 * they stood in the file before it had a chain; `removed` the run was pruned; `older` the file was
 * found to be an older copy of itself; `accepted` a person said that it is meant; `grant` a yes for
 * later calls was given, used or ended: `runId` is its id, `lastSeq` its uses, `hash` of its row.
 */
export const commitKinds = ["append", "adopted", "removed", "older", "accepted", "grant"] as const;

export type CommitKind = (typeof commitKinds)[number];

export interface Commit {
  /** From 1, without gaps. */
  readonly number: number;
  readonly kind: CommitKind;
  /** Empty where it is of no run. */
  readonly runId: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** SHA-256 of the line of entry `lastSeq`. */
  readonly hash: string;
  /** Milliseconds since 1970, by the store's clock. */
  readonly at: number;
}

/** A commit as it is stored. */
export interface SealedCommit extends Commit {
  /** Names the key of the mac; absent where there was none. */
  readonly keyId: string | undefined;
  readonly mac: string;
}

/**
 * All of a commit, as the next one is sealed behind it: so nothing of it is changed unseen, also
 * where it was made with a key that is not here, or is said to be.
 */
export function linkOf(values: readonly unknown[]): string {
  // The commit that was noted last is most often the one that the next is sealed behind.
  if (values.every((value, index) => value === newest.values[index])) return newest.link;
  newest = { values, link: sha256(JSON.stringify(values)) };
  return newest.link;
}

let newest: { values: readonly unknown[]; link: string } = { values: [undefined], link: "" };

/** Whether the mac of a commit is right. @param before absent for the first */
export function isRight(
  commit: SealedCommit,
  before: SealedCommit | undefined,
  key: SealKey | undefined,
): boolean {
  const { keyId, mac } = commit;
  const sealedWith = keyId === undefined ? undefined : key;
  if (before === undefined) return macOf(commit, "", sealedWith) === mac;
  if (macOf(commit, linkOf(toCommitValues(before)), sealedWith) === mac) return true;
  // Once they were sealed behind no more than the mac of the one before.
  return macOf(commit, before.mac, sealedWith) === mac;
}

/** @param before `linkOf` the commit before; empty for the first */
export function macOf(commit: Commit, before: string, key: SealKey | undefined): string {
  const { number, kind, runId, firstSeq, lastSeq, hash, at } = commit;
  const text = JSON.stringify([before, number, kind, runId, firstSeq, lastSeq, hash, at]);
  return key === undefined ? sha256(text) : key.macOf(text);
}

/** Seals the name of a store, which no commit has, as `macOf` does commits. */
export function sealOfName(storeId: string, key: SealKey): string {
  return key.macOf(JSON.stringify(["identity", storeId]));
}

export const addCommitStatement = `
  INSERT INTO commits (number, kind, run_id, first_seq, last_seq, hash, at, key_id, mac)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The values of `addCommitStatement`. */
export function toCommitValues(commit: SealedCommit): (string | number | null)[] {
  const { number, kind, runId, firstSeq, lastSeq, hash, at, keyId = null, mac } = commit;
  return [number, kind, runId, firstSeq, lastSeq, hash, at, keyId, mac];
}

/**
 * The step of the schema that makes a file's history one that can be checked. What it holds already
 * is taken as it stands, and counts from now on. Writers of the version before leave no commits:
 * they are refused by the guard, as theirs refused those before.
 */
export function addCommitTables(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE identity (store_id TEXT NOT NULL) STRICT;
    CREATE TABLE commits (
      number INTEGER PRIMARY KEY,
      kind TEXT NOT NULL,
      run_id TEXT NOT NULL,
      first_seq INTEGER NOT NULL,
      last_seq INTEGER NOT NULL,
      hash TEXT NOT NULL,
      at INTEGER NOT NULL,
      key_id TEXT,
      mac TEXT NOT NULL
    ) STRICT;
    CREATE TABLE holds (run_id TEXT PRIMARY KEY, reason TEXT NOT NULL, since TEXT NOT NULL)
      STRICT, WITHOUT ROWID;
    ALTER TABLE runs ADD COLUMN commit_number INTEGER;
    DROP TRIGGER entries_guard;
    CREATE TRIGGER entries_guard BEFORE INSERT ON entries WHEN new.guard IS NOT 2
      BEGIN SELECT json_extract('null', '${TAKEN_OVER}'); END;
  `);
  database.prepare("INSERT INTO identity (store_id) VALUES (?)").run(randomUUID());
  adopt(database);
}

function adopt(database: DatabaseSync): void {
  const ends = database.prepare(
    "SELECT run_id, max(seq) AS seq, line FROM entries GROUP BY run_id ORDER BY run_id",
  );
  const add = database.prepare(addCommitStatement);
  const note = database.prepare("UPDATE runs SET commit_number = ? WHERE run_id = ?");
  const at = Date.now();
  let before = "";
  let number = 0;
  for (const row of ends.iterate()) {
    number += 1;
    const runId = String(row["run_id"]);
    const hash = sha256(String(row["line"]));
    const lastSeq = Number(row["seq"]);
    const commit = { number, kind: "adopted", runId, firstSeq: 0, lastSeq, hash, at } as const;
    const sealed = { ...commit, keyId: undefined, mac: macOf(commit, before, undefined) };
    const values = toCommitValues(sealed);
    before = linkOf(values);
    add.run(...values);
    note.run(number, runId);
  }
}
