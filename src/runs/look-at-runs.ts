import { errorMessage } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import { isOpen } from "../engine/approvals.ts";
import { readRun } from "../engine/open-run.ts";
import type { Approval, Run } from "../engine/state.ts";
import { statusOf } from "../engine/status.ts";
import { strictest, type RunStatus } from "../engine/vocabulary.ts";
import { actionOf } from "./action.ts";
import type { Asked } from "./caller.ts";
import { batchedPast } from "./hold/batched-past.ts";
import { isDecidedAlone } from "./hold/presentation.ts";
import { toRuled } from "./level-now.ts";
import { LOOKED_THROUGH, noteTiers, riskiestOf } from "./riskiest.ts";
import {
  toApprovalReport,
  toWholeReport,
  type ApprovalReport,
  type RunReport,
} from "./run-report.ts";
import { titleOf } from "./hold/present.ts";
import type { Page, RunFilter } from "./run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
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
  /** Whether a run that waits for decisions is waited for too, until other ones are open. */
  untilChange?: boolean | undefined;
  /** Whether the report tells of the last calls; default true. */
  steps?: boolean | undefined;
}

export interface PendingFilter extends Page, Asked {
  runId?: RunId | undefined;
  /** Instead of the oldest the riskiest of 1,000, in one page. */
  riskiest?: boolean | undefined;
}

export interface PendingPage {
  approvals: ApprovalReport[];
  nextCursor?: string | undefined;
  /** All that wait, counted up to 1,000. */
  count: number;
  /** Whether more than `count` wait. */
  more: boolean;
}

/**
 * Waits until a run is over or waits for decisions, or the time is up; with `untilChange`, where it
 * waits for decisions already, until one of them was made or another is wanted.
 */
export async function waitForRun(
  means: ServiceMeans,
  runId: RunId,
  { timeoutMs, signal, untilChange = false, steps }: WaitOptions,
): Promise<RunReport> {
  const deadline = performance.now() + timeoutMs;
  // From before the first look: what is written between a look and the wait is not missed.
  const following = means.changes.follow(runId);
  try {
    const before = untilChange && timeoutMs > 0 ? await lookAtOpen(means, runId) : undefined;
    for (;;) {
      const status = await lookAtStatus(means, runId);
      const leftMs = deadline - performance.now();
      const isSame =
        status === "awaiting_approval" &&
        before !== undefined &&
        (await lookAtOpen(means, runId)) === before;
      const isDone = status !== "running" && !isSame;
      if (isDone || leftMs <= 0 || signal?.aborted === true) break;
      await following.next({ timeoutMs: leftMs, signal });
    }
  } finally {
    following.end();
  }
  return reportRun(means, runId, { steps });
}

/** What is open of a run that waits for decisions; `undefined` where it does not. */
async function lookAtOpen(means: ServiceMeans, runId: RunId): Promise<string | undefined> {
  if ((await lookAtStatus(means, runId)) !== "awaiting_approval") return undefined;
  const { approvals } = await means.store.listPending({ runId, limit: 100 });
  return approvals.map(({ approvalId }) => approvalId).join(" ");
}

/** From the row, which is asked only when the run that goes on here may have stopped. */
async function lookAtStatus(means: ServiceMeans, runId: RunId): Promise<RunStatus> {
  const here = means.executor.recorderOf(runId)?.journal.state;
  if (here !== undefined && statusOf(here) === "running") return "running";
  return (await summaryOf(means, runId)).status;
}

/** Open approvals, oldest first, or the riskiest. */
export async function reportPending(
  means: ServiceMeans,
  { runId, limit, cursor, riskiest = false }: PendingFilter,
): Promise<PendingPage> {
  const most = riskiest ? Math.max(limit, LOOKED_THROUGH) : limit;
  const { approvals, nextCursor } = await means.store.listPending({ runId, limit: most, cursor });
  const lookAt = (rows: readonly PendingApproval[]) => reportRows(means, rows);
  const rows = riskiest ? await riskiestOf(means.store, approvals, { limit, lookAt }) : approvals;
  const now = await reportRows(means, rows);
  const counted = await means.store.countPending(runId);
  return { approvals: now, ...(riskiest ? {} : { nextCursor }), ...counted };
}

