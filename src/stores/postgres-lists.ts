import type { RunId } from "../lib/ids.ts";
import { isKeepable } from "../lib/key-text.ts";
import { parseFirst, parseNumber, parseText, type Row } from "../lib/rows.ts";
import { COUNT_LIMIT, type Page, type PendingCount, type RunFilter } from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import type { PastCount } from "../engine/past-call.ts";
import { keyOfApproval, keyOfRun, parseCursor, toPage } from "./cursor.ts";
import type { PostgresMeans } from "./postgres-append.ts";
import { parseApproval, parsePast, parseRun } from "./rows.ts";
import {
  countPendingStatement,
  listPendingStatement,
  listRunsStatement,
  statements,
} from "./postgres-statements.ts";

export async function listRuns(
  { connection, tenant }: PostgresMeans,
  { status, agent, sessionId, limit, cursor }: RunFilter,
): Promise<{ runs: RunSummary[]; nextCursor?: string }> {
  const after = toParameters(cursor);
  const statement = listRunsStatement({ status, agent, sessionId, isContinued: after.length > 0 });
  const filters = [status, agent, sessionId].filter((value) => value !== undefined);
  const rows = await connection.ask(statement, {
    values: [tenant, limit + 1, ...filters, ...after],
  });
  const { rows: runs, ...next } = toPage(rows.map(parseRun), { limit, keyOf: keyOfRun });
  return { runs, ...next };
}

export async function listPending(
  { connection, tenant }: PostgresMeans,
  { limit, cursor, runId }: Page & { runId?: RunId | undefined },
): Promise<{ approvals: PendingApproval[]; nextCursor?: string }> {
  const after = toParameters(cursor);
  if (runId !== undefined && !isKeepable(runId)) return { approvals: [] };
  const isOfRun = runId !== undefined;
  const statement = listPendingStatement({ isOfRun, isContinued: after.length > 0 });
  const rows: Row[] = await connection.ask(statement, {
    values: [tenant, limit + 1, ...(isOfRun ? [runId] : []), ...after],
  });
  const page = toPage(rows.map(parseApproval), { limit, keyOf: keyOfApproval });
  const { rows: approvals, ...next } = page;
  return { approvals, ...next };
}

function toParameters(cursor: string | undefined): string[] {
  if (cursor === undefined) return [];
  const { createdAt, id } = parseCursor(cursor);
  // Such a cursor is none that a page of this store ended with; nothing comes after it.
  return [createdAt, id].map((text) => (isKeepable(text) ? text : ""));
}

export async function countPending(
  { connection, tenant }: PostgresMeans,
  runId: RunId | undefined,
): Promise<PendingCount> {
  if (runId !== undefined && !isKeepable(runId)) return { count: 0, more: false };
  const isOfRun = runId !== undefined;
  const [row] = await connection.ask(countPendingStatement({ isOfRun }), {
    values: [tenant, COUNT_LIMIT + 1, ...(isOfRun ? [runId] : [])],
  });
  const pending = parseFirst(row, (counted) => parseNumber(counted, "pending")) ?? 0;
  return { count: Math.min(pending, COUNT_LIMIT), more: pending > COUNT_LIMIT };
}

/** What is known of earlier calls of a tool, by feature. */
export async function pastOf(
  { connection, tenant }: Pick<PostgresMeans, "connection" | "tenant">,
  { tool, features }: { tool: string; features: readonly string[] },
): Promise<Map<string, PastCount>> {
  const rows = await connection.ask(statements.past, { values: [tenant, tool, [...features]] });
  return new Map(rows.map((row) => [parseText(row, "feature"), parsePast(row)]));
}
