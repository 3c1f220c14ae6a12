import { sha256, type SealKey } from "../lib/digest.ts";
import {
  addCommitStatement,
  commitKinds,
  linkOf,
  macOf,
  toCommitValues,
  type Commit,
  type CommitKind,
  type SealedCommit,
} from "../sqlite/commit-chain.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseNumber, parseOneOf, parseText, type Row } from "../lib/rows.ts";

export const commitStatements = {
  // In the order of `toCommitValues`.
  last: `
    SELECT number, kind, run_id, first_seq, last_seq, hash, at, key_id, mac
    FROM commits ORDER BY number DESC LIMIT 1`,
  numbered: "SELECT * FROM commits WHERE number = ?",
  from: "SELECT * FROM commits WHERE number > ? ORDER BY number LIMIT ?",
  /** Of one run, over all: asked only where something does not fit. */
  ofRun: "SELECT * FROM commits WHERE run_id = ? ORDER BY number",
  /** The last change of a yes for later calls. */
  ofGrant: "SELECT * FROM commits WHERE kind = 'grant' AND run_id = ? ORDER BY number DESC LIMIT 1",
  since: `
    SELECT count(*) AS count, max(number) AS newest,
      max(CASE kind WHEN 'older' THEN number END) AS older,
      max(CASE kind WHEN 'accepted' THEN number END) AS accepted
    FROM commits WHERE number > ?`,
  ofRow: `
    SELECT commits.* FROM runs JOIN commits ON commits.number = runs.commit_number
    WHERE runs.run_id = ?`,
} as const;

/** What a commit is about. */
export interface Committed {
  kind: CommitKind;
  /** Of a `grant` its id. */
  runId: string;
  firstSeq: number;
  lastSeq: number;
  /** The line of entry `lastSeq`; empty where it is of no run. */
  line: string;
}

/** Adds a commit to the chain, within the transaction of what it is about. */
export function addCommit(
  prepare: Prepare,
  { kind, runId, firstSeq, lastSeq, line }: Committed,
  { nowMs, key }: { nowMs: number; key: SealKey | undefined },
): SealedCommit {
  const before = prepare(commitStatements.last).get();
  const number = before === undefined ? 1 : parseNumber(before, "number") + 1;
  const at = Math.floor(nowMs);
  const commit: Commit = { number, kind, runId, firstSeq, lastSeq, hash: sha256(line), at };
  const mac = macOf(commit, before === undefined ? "" : linkOf(Object.values(before)), key);
  const sealed = { ...commit, keyId: key?.id, mac };
  prepare(addCommitStatement).run(...toCommitValues(sealed));
  return sealed;
}

export function findCommit(prepare: Prepare, number: number): SealedCommit | undefined {
  return parseFirst(prepare(commitStatements.numbered).get(number), parseCommit);
}

export function parseCommit(row: Row): SealedCommit {
  return {
    number: parseNumber(row, "number"),
    kind: parseOneOf(row, "kind", commitKinds),
    runId: parseText(row, "run_id"),
    firstSeq: parseNumber(row, "first_seq"),
    lastSeq: parseNumber(row, "last_seq"),
    hash: parseText(row, "hash"),
    at: parseNumber(row, "at"),
    keyId: row["key_id"] === null ? undefined : parseText(row, "key_id"),
    mac: parseText(row, "mac"),
  };
}
