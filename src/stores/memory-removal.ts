import type { RunId } from "../lib/ids.ts";
import type { Removal, RemovalRequest } from "../runs/run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { compareTexts } from "./cursor.ts";
import { noteRunnable } from "./memory-append.ts";
import { removeIntent } from "./memory-intents.ts";
import type { Shelf } from "./memory-shelf.ts";

/** What the store port asks, with which runs went. */
export function removeBefore(
  shelf: Shelf,
  { before, limit, untold = false }: RemovalRequest,
): Removal & { removed: RunId[] } {
  const all = [...shelf.runs.values()].filter(
    ({ isOver, updatedAt }) => isOver && updatedAt < before,
  );
  const isKept = ({ runId }: RunSummary): boolean =>
    !untold && shelf.intents.get(runId)?.isCurrent === true;
  const old = all
    .filter((run) => !isKept(run))
    .toSorted((a, b) => compareTexts(a.updatedAt, b.updatedAt));
  const gone = old.slice(0, limit);
  const bytes = gone.reduce((sum, run) => sum + remove(shelf, run), 0);
  const removed = gone.map(({ runId }) => runId);
  const kept = all.length - old.length;
  return { runs: gone.length, bytes, more: old.length > limit, kept, removed };
}

function remove(shelf: Shelf, run: RunSummary): number {
  const { runId, sessionId, idempotencyKey } = run;
  const lines = shelf.lines.get(runId) ?? [];
  shelf.lines.delete(runId);
  shelf.runs.delete(runId);
  shelf.leases.delete(runId);
  removeIntent(shelf, runId);
  noteRunnable(shelf, { ...run, runnable: false });
  for (const { approvalId } of shelf.open.get(runId) ?? []) shelf.due.delete(approvalId);
  shelf.open.delete(runId);
  for (const [approvalId, of] of shelf.approvals) {
    if (of === runId) shelf.approvals.delete(approvalId);
  }
  if (idempotencyKey !== undefined) shelf.byIdempotencyKey.delete(idempotencyKey);
  if (sessionId !== undefined && shelf.bySession.get(sessionId) === runId) {
    shelf.bySession.delete(sessionId);
  }
  return lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
}
