import type { RunId } from "../lib/ids.ts";
import type {
  AppendBatch,
  Lease,
  Page,
  PendingApproval,
  RunFilter,
  RunStore,
  RunSummary,
} from "../runs/run-store.ts";
import { openSqliteConnection, type Prepare, type SqliteOptions } from "../sqlite/connection.ts";
import { isConstraint } from "../sqlite/errors.ts";
import { parseFirst, parseNumber, parseText } from "../sqlite/rows.ts";
import {
  assertContinues,
  conflict,
  foreignApproval,
  idempotencyConflict,
  sessionBusy,
} from "./append-rule.ts";
import { keyOfApproval, keyOfRun, parseCursor, toPage, compareKeys } from "./cursor.ts";
import { canTakeLease } from "./lease-rule.ts";
import { parseApproval, parseEnd, parseLease, parseRun, parseRunId } from "./sqlite-rows.ts";
import {
  countPendingStatement,
  listPendingStatement,
  listRunsStatement,
  statements,
} from "./sqlite-statements.ts";

/**
 * A store in one file, which any number of processes of this machine may have open at once.
 *
 * @throws HoldpointError `store_unavailable`, `store_corrupt`; `state_incompatible` for a file of
 * a newer version or of another program, which is left as it is.
 */
export async function openSqliteRunStore(options: SqliteOptions): Promise<RunStore> {
  const connection = await openSqliteConnection(options);
  const findRun = (statement: string, key: string): Promise<RunSummary | undefined> =>
    connection.read((prepare) => parseFirst(prepare(statement).get(key), parseRun));
  return {
    location: connection.path,
    append: (batch) => {
      const work = (prepare: Prepare): void => append(prepare, batch);
      return batch.isRepeatable === true ? connection.writeLazily(work) : connection.write(work);
    },
    read: (runId, fromSeq = 0) =>
      connection.read((prepare) => readLines(prepare, { runId, fromSeq })),
    getRun: (runId) => findRun(statements.run, runId),
    findByIdempotencyKey: (key) => findRun(statements.runByIdempotencyKey, key),
    findUnfinishedRun: (sessionId) => findRun(statements.unfinishedRun, sessionId),
    listRuns: (filter) => connection.read((prepare) => listRuns(prepare, filter)),
    listRunnable: (filter) => connection.read((prepare) => listRunnable(prepare, filter)),
    listPending: (filter) => connection.read((prepare) => listPending(prepare, filter)),
    countPending: (runId) => connection.read((prepare) => countPending(prepare, runId)),
    nextExpiry: () =>
      connection.read((prepare) => parseFirst(prepare(statements.nextExpiry).get(), parseApproval)),
    findApproval: (approvalId) =>
      connection.read((prepare) =>
        parseFirst(prepare(statements.runOfApproval).get(approvalId), parseRunId),
      ),
    acquireLease: (runId, lease, nowMs) =>
      connection.writeLazily((prepare) => acquireLease(prepare, { runId, lease, nowMs })),
    getLease: (runId) => connection.read((prepare) => findLease(prepare, runId)),
    releaseLease: (runId, owner) =>
      connection.writeLazily((prepare) => void prepare(statements.releaseLease).run(runId, owner)),
    remove: (runId, length) => connection.write((prepare) => remove(prepare, { runId, length })),
    version: () => connection.countChanges(),
    close: async () => connection.close(),
  };
}

function append(prepare: Prepare, batch: AppendBatch): void {
  const { runId, fromSeq, lines, pending } = batch;
  assertContinues(batch, parseFirst(prepare(statements.lastEntry).get(runId), parseEnd));
  try {
    replaceRun(prepare, batch.summary);
    for (const [index, line] of lines.entries()) {
      prepare(statements.addEntry).run(runId, fromSeq + index, line);
    }
  } catch (error) {
    throw isConstraint(error) ? clashOf(prepare, batch) : error;
  }
  if (pending !== undefined) replacePending(prepare, batch, pending);
}

