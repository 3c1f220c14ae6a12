import type { ApprovalId, RunId } from "../lib/ids.ts";
import { statusOf } from "../engine/status.ts";
import type { Asked } from "./caller.ts";
import { isDecidedAlone } from "./hold/presentation.ts";
import {
  toApprovalReport,
  toWholeReport,
  type ApprovalReport,
  type RunReport,
} from "./run-report.ts";
import type { Page, PendingApproval, RunStatus } from "./run-store.ts";
import { unknownApproval } from "./service-errors.ts";
import {
  asOfNow,
  openRecorder,
  reportRun,
  runOf,
  summaryOf,
  type ServiceMeans,
} from "./service-means.ts";

export interface WaitOptions extends Asked {
  /** Milliseconds; 0 only looks. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

export interface PendingFilter extends Page, Asked {
  runId?: RunId | undefined;
}

export interface PendingPage {
  approvals: ApprovalReport[];
  nextCursor?: string | undefined;
  /** All that wait, counted up to 1,000. */
  count: number;
  /** Whether more than `count` wait. */
  more: boolean;
}

/** Waits until a run is over or waits for decisions, or the time is up. */
export async function waitForRun(
  means: ServiceMeans,
  runId: RunId,
  { timeoutMs, signal }: WaitOptions,
): Promise<RunReport> {
  const deadline = performance.now() + timeoutMs;
  // From before the first look: what is written between a look and the wait is not missed.
  const following = means.changes.follow(runId);
  try {
    for (;;) {
      const status = await lookAtStatus(means, runId);
      const leftMs = deadline - performance.now();
      if (status !== "running" || leftMs <= 0 || signal?.aborted === true) break;
      await following.next({ timeoutMs: leftMs, signal });
    }
  } finally {
    following.end();
  }
  return reportRun(means, runId);
}

/** From the row, which is asked only when the run that goes on here may have stopped. */
async function lookAtStatus(means: ServiceMeans, runId: RunId): Promise<RunStatus> {
  const here = means.executor.recorderOf(runId)?.journal.state;
  if (here !== undefined && statusOf(here) === "running") return "running";
  return (await summaryOf(means, runId)).status;
}

/** Open approvals, oldest first. */
export async function reportPending(
  means: ServiceMeans,
  { runId, limit, cursor }: PendingFilter,
): Promise<PendingPage> {
  const { approvals, nextCursor } = await means.store.listPending({ runId, limit, cursor });
  const reports = (await Promise.all(approvals.map((row) => reportRow(means, row)))).flat();
  const now = await Promise.all(reports.map((each) => asOfNow(means, each)));
  const counted = await means.store.countPending(runId);
  return { approvals: now, nextCursor, ...counted };
}

/** From the card that was stored with it; the journal is read where a writer stored none. */
async function reportRow(
  means: ServiceMeans,
  { runId, approvalId, card }: PendingApproval,
): Promise<ApprovalReport[]> {
  const stored = card === undefined ? undefined : (JSON.parse(card) as Partial<ApprovalReport>);
  // The version before stored cards without what people are shown first.
  if (stored?.presentation !== undefined) return [stored as ApprovalReport];
  const { state } = (await openRecorder(means, runId)).journal;
  const approval = state.approvals.get(approvalId);
  return approval === undefined ? [] : [toApprovalReport(state, approval)];
}

/** @throws HoldpointError `approval_not_found` */
export async function reportApproval(
  means: ServiceMeans,
  approvalId: ApprovalId,
): Promise<ApprovalReport> {
  const { state } = (await openRecorder(means, await runOf(means, approvalId))).journal;
  const approval = state.approvals.get(approvalId);
  if (approval === undefined) throw unknownApproval(approvalId);
  const { alsoWaiting = [], ...report } = await asOfNow(means, toWholeReport(state, approval));
  if (alsoWaiting.length === 0 || isDecidedAlone(report)) return report;
  const others = await Promise.all(alsoWaiting.map((each) => asOfNow(means, each)));
  const released = others.filter((each) => !isDecidedAlone(each));
  return released.length === 0 ? report : { ...report, alsoWaiting: released };
}
