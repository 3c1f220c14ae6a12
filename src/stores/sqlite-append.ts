import type { AppendBatch, PendingApproval, RunSummary } from "../engine/journal-store.ts";
import type { SealedCommit } from "../sqlite/commit-chain.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { isConstraint } from "../sqlite/errors.ts";
import { sha256, type SealKey } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { parseFirst, parseNumber, parseText } from "../lib/rows.ts";
import {
  assertContinues,
  checkKeys,
  conflict,
  dueAt,
  foreignApproval,
  idempotencyConflict,
  intentOpen,
  sessionBusy,
} from "./rules.ts";
import { parseEnd, parseRun } from "./rows.ts";
import { addCommit, commitStatements, parseCommit } from "./sqlite-commits.ts";
import { statements } from "./sqlite-statements.ts";

/**
 * @param terms `nowMs`: the store's time; `key`: what the commit is sealed with
 * @returns the commit; none where there were no lines
 */
export function append(
  prepare: Prepare,
  batch: AppendBatch,
  terms: { nowMs: number; key: SealKey | undefined },
): SealedCommit | undefined {
  const { runId, fromSeq, lines, pending } = batch;
  const end = parseFirst(prepare(statements.lastEntry).get(runId), parseEnd);
  if (end !== undefined) assertAsWritten(prepare, batch, end);
  assertContinues(batch, end);
  let commit: SealedCommit | undefined;
  try {
    const last = lines.at(-1);
    const lastSeq = fromSeq + lines.length - 1;
    const what = { kind: "append", runId, firstSeq: fromSeq, lastSeq } as const;
    if (last !== undefined) commit = addCommit(prepare, { ...what, line: last }, terms);
    replaceRun(prepare, batch.summary, commit);
    for (const [index, line] of lines.entries()) {
      prepare(statements.addEntry).run(runId, fromSeq + index, line);
    }
  } catch (error) {
    throw isConstraint(error) ? clashOf(prepare, batch) : error;
  }
  addIntent(prepare, batch);
  countPast(prepare, batch);
  if (pending !== undefined) replacePending(prepare, { ...batch, pending }, terms.nowMs);
  return commit;
}

/**
 * Nothing goes on behind an entry that another program changed: it would make that one right. Only
 * a person lets the run go on.
 *
 * @throws HoldpointError `store_corrupt`
 */
function assertAsWritten(
  prepare: Prepare,
  { runId, lines: [first = ""] }: AppendBatch,
  end: { seq: number; line: string },
): void {
  const commit = parseFirst(prepare(commitStatements.ofRow).get(runId), parseCommit);
  if (commit === undefined || first.includes('"type":"run_released"')) return;
  if (commit.lastSeq === end.seq && commit.hash === sha256(end.line)) return;
  throw new HoldpointError(
    "store_corrupt",
    `Entry ${end.seq} of run ${runId} is not as it was written: another program changed it, or added it. Nothing was done. holdpoint audit ${runId} says more, and holdpoint store release ${runId} lets it go on`,
  );
}

function replaceRun(prepare: Prepare, run: RunSummary, commit: SealedCommit | undefined): void {
  const standing = {
    $runId: run.runId,
    $length: run.length,
    $status: run.status,
    $updatedAt: run.updatedAt,
    $runnable: run.runnable ? 2 : 0,
    $isOver: run.isOver ? 1 : 0,
    $commit: commit?.number ?? null,
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
  batch: AppendBatch & { pending: readonly PendingApproval[] },
  nowMs: number,
): void {
  const { runId, pending } = batch;
  const { updatedAt } = batch.summary;
  const open = new Set(
    prepare(statements.openApprovalsOfRun)
      .all(runId)
      .map((row) => parseText(row, "approval_id")),
  );
  for (const { approvalId, createdAt, expiresAt, card } of pending) {
    if (open.delete(approvalId)) continue;
    const { changes } = prepare(statements.openApproval).run({
      $approvalId: approvalId,
      $runId: runId,
      $createdAt: createdAt,
      $expiresAt: expiresAt ?? null,
      $dueAt: expiresAt === undefined ? null : dueAt({ expiresAt, updatedAt, nowMs }),
      $card: card ?? null,
    });
    if (changes === 0) throw foreignApproval(batch, approvalId);
  }
  for (const approvalId of open) prepare(statements.closeApproval).run(approvalId);
}

/** @throws HoldpointError `intent_open`, `invalid_input` */
function addIntent(prepare: Prepare, batch: AppendBatch): void {
  const { runId, intent } = batch;
  if (intent === undefined) return;
  const { key, place, closes = [] } = intent;
  checkKeys({ intentKey: key });
  for (const closed of closes) prepare(statements.closeIntent).run(closed);
  const holder = parseFirst(prepare(statements.intentHolder).get(key, place), parseRun);
  if (holder !== undefined) throw intentOpen(batch, holder);
  prepare(statements.addIntent).run({ $runId: runId, $key: key, $place: place });
}

/** Counts the calls that ran, in the transaction that keeps their entries. */
function countPast(prepare: Prepare, { past = [] }: AppendBatch): void {
  for (const { tool, at, features } of past) {
    for (const { key, of, number } of features) {
      const row = prepare(statements.countPast).get({
        $tool: tool,
        $feature: key,
        $at: at,
        $number: number ?? null,
      });
      const count = parseFirst(row, (each) => parseNumber(each, "count"));
      if (count === 1 && of !== undefined) prepare(statements.countKind).run(tool, of);
    }
  }
}