function replaceRun(prepare: Prepare, run: RunSummary): void {
  const standing = {
    $runId: run.runId,
    $length: run.length,
    $status: run.status,
    $updatedAt: run.updatedAt,
    $runnable: run.runnable ? 1 : 0,
  };
  if (prepare(statements.lengthenRun).run(standing).changes > 0) return;
  prepare(statements.replaceRun).run({
    ...standing,
    $agent: run.agent,
    $source: run.source,
    $createdAt: run.createdAt,
    $sessionId: run.sessionId ?? null,
    $idempotencyKey: run.idempotencyKey ?? null,
    $requestDigest: run.requestDigest ?? null,
  });
}

/** What a refused row means: SQLite names one index, while a request can violate two. */
function clashOf(prepare: Prepare, batch: AppendBatch): Error {
  const { runId, summary } = batch;
  const holderBy = (statement: string, key: string | undefined): RunSummary | undefined => {
    const row = key === undefined ? undefined : prepare(statement).get(key);
    const holder = parseFirst(row, parseRun);
    return holder?.runId === runId ? undefined : holder;
  };
  const keyHolder = holderBy(statements.runByIdempotencyKey, summary.idempotencyKey);
  if (keyHolder) return idempotencyConflict(batch, keyHolder);
  const sessionHolder = holderBy(statements.unfinishedRun, summary.sessionId);
  if (sessionHolder) return sessionBusy(batch, sessionHolder);
  return conflict(batch, "it exists");
}

/** Writes only the difference: of 200 open approvals that are decided one by one, one row each. */
function replacePending(
  prepare: Prepare,
  batch: AppendBatch,
  pending: readonly PendingApproval[],
): void {
  const open = new Set(
    prepare(statements.openApprovalsOfRun)
      .all(batch.runId)
      .map((row) => parseText(row, "approval_id")),
  );
  for (const { approvalId, createdAt, expiresAt = null } of pending) {
    if (open.delete(approvalId)) continue;
    const row = [approvalId, batch.runId, createdAt, expiresAt] as const;
    const { changes } = prepare(statements.openApproval).run(...row);
    if (changes === 0) throw foreignApproval(batch, approvalId);
  }
  for (const approvalId of open) prepare(statements.closeApproval).run(approvalId);
}

function readLines(
  prepare: Prepare,
  { runId, fromSeq }: { runId: RunId; fromSeq: number },
): string[] {
  const rows = prepare(statements.linesFrom).all(runId, fromSeq);
  return rows.map((row) => parseText(row, "line"));
}

function listRuns(
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

function listRunnable(
  prepare: Prepare,
  { sources, limit }: { sources: readonly string[]; limit: number },
): RunSummary[] {
  const runs = sources.flatMap((source) =>
    prepare(statements.runnable).all(source, limit).map(parseRun),
  );
  return runs.toSorted((a, b) => compareKeys(keyOfRun(a), keyOfRun(b))).slice(0, limit);
}

function listPending(
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

function countPending(prepare: Prepare, runId: RunId | undefined): number {
  const statement = prepare(countPendingStatement({ isOfRun: runId !== undefined }));
  const row = statement.get(...(runId === undefined ? [] : [runId]));
  return parseFirst(row, (counted) => parseNumber(counted, "pending")) ?? 0;
}

function acquireLease(
  prepare: Prepare,
  { runId, lease, nowMs }: { runId: RunId; lease: Lease; nowMs: number },
): boolean {
  const { owner, pid, host, expiresAt } = lease;
  if (!canTakeLease(findLease(prepare, runId), { owner, nowMs })) return false;
  prepare(statements.replaceLease).run(runId, owner, pid, host, expiresAt);
  return true;
}

function findLease(prepare: Prepare, runId: RunId): Lease | undefined {
  return parseFirst(prepare(statements.lease).get(runId), parseLease);
}

function remove(
  prepare: Prepare,
  { runId, length }: { runId: RunId; length: number },
): number | undefined {
  const size = prepare(statements.journalSize).get(runId);
  if (size === undefined || length === 0 || parseNumber(size, "length") !== length) {
    return undefined;
  }
  prepare(statements.removeEntries).run(runId);
  prepare(statements.removeApprovals).run(runId);
  prepare(statements.removeLease).run(runId);
  prepare(statements.removeRun).run(runId);
  return parseNumber(size, "bytes");
}
