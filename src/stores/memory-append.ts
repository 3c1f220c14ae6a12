import { isUnfinished } from "../engine/vocabulary.ts";
import type { AppendBatch, PendingApproval, RunSummary } from "../engine/journal-store.ts";
import { addIntent, assertPlaceIsFree } from "./memory-intents.ts";
import { countPast } from "./memory-past.ts";
import { copiesOf, holderOf, type Shelf } from "./memory-shelf.ts";
import {
  assertContinues,
  checkKeys,
  dueAt,
  foreignApproval,
  idempotencyConflict,
  sessionBusy,
} from "./rules.ts";

/** All that an append does to a shelf; on failure nothing. */
export function append(shelf: Shelf, batch: AppendBatch): void {
  const { runId, lines, summary, pending } = batch;
  const stored = shelf.lines.get(runId) ?? [];
  const line = stored.at(-1);
  checkKeys(summary);
  assertContinues(batch, line === undefined ? undefined : { seq: stored.length - 1, line });
  assertUnique(shelf, batch);
  assertPlaceIsFree(shelf, batch);

  shelf.lines.set(runId, stored);
  for (const added of lines) stored.push(added);
  replaceRun(shelf, summary);
  addIntent(shelf, batch);
  countPast(shelf, batch);
  if (pending === undefined) return;
  replacePending(shelf, batch, pending);
}

function replacePending(
  shelf: Shelf,
  { runId, summary: { updatedAt } }: AppendBatch,
  pending: readonly PendingApproval[],
): void {
  const before = new Set((shelf.open.get(runId) ?? []).map(({ approvalId }) => approvalId));
  shelf.open.delete(runId);
  if (pending.length > 0) shelf.open.set(runId, copiesOf(pending));
  for (const { approvalId, expiresAt } of pending) {
    shelf.approvals.set(approvalId, runId);
    if (before.delete(approvalId) || expiresAt === undefined) continue;
    shelf.due.set(approvalId, dueAt({ expiresAt, updatedAt, nowMs: shelf.clock.now() }));
  }
  for (const approvalId of before) shelf.due.delete(approvalId);
}

function assertUnique(shelf: Shelf, batch: AppendBatch): void {
  const { runId, summary, pending = [] } = batch;
  const { sessionId, idempotencyKey, status } = summary;
  const keyHolder = holderOf(shelf, shelf.byIdempotencyKey, idempotencyKey);
  if (keyHolder && keyHolder.runId !== runId) throw idempotencyConflict(batch, keyHolder);
  const sessionHolder = holderOf(shelf, shelf.bySession, sessionId);
  if (sessionHolder && sessionHolder.runId !== runId && isUnfinished(status)) {
    throw sessionBusy(batch, sessionHolder);
  }
  for (const { approvalId } of pending) {
    if ((shelf.approvals.get(approvalId) ?? runId) !== runId) {
      throw foreignApproval(batch, approvalId);
    }
  }
}

function replaceRun(shelf: Shelf, given: RunSummary): void {
  const { runId, length, status, updatedAt, runnable, isOver } = given;
  const before = shelf.runs.get(runId);
  const summary = { ...(before ?? given), length, status, updatedAt, runnable, isOver };
  const { sessionId, idempotencyKey } = summary;
  if (before?.sessionId !== undefined && isUnfinished(before.status)) {
    shelf.bySession.delete(before.sessionId);
  }
  shelf.runs.set(runId, summary);
  noteRunnable(shelf, summary);
  if (idempotencyKey !== undefined) shelf.byIdempotencyKey.set(idempotencyKey, runId);
  if (sessionId !== undefined && isUnfinished(status)) shelf.bySession.set(sessionId, runId);
}

/** Keeps the index of runs that can go on in step. */
export function noteRunnable(shelf: Shelf, { source, runId, runnable }: RunSummary): void {
  const known = shelf.runnable.get(source) ?? new Set();
  shelf.runnable.set(source, known);
  if (runnable) known.add(runId);
  else known.delete(runId);
}
