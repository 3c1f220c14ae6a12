import { sha256 } from "../../src/lib/digest.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import type { AppendBatch, PendingApproval, RunSummary } from "../../src/engine/journal-store.ts";

/** `count` stored lines, each with the hash of the one before; `before` is the line they follow. */
export function chainOf(
  count: number,
  { fromSeq = 0, before, note = "" }: { fromSeq?: number; before?: string; note?: string } = {},
): string[] {
  const lines: string[] = [];
  let last = before;
  for (let index = 0; index < count; index += 1) {
    const prev = last === undefined ? {} : { prev: sha256(last) };
    last = JSON.stringify({ seq: fromSeq + index, type: "note", note, ...prev });
    lines.push(last);
  }
  return lines;
}

/** A time that is later the higher `minute` is, which may be above 59. */
export function atMinute(minute: number): string {
  return new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString();
}

export function summaryOf(runId: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    runId: runId as RunId,
    length: 1,
    agent: "clerk",
    source: "code",
    status: "running",
    createdAt: atMinute(0),
    updatedAt: atMinute(0),
    runnable: true,
    isOver: false,
    ...changes,
  };
}

export function approvalOf(
  approvalId: string,
  runId: string,
  { minute = 0, ...changes }: Partial<PendingApproval> & { minute?: number } = {},
): PendingApproval {
  return {
    approvalId: approvalId as ApprovalId,
    runId: runId as RunId,
    createdAt: atMinute(minute),
    ...changes,
  };
}

/** The batch that starts a run with one entry. */
export function startOf(runId: string, changes: Partial<RunSummary> = {}): AppendBatch {
  const lines = chainOf(1, { note: runId });
  return { runId: runId as RunId, fromSeq: 0, lines, summary: summaryOf(runId, changes) };
}

/** The batch that adds one entry behind `lines`, which are all that the run has. */
export function nextOf(
  runId: string,
  lines: readonly string[],
  changes: Partial<RunSummary> = {},
): AppendBatch {
  const before = lines.at(-1) ?? "";
  return {
    runId: runId as RunId,
    fromSeq: lines.length,
    lines: chainOf(1, { fromSeq: lines.length, before }),
    summary: summaryOf(runId, { length: lines.length + 1, ...changes }),
  };
}
