import type { RunId } from "../lib/ids.ts";
import {
  COUNT_LIMIT,
  type Intent,
  type Page,
  type PendingCount,
  type RunFilter,
} from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import type { PastCount } from "../engine/past-call.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseNumber, parseText, type Row } from "../lib/rows.ts";
import { keyOfApproval, keyOfRun, parseCursor, toPage } from "./cursor.ts";
import { parseApproval, parsePast, parseRun } from "./rows.ts";
import {
  countPendingStatement,
  listPendingStatement,
  listRunsStatement,
  statements,
} from "./sqlite-statements.ts";

export function readLines(
  prepare: Prepare,
  { runId, fromSeq }: { runId: RunId; fromSeq: number },
): string[] {
  const rows = prepare(statements.linesFrom).all(runId, fromSeq);
  return rows.map((row) => parseText(row, "line"));
}

export function listRuns(
  prepare: Prepare,
  { status, agent, sessionId, limit, cursor }: RunFilter,
): { runs: RunSummary[]; nextCursor?: string } {
  const after = toParameters(cursor);
  const isContinued = after.length > 0;
  const filters = [status, agent, sessionId].filter((value) => value !== undefined);
  const rows = prepare(listRunsStatement({ status, agent, sessionId, isContinued }))
    .all(...filters, ...after, limit + 1)
    .map(parseRun);
  const { rows: runs, ...next } = toPage(rows, { limit, keyOf: keyOfRun });
  return { runs, ...next };
}

export function listPending(
  prepare: Prepare,
  { limit, cursor, runId }: Page & { runId?: RunId | undefined },
): { approvals: PendingApproval[]; nextCursor?: string } {
  const after = toParameters(cursor);
  const ofRun = runId === undefined ? [] : [runId];
  const statement = listPendingStatement({
    isOfRun: runId !== undefined,
    isContinued: after.length > 0,
  });
  const rows = prepare(statement)
    .all(...ofRun, ...after, limit + 1)
    .map(parseApproval);
  const { rows: approvals, ...next } = toPage(rows, { limit, keyOf: keyOfApproval });
  return { approvals, ...next };
}

function toParameters(cursor: string | undefined): string[] {
  if (cursor === undefined) return [];
  const { createdAt, id } = parseCursor(cursor);
  return [createdAt, id];
}

export function countPending(prepare: Prepare, runId: RunId | undefined): PendingCount {
  const statement = prepare(countPendingStatement({ isOfRun: runId !== undefined }));
  const row = statement.get(...(runId === undefined ? [] : [runId]), COUNT_LIMIT + 1);
  const pending = parseFirst(row, (counted) => parseNumber(counted, "pending")) ?? 0;
  return { count: Math.min(pending, COUNT_LIMIT), more: pending > COUNT_LIMIT };
}

export function findIntents(prepare: Prepare, key: string): Intent[] {
  return [statements.currentIntents, statements.lastClosedIntent].flatMap((statement) =>
    prepare(statement).all(key).map(parseIntent),
  );
}

function parseIntent(row: Row): Intent {
  return {
    run: parseRun(row),
    place: parseNumber(row, "place"),
    isCurrent: parseNumber(row, "is_current") === 1,
  };
}

export function pastOf(
  prepare: Prepare,
  { tool, features }: { tool: string; features: readonly string[] },
): Map<string, PastCount> {
  const rows = prepare(statements.past).all(tool, JSON.stringify(features));
  return new Map(rows.map((row) => [parseText(row, "feature"), parsePast(row)]));
}
