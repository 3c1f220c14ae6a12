import type { Clock } from "../lib/clock.ts";
import { sha256, type SealKey } from "../lib/digest.ts";
import type { RunId } from "../lib/ids.ts";
import { onHold, type Hold } from "../engine/store-history.ts";
import { isRight, type SealedCommit } from "../sqlite/commit-chain.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseText, type Row } from "../lib/rows.ts";
import { commitStatements, findCommit, parseCommit } from "./sqlite-commits.ts";
import { parseEnd } from "./rows.ts";
import { statements } from "./sqlite-statements.ts";

export const holdStatements = {
  of: "SELECT reason, since FROM holds WHERE run_id = ?",
  count: "SELECT count(*) AS count FROM holds WHERE run_id <> ''",
  add: "INSERT INTO holds (run_id, reason, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
  addAll: `
    INSERT INTO holds (run_id, reason, since) SELECT run_id, 'older', ? FROM runs WHERE is_over = 0
    ON CONFLICT (run_id) DO UPDATE SET reason = excluded.reason, since = min(since, excluded.since)`,
  addWhole: `
    INSERT INTO holds (run_id, reason, since) VALUES ('', 'older', ?)
    ON CONFLICT (run_id) DO UPDATE SET since = min(since, excluded.since)`,
  remove: "DELETE FROM holds WHERE run_id = ?",
  removeAll: "DELETE FROM holds",
} as const;

/** Of the store as a whole: runs that it does not know may have been. */
export const WHOLE = "" as RunId;

export function findHold(prepare: Prepare, runId: RunId): Hold | undefined {
  return parseFirst(prepare(holdStatements.of).get(runId), parseHold);
}

/** Nobody goes on with a run whose journal another program changed, until a person says so. */
export function holdChanged(
  prepare: Prepare,
  runId: RunId,
  { clock }: { clock: Pick<Clock, "now"> },
): Hold {
  const hold: Hold = { reason: "changed", since: new Date(clock.now()).toISOString() };
  prepare(holdStatements.add).run(runId, hold.reason, hold.since);
  return findHold(prepare, runId) ?? hold;
}

function parseHold(row: Row): Hold {
  const reason = parseText(row, "reason") === "changed" ? "changed" : "older";
  return { reason, since: parseText(row, "since") };
}

/**
 * Puts a run on hold whose last entry is not the one that was written, so that nothing is done on
 * the strength of it.
 *
 * @returns whether it may be gone on with
 */
export function isSound(prepare: Prepare, runId: RunId, key: SealKey | undefined): boolean {
  const commit = parseFirst(prepare(commitStatements.ofRow).get(runId), parseCommit);
  const end = parseFirst(prepare(statements.lastEntry).get(runId), parseEnd);
  if (commit === undefined) return end === undefined;
  return (
    commit.runId === runId &&
    end?.seq === commit.lastSeq &&
    sha256(end.line) === commit.hash &&
    isSealed(prepare, commit, key)
  );
}

function isSealed(prepare: Prepare, commit: SealedCommit, key: SealKey | undefined): boolean {
  const { number, keyId } = commit;
  if (keyId !== undefined && keyId !== key?.id) {
    // One of another machine cannot be checked here, but by what was sealed behind it.
    const next = findCommit(prepare, number + 1);
    return next === undefined || next.keyId !== key?.id || isRight(next, commit, key);
  }
  const before = findCommit(prepare, number - 1);
  return (before !== undefined || number === 1) && isRight(commit, before, key);
}

/** @throws HoldpointError `not_allowed` for a run that is on hold */
export function checkHold(prepare: Prepare, runId: RunId): void {
  const hold = findHold(prepare, runId);
  if (hold !== undefined) throw onHold(runId, hold);
}
