import type { RunId } from "../lib/ids.ts";
import type { SealedCommit } from "../sqlite/commit-chain.ts";
import type { Removal, RemovalRequest } from "../runs/run-store.ts";
import type { Prepare } from "../sqlite/connection.ts";
import type { SealKey } from "../lib/digest.ts";
import { parseFirst, parseNumber } from "../lib/rows.ts";
import { parseEnd, parseRunId } from "./rows.ts";
import { addCommit } from "./sqlite-commits.ts";
import { statements } from "./sqlite-statements.ts";

export interface Removed extends Removal {
  runIds: RunId[];
  /** The last one: each run that is removed leaves one. */
  commit: SealedCommit | undefined;
}

export function removeBefore(
  prepare: Prepare,
  { before, limit, untold = false }: RemovalRequest,
  terms: { nowMs: number; key: SealKey | undefined },
): Removed {
  // One more than is removed says whether there are others.
  const found = prepare(statements.overBefore)
    .all({ before, limit: limit + 1, untold: Number(untold) })
    .map(parseRunId);
  const runIds = found.slice(0, limit);
  let bytes = 0;
  let commit: SealedCommit | undefined;
  for (const runId of runIds) {
    const end = parseFirst(prepare(statements.lastEntry).get(runId), parseEnd);
    const { seq: lastSeq, line } = end ?? { seq: -1, line: "" };
    commit = addCommit(prepare, { kind: "removed", runId, firstSeq: 0, lastSeq, line }, terms);
    bytes += remove(prepare, runId);
  }
  const kept = untold
    ? 0
    : parseFirst(prepare(statements.untoldBefore).get(before), (row) => parseNumber(row, "runs"));
  const more = found.length > limit;
  return { runs: runIds.length, bytes, more, kept: kept ?? 0, runIds, commit };
}

function remove(prepare: Prepare, runId: RunId): number {
  const size = prepare(statements.journalSize).get(runId);
  prepare(statements.removeEntries).run(runId);
  prepare(statements.removeApprovals).run(runId);
  prepare(statements.removeIntent).run(runId);
  prepare(statements.removeLease).run(runId);
  prepare(statements.removeRun).run(runId);
  return parseFirst(size, (row) => parseNumber(row, "bytes")) ?? 0;
}
