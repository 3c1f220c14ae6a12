import type { RunId } from "../lib/ids.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseNumber } from "../sqlite/rows.ts";
import { parseRunId } from "./sqlite-rows.ts";
import { statements } from "./sqlite-statements.ts";

export interface Removed {
  runs: number;
  bytes: number;
  more: boolean;
  runIds: RunId[];
}

export function removeBefore(
  prepare: Prepare,
  { before, limit }: { before: string; limit: number },
): Removed {
  // One more than is removed says whether there are others.
  const found = prepare(statements.overBefore)
    .all(before, limit + 1)
    .map(parseRunId);
  const runIds = found.slice(0, limit);
  let bytes = 0;
  for (const runId of runIds) bytes += remove(prepare, runId);
  return { runs: runIds.length, bytes, more: found.length > limit, runIds };
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