async function reportRows(
  means: ServiceMeans,
  rows: readonly PendingApproval[],
): Promise<ApprovalReport[]> {
  const reports = (await Promise.all(rows.map((row) => reportRow(means, row)))).flat();
  const atOnce = { ...means, store: batchedPast(means.store) };
  const now = await Promise.all(reports.map((each) => asOfNow(atOnce, each)));
  noteTiers(means.store, now);
  return now;
}

/** Open approvals that a look at their cards lets stand, oldest first, of so many of them. */
export async function findPending(
  means: ServiceMeans,
  { limit, isWanted }: { limit: number; isWanted: (report: ApprovalReport) => boolean },
): Promise<ApprovalReport[]> {
  const { approvals } = await means.store.listPending({ limit });
  const reports = (await Promise.all(approvals.map((row) => reportRow(means, row)))).flat();
  const wanted = reports.filter((each) => isWanted(each));
  return Promise.all(wanted.map((each) => asOfNow(means, each)));
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

/** What of an approval says who may decide it; for those who show it to nobody. */
export interface ApprovalBrief extends Pick<
  ApprovalReport,
  "runId" | "startedBy" | "isOpen" | "approver" | "actionTruncated"
> {
  /** Whether there is more to see of it than its action. */
  hasPreview: boolean;
}

/** @throws HoldpointError `approval_not_found` */
export async function briefOf(means: ServiceMeans, approvalId: ApprovalId): Promise<ApprovalBrief> {
  const runId = await runOf(means, approvalId);
  const { state } = (await openRecorder(means, runId)).journal;
  const approval = approvalOf(state, approvalId);
  const asked = isOpen(state, approval);
  const now = asked ? await means.levelNow(toRuled(state, approval)) : undefined;
  return {
    runId,
    startedBy: state.startedBy,
    isOpen: asked,
    approver: strictest([approval.approver, now]),
    actionTruncated: actionOf(state, approval).truncated,
    hasPreview: approval.preview !== undefined,
  };
}

/** @throws HoldpointError `approval_not_found` */
function approvalOf(state: Run, approvalId: ApprovalId): Approval {
  const approval = state.approvals.get(approvalId);
  if (approval === undefined) throw unknownApproval(approvalId);
  return approval;
}

/** @throws HoldpointError `approval_not_found` */
export async function reportApproval(
  means: ServiceMeans,
  approvalId: ApprovalId,
): Promise<ApprovalReport> {
  const { state } = (await openRecorder(means, await runOf(means, approvalId))).journal;
  const approval = approvalOf(state, approvalId);
  const { alsoWaiting = [], ...report } = await asOfNow(means, toWholeReport(state, approval));
  if (alsoWaiting.length === 0 || isDecidedAlone(report)) return report;
  const others = await Promise.all(alsoWaiting.map((each) => asOfNow(means, each)));
  const released = others.filter((each) => !isDecidedAlone(each));
  return released.length === 0 ? report : { ...report, alsoWaiting: released };
}

/** Runs as lists show them. */
export interface TitledPage {
  runs: (RunSummary & { title?: string | undefined })[];
  nextCursor?: string | undefined;
}

/** The titles that a service has read: they never change. */
const titles = new WeakMap<ServiceMeans, Map<RunId, string>>();
const MOST_TITLES = 5_000;

/** Runs, each with what it was started for; one that cannot be read is listed without. */
export async function listTitled(means: ServiceMeans, filter: RunFilter): Promise<TitledPage> {
  const { runs, nextCursor } = await means.store.listRuns(filter);
  const known = titles.get(means) ?? new Map<RunId, string>();
  titles.set(means, known);
  if (known.size > MOST_TITLES) known.clear();
  for (const { runId } of runs) {
    if (known.has(runId)) continue;
    try {
      known.set(runId, titleOf(await readRun(means, runId)));
    } catch (error) {
      means.log.warn(`run ${runId}: no title: ${errorMessage(error)}`);
    }
  }
  return { runs: runs.map((run) => ({ ...run, title: known.get(run.runId) })), nextCursor };
}
