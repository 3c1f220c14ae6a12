import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type {
  AppendBatch,
  Lease,
  PendingApproval,
  RunFilter,
  RunStore,
  RunSummary,
} from "../runs/run-store.ts";
import {
  assertContinues,
  foreignApproval,
  idempotencyConflict,
  isUnfinished,
  sessionBusy,
} from "./append-rule.ts";
import {
  keyOfApproval,
  keyOfRun,
  parseCursor,
  toPage,
  compareKeys,
  compareTexts,
} from "./cursor.ts";
import { canTakeLease } from "./lease-rule.ts";

interface Shelf {
  version: number;
  isClosed: boolean;
  lines: Map<RunId, string[]>;
  runs: Map<RunId, RunSummary>;
  byIdempotencyKey: Map<string, RunId>;
  /** The unfinished run of each session. */
  bySession: Map<string, RunId>;
  /** Open approvals of each run. */
  open: Map<RunId, PendingApproval[]>;
  /** Open and decided ones. */
  approvals: Map<ApprovalId, RunId>;
  leases: Map<RunId, Lease>;
}

/** A store that lives as long as the process: for tests, and for runs that need not outlive it. */
export function createMemoryRunStore(): RunStore {
  const shelf = createShelf();
  // Every method goes through here, so that a closed store fails as one on disk does.
  const use = async <T>(work: (opened: Shelf) => T): Promise<T> => work(assertOpen(shelf));
  return {
    location: "memory",
    append: (batch) => use(() => append(shelf, batch)),
    read: (runId, fromSeq = 0) => use(() => (shelf.lines.get(runId) ?? []).slice(fromSeq)),
    getRun: (runId) => use(() => copyOf(shelf.runs.get(runId))),
    findByIdempotencyKey: (key) => use(() => copyOf(holderOf(shelf, shelf.byIdempotencyKey, key))),
    findUnfinishedRun: (sessionId) =>
      use(() => copyOf(holderOf(shelf, shelf.bySession, sessionId))),
    listRuns: (filter) => use(() => listRuns(shelf, filter)),
    listRunnable: (filter) => use(() => listRunnable(shelf, filter)),
    listPending: (filter) => use(() => listPending(shelf, filter)),
    countPending: (runId) => use(() => openApprovals(shelf, runId).length),
    nextExpiry: () => use(() => nextExpiry(shelf)),
    findApproval: (approvalId) => use(() => shelf.approvals.get(approvalId)),
    acquireLease: (runId, lease, nowMs) => use(() => acquireLease(shelf, { runId, lease, nowMs })),
    getLease: (runId) => use(() => copyOf(shelf.leases.get(runId))),
    releaseLease: (runId, owner) => use(() => releaseLease(shelf, { runId, owner })),
    remove: (runId, length) => use(() => remove(shelf, { runId, length })),
    version: () => assertOpen(shelf).version,
    close: async () => {
      shelf.isClosed = true;
    },
  };
}

function createShelf(): Shelf {
  return {
    version: 0,
    isClosed: false,
    lines: new Map(),
    runs: new Map(),
    byIdempotencyKey: new Map(),
    bySession: new Map(),
    open: new Map(),
    approvals: new Map(),
    leases: new Map(),
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
  assertContinues(batch, line === undefined ? undefined : { seq: stored.length - 1, line });
  assertUnique(shelf, batch);

  shelf.version += 1;
  shelf.lines.set(runId, stored);
  for (const added of lines) stored.push(added);
  replaceRun(shelf, summary);
  if (pending === undefined) return;
  shelf.open.delete(runId);
  if (pending.length > 0) shelf.open.set(runId, copiesOf(pending));
  for (const { approvalId } of pending) shelf.approvals.set(approvalId, runId);
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
  const { runId, length, status, updatedAt, runnable } = given;
  const before = shelf.runs.get(runId);
  const summary = { ...(before ?? given), length, status, updatedAt, runnable };
  const { sessionId, idempotencyKey } = summary;
  if (before?.sessionId !== undefined && isUnfinished(before.status)) {
    shelf.bySession.delete(before.sessionId);
  }
  shelf.runs.set(runId, summary);
  if (idempotencyKey !== undefined) shelf.byIdempotencyKey.set(idempotencyKey, runId);
  if (sessionId !== undefined && isUnfinished(status)) shelf.bySession.set(sessionId, runId);
}

function holderOf(
  shelf: Shelf,
  index: ReadonlyMap<string, RunId>,
  key: string | undefined,
): RunSummary | undefined {
  const runId = key === undefined ? undefined : index.get(key);
  return runId === undefined ? undefined : shelf.runs.get(runId);
}

function listRuns(
  shelf: Shelf,
  { status, agent, sessionId, limit, cursor }: RunFilter,
): { runs: RunSummary[]; nextCursor?: string } {
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

function listRunnable(
  shelf: Shelf,
  { sources, limit }: { sources: readonly string[]; limit: number },
): RunSummary[] {
  const runs = [...shelf.runs.values()]
    .filter(({ runnable, source }) => runnable && sources.includes(source))
    .toSorted((a, b) => compareKeys(keyOfRun(a), keyOfRun(b)));
  return copiesOf(runs.slice(0, limit));
}

function listPending(
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

function nextExpiry(shelf: Shelf): PendingApproval | undefined {
  const due = openApprovals(shelf, undefined).filter(({ expiresAt }) => expiresAt !== undefined);
  const [first] = due.toSorted((a, b) => compareTexts(a.expiresAt ?? "", b.expiresAt ?? ""));
  return copyOf(first);
}

function openApprovals(shelf: Shelf, runId: RunId | undefined): PendingApproval[] {
  return runId === undefined ? [...shelf.open.values()].flat() : (shelf.open.get(runId) ?? []);
}

function acquireLease(
  shelf: Shelf,
  { runId, lease, nowMs }: { runId: RunId; lease: Lease; nowMs: number },
): boolean {
  if (!canTakeLease(shelf.leases.get(runId), { owner: lease.owner, nowMs })) return false;
  shelf.leases.set(runId, { ...lease });
  shelf.version += 1;
  return true;
}

function releaseLease(shelf: Shelf, { runId, owner }: { runId: RunId; owner: string }): void {
  if (shelf.leases.get(runId)?.owner !== owner) return;
  shelf.leases.delete(runId);
  shelf.version += 1;
}

function remove(
  shelf: Shelf,
  { runId, length }: { runId: RunId; length: number },
): number | undefined {
  const lines = shelf.lines.get(runId);
  const run = shelf.runs.get(runId);
  if (lines === undefined || run === undefined || lines.length !== length) return undefined;
  shelf.version += 1;
  shelf.lines.delete(runId);
  shelf.runs.delete(runId);
  shelf.open.delete(runId);
  shelf.leases.delete(runId);
  for (const [approvalId, of] of shelf.approvals) {
    if (of === runId) shelf.approvals.delete(approvalId);
  }
  if (run.idempotencyKey !== undefined) shelf.byIdempotencyKey.delete(run.idempotencyKey);
  if (run.sessionId !== undefined && shelf.bySession.get(run.sessionId) === runId) {
    shelf.bySession.delete(run.sessionId);
  }
  return lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
}

function copyOf<T extends object>(value: T | undefined): T | undefined {
  return value === undefined ? undefined : { ...value };
}

function copiesOf<T extends object>(values: readonly T[]): T[] {
  return values.map((value) => ({ ...value }));
}
