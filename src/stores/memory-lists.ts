import type { RunId } from "../lib/ids.ts";
import { COUNT_LIMIT, type PendingCount, type RunFilter } from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import { compareKeys, keyOfApproval, keyOfRun, parseCursor, toPage } from "./cursor.ts";
import { checkKeys } from "./rules.ts";
import { copiesOf, type Shelf } from "./memory-shelf.ts";

export function listRuns(
  shelf: Shelf,
  { status, agent, sessionId, limit, cursor }: RunFilter,
): { runs: RunSummary[]; nextCursor?: string } {
  checkKeys({ agent, sessionId });
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const rows = [...shelf.runs.values()]
    .filter((run) => status === undefined || run.status === status)
    .filter((run) => agent === undefined || run.agent === agent)
    .filter((run) => sessionId === undefined || run.sessionId === sessionId)
    .filter((run) => after === undefined || compareKeys(keyOfRun(run), after) < 0)
    .toSorted((a, b) => compareKeys(keyOfRun(b), keyOfRun(a)));
  const { rows: runs, ...next } = toPage(rows, { limit, keyOf: keyOfRun });
  return { runs: copiesOf(runs), ...next };
}

export function listPending(
  shelf: Shelf,
  {
    limit,
    cursor,
    runId,
  }: { limit: number; cursor?: string | undefined; runId?: RunId | undefined },
): { approvals: PendingApproval[]; nextCursor?: string } {
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const rows = openApprovals(shelf, runId)
    .filter((approval) => after === undefined || compareKeys(keyOfApproval(approval), after) > 0)
    .toSorted((a, b) => compareKeys(keyOfApproval(a), keyOfApproval(b)));
  const { rows: approvals, ...next } = toPage(rows, { limit, keyOf: keyOfApproval });
  return { approvals: copiesOf(approvals), ...next };
}

export function countPending(shelf: Shelf, runId: RunId | undefined): PendingCount {
  const { length } = openApprovals(shelf, runId);
  return { count: Math.min(length, COUNT_LIMIT), more: length > COUNT_LIMIT };
}

export function claimDue(
  shelf: Shelf,
  { limit, leaseMs }: { limit: number; leaseMs: number },
): PendingApproval[] {
  const nowMs = shelf.clock.now();
  const due = byDueTime(shelf)
    .filter(({ atMs }) => atMs <= nowMs)
    .slice(0, limit);
  for (const { approval } of due) shelf.due.set(approval.approvalId, nowMs + leaseMs);
  return due.map(({ approval }) => ({ ...approval }));
}

export function nextDue(shelf: Shelf): { inMs: number; approval: PendingApproval } | undefined {
  const [first] = byDueTime(shelf);
  if (first === undefined) return undefined;
  return { inMs: first.atMs - shelf.clock.now(), approval: { ...first.approval } };
}

function byDueTime(shelf: Shelf): { approval: PendingApproval; atMs: number }[] {
  return openApprovals(shelf, undefined)
    .flatMap((approval) => {
      const atMs = shelf.due.get(approval.approvalId);
      return atMs === undefined ? [] : [{ approval, atMs }];
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

function openApprovals(shelf: Shelf, runId: RunId | undefined): PendingApproval[] {
  return runId === undefined ? [...shelf.open.values()].flat() : (shelf.open.get(runId) ?? []);
}
