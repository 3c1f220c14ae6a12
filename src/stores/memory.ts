import { randomUUID } from "node:crypto";

import { isUnfinished } from "../engine/vocabulary.ts";
import { type Clock, createSteadyClock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type {
  AppendBatch,
  PendingApproval,
  Removal,
  RemovalRequest,
  RunStore,
  RunSummary,
} from "../runs/run-store.ts";
import {
  assertContinues,
  checkKeys,
  dueAt,
  foreignApproval,
  idempotencyConflict,
  sessionBusy,
} from "./rules.ts";
import { compareTexts } from "./cursor.ts";
import { addGrant, endGrant, grantsFor, listGrants, useGrant } from "./memory-grants.ts";
import {
  addIntent,
  assertPlaceIsFree,
  closeIntent,
  findIntents,
  removeIntent,
} from "./memory-intents.ts";
import { claim, claimRun, leaseOf, nextFree, release, renew } from "./memory-leases.ts";
import { claimDue, countPending, listPending, listRuns, nextDue } from "./memory-lists.ts";
import { countPast, pastOf } from "./memory-past.ts";
import { copiesOf, copyOf, createShelf, holderOf, type Shelf } from "./memory-shelf.ts";
import { createWatchers } from "./watchers.ts";

/** A store that lives as long as the process: for tests, and for runs that need not outlive it. */
export function createMemoryRunStore({ clock }: { clock?: Clock | undefined } = {}): RunStore {
  const shelf = createShelf(createSteadyClock(clock), randomUUID());
  const watchers = createWatchers();
  // Every method goes through here, so that a closed store fails as one on disk does.
  const use = <T>(work: (opened: Shelf) => T): T => work(assertOpen(shelf));
  return {
    location: "memory",
    append(batch) {
      use(() => append(shelf, batch));
      watchers.tell(batch.runId);
    },
    read: (runId, fromSeq = 0) => use(() => (shelf.lines.get(runId) ?? []).slice(fromSeq)),
    getRun: (runId) => use(() => copyOf(shelf.runs.get(runId))),
    findByIdempotencyKey: (idempotencyKey) => {
      checkKeys({ idempotencyKey });
      return use(() => copyOf(holderOf(shelf, shelf.byIdempotencyKey, idempotencyKey)));
    },
    findUnfinishedRun: (sessionId) => {
      checkKeys({ sessionId });
      return use(() => copyOf(holderOf(shelf, shelf.bySession, sessionId)));
    },
    findIntents: (key) => {
      checkKeys({ intentKey: key });
      return use(() => findIntents(shelf, key));
    },
    pastOf: (tool, features) => use(() => pastOf(shelf, { tool, features })),
    addGrant: (grant) => use(() => addGrant(shelf, grant)),
    listGrants: (limit) => use(() => listGrants(shelf, limit)),
    grantsFor: (tool) => use(() => grantsFor(shelf, tool)),
    useGrant: (grantId) => use(() => useGrant(shelf, grantId)),
    endGrant: (grantId, end) => use(() => endGrant(shelf, grantId, end)),
    closeIntent: (runId) => use(() => closeIntent(shelf, runId)),
    listRuns: (filter) => use(() => listRuns(shelf, filter)),
    claim: (request) => use(() => claim(shelf, request)),
    claimRun: (runId, terms) => use(() => claimRun(shelf, runId, terms)),
    renew: (owner, request) => use(() => renew(shelf, owner, request)),
    release(runId, owner) {
      if (use(() => release(shelf, { runId, owner }))) watchers.tell(runId);
    },
    nextFree: (request) => use(() => nextFree(shelf, request)),
    leaseOf: (runId) => use(() => leaseOf(shelf, runId)),
    listPending: (filter) => use(() => listPending(shelf, filter)),
    countPending: (runId) => use(() => countPending(shelf, runId)),
    claimDue: (request) => use(() => claimDue(shelf, request)),
    nextDue: () => use(() => nextDue(shelf)),
    findApproval: (approvalId) => use(() => shelf.approvals.get(approvalId)),
    removeBefore(request) {
      const { removed, ...result } = use(() => removeBefore(shelf, request));
      for (const runId of removed) watchers.tell(runId);
      return result;
    },
    watch: (listener) => use(() => watchers.add(listener)),
    close: async () => {
      shelf.isClosed = true;
      watchers.clear();
    },
  };
}

function assertOpen(shelf: Shelf): Shelf {
  if (shelf.isClosed) {
    throw new HoldpointError("store_unavailable", "Cannot use the store in memory: it is closed");
  }
  return shelf;
}

function append(shelf: Shelf, batch: AppendBatch): void {
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

function noteRunnable(shelf: Shelf, { source, runId, runnable }: RunSummary): void {
  const known = shelf.runnable.get(source) ?? new Set();
  shelf.runnable.set(source, known);
  if (runnable) known.add(runId);
  else known.delete(runId);
}

function removeBefore(
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
