import type { RunConfig } from "../agents/face/config.ts";
import type { Sessions } from "../agents/session.ts";
import type { Clock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { readStoredLines } from "../engine/chain.ts";
import type { Folders } from "../engine/driver.ts";
import { createJournal } from "../engine/journal.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { Run } from "../engine/state.ts";
import type { ToCard } from "../engine/store-sink.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { Changes } from "./changes.ts";
import type { Executor } from "./executor.ts";
import { withLevelNow, type LevelNow } from "./level-now.ts";
import type { Recorders } from "./recorders.ts";
import { toApprovalReport, toRunReport, type RunReport } from "./run-report.ts";
import type { RunStore, RunSummary } from "./run-store.ts";
import { shownId, unknownApproval } from "./service-errors.ts";

/** What the verbs of the service work with. */
export interface ServiceMeans {
  readonly store: RunStore;
  /** Of all drivers whose runs this process can read. */
  readonly folders: Folders;
  readonly registry: AgentRegistry;
  readonly recorders: Recorders;
  readonly executor: Executor;
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  readonly clientEdits: boolean;
  readonly levelNow: LevelNow;
  readonly config: RunConfig;
}

/** What lists show of an approval, so that none of them opens a journal. */
export const toCard: ToCard = (state, approval) =>
  JSON.stringify(toApprovalReport(state, approval));

/** A recorder of a stored run: the one at work here, or the last one that was. */
export async function openRecorder(means: ServiceMeans, runId: RunId): Promise<Recorder> {
  return openAt(means, await summaryOf(means, runId));
}

/** The same, with all that its row counts. */
async function openAt({ executor, recorders }: ServiceMeans, row: RunSummary): Promise<Recorder> {
  const atWork = executor.recorderOf(row.runId);
  if (atWork === undefined) return recorders.open(row);
  // A journal is read for what is new in it, and not where nothing is.
  if (atWork.journal.state.length < row.length) await atWork.catchUp();
  return atWork;
}

/** @throws HoldpointError `run_not_found` */
export async function summaryOf({ store }: ServiceMeans, runId: RunId): Promise<RunSummary> {
  const summary = await store.getRun(runId);
  if (summary !== undefined) return summary;
  throw new HoldpointError("run_not_found", `There is no run ${shownId(runId)} in this store`);
}

/** @throws HoldpointError `approval_not_found` */
export async function runOf({ store }: ServiceMeans, approvalId: ApprovalId): Promise<RunId> {
  const runId = await store.findApproval(approvalId);
  if (runId === undefined) throw unknownApproval(approvalId);
  return runId;
}

/** @throws HoldpointError `run_not_found` */
export async function reportRun(means: ServiceMeans, runId: RunId): Promise<RunReport> {
  for (;;) {
    const summary = await summaryOf(means, runId);
    const state = await readState(means, summary);
    // Both as they were at one moment: somebody may write between the two looks.
    if (summary.length !== state.length) continue;
    const report = toRunReport(summary, state);
    const approvals = report.approvals.map((each) => withLevelNow(each, means.levelNow));
    return { ...report, approvals: await Promise.all(approvals) };
  }
}

/** What the store has of a run, also while it takes nothing and a recorder waits for it. */
async function readState(means: ServiceMeans, row: RunSummary): Promise<Run> {
  const { runId } = row;
  const atWork = means.executor.recorderOf(runId);
  const isStalled = atWork?.stalled !== undefined || means.recorders.isStalled(runId);
  if (!isStalled) return (await openAt(means, row)).journal.state;
  const lines = await means.store.read(runId);
  return createJournal(means.folders, readStoredLines(lines, means.folders)).state;
}
