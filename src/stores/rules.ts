import { sha256 } from "../lib/digest.ts";
import { ConflictError, HoldpointError } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { checkKeyText } from "../lib/key-text.ts";
import type { AppendBatch, RunSummary } from "../engine/journal-store.ts";

/** The last entry that a journal holds. */
export interface JournalEnd {
  seq: number;
  line: string;
}

/**
 * Passes when `batch` goes on exactly where the journal ends (S1).
 *
 * @param end absent when the run has no entries yet.
 * @throws ConflictError when the numbering or the first line's `prev` does not continue it.
 */
export function assertContinues(batch: AppendBatch, end: JournalEnd | undefined): void {
  const { fromSeq } = batch;
  const prev = prevOf(batch);
  const nextSeq = end === undefined ? 0 : end.seq + 1;
  if (fromSeq < nextSeq) throw refusals.exists(batch);
  if (fromSeq > nextSeq) throw refusals.gap(batch);
  if (prev !== (end === undefined ? "" : sha256(end.line))) throw refusals.hash(batch);
}

/** Why entries do not go on where a journal ends. */
export const refusals = {
  exists: (batch: AppendBatch) => conflict(batch, `entry ${batch.fromSeq} exists`),
  gap: (batch: AppendBatch) => conflict(batch, `entry ${batch.fromSeq - 1} does not exist`),
  hash: (batch: AppendBatch) => conflict(batch, "its prev is not the hash of the entry before it"),
} as const;

/** Lines of this program end with it: most are long, and not parsed for it. */
const prevAtEnd = /,"prev":"([\w-]{43})"\}$/;

/** The hash that the first line follows, empty where it has none. */
export function prevOf({ runId, lines: [first] }: AppendBatch): string {
  if (first === undefined) throw new Error(`Cannot append to run "${runId}": no lines given`);
  const known = prevAtEnd.exec(first.slice(-80))?.[1];
  if (known !== undefined) return known;
  const entry: unknown = JSON.parse(first);
  return isJsonObject(entry) && typeof entry["prev"] === "string" ? entry["prev"] : "";
}

/** The error for entries that somebody else's entries forestalled. */
export function conflict({ runId, fromSeq }: AppendBatch, reason: string): ConflictError {
  return new ConflictError(
    `Cannot append entry ${fromSeq} to run "${runId}": ${reason}. Load the run and decide anew`,
  );
}

export function idempotencyConflict(batch: AppendBatch, holder: RunSummary): HoldpointError {
  return new HoldpointError(
    "idempotency_conflict",
    `Cannot start run "${batch.runId}": its idempotency key belongs to run "${holder.runId}". ` +
      "Use that run, or another key",
  );
}

export function intentOpen(batch: AppendBatch, holder: RunSummary): HoldpointError {
  return new HoldpointError(
    "intent_open",
    `Cannot start run "${batch.runId}": run "${holder.runId}" was begun for the same wish and is ` +
      "not closed. Look at that one first",
  );
}

export function sessionBusy(batch: AppendBatch, holder: RunSummary): HoldpointError {
  return new HoldpointError(
    "session_busy",
    `Cannot go on with run "${batch.runId}": its session has the unfinished run ` +
      `"${holder.runId}" (${holder.status}). Finish or cancel that one first`,
  );
}

/** The error for an approval id that another run asked for: ids are random, so this is a bug. */
export function foreignApproval(batch: AppendBatch, approvalId: string): Error {
  return new Error(
    `Cannot append to run "${batch.runId}": approval "${approvalId}" belongs to another run`,
  );
}

/**
 * When an approval is due by the store's clock: as much later than now as its deadline is later
 * than the entry that wrote it, both by the writer's clock.
 *
 * @returns milliseconds since 1970
 */
export function dueAt({
  expiresAt,
  updatedAt,
  nowMs,
}: {
  expiresAt: string;
  updatedAt: string;
  nowMs: number;
}): number {
  return nowMs + Date.parse(expiresAt) - Date.parse(updatedAt);
}

/** The texts by which runs are found, as errors name them. */
const members = {
  runId: "run id",
  agent: "agent name",
  source: "source",
  sessionId: "session id",
  idempotencyKey: "idempotency key",
  intentKey: "intent key",
} as const;

/** @throws HoldpointError `invalid_input`, naming the first that a store cannot keep */
export function checkKeys(keys: { [member in keyof typeof members]?: string | undefined }): void {
  checkKeyText(members.runId, keys.runId);
  checkKeyText(members.agent, keys.agent);
  checkKeyText(members.source, keys.source);
  checkKeyText(members.sessionId, keys.sessionId);
  checkKeyText(members.idempotencyKey, keys.idempotencyKey);
  checkKeyText(members.intentKey, keys.intentKey);
}
