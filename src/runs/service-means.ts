import type { RunConfig } from "../agents/face/config.ts";
import type { Sessions } from "../agents/session.ts";
import type { Clock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { ToCard } from "../engine/store-sink.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { Changes } from "./changes.ts";
import type { Executor } from "./executor.ts";
import type { Recorders } from "./recorders.ts";
import { toApprovalReport, toRunReport, type RunReport } from "./run-report.ts";
import type { RunStore, RunSummary } from "./run-store.ts";
import { shownId, unknownApproval } from "./service-errors.ts";

/** What the verbs of the service work with. */
export interface ServiceMeans {
  readonly store: RunStore;
  readonly registry: AgentRegistry;
  readonly recorders: Recorders;
  readonly executor: Executor;
  readonly changes: Changes;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  readonly clientEdits: boolean;
  readonly config: RunConfig;
}

/** What lists show of an approval, so that none of them opens a journal. */
export const toCard: ToCard = (state, approval) =>
  JSON.stringify(toApprovalReport(state, approval));

/** A recorder of a stored run: the one at work here, or the last one that was. */
export async function openRecorder(means: ServiceMeans, runId: RunId): Promise<Recorder> {
  const atWork = means.executor.recorderOf(runId);
  if (atWork === undefined) return means.recorders.open(await summaryOf(means, runId));
  await atWork.catchUp();
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
    const { journal } = await openRecorder(means, runId);
    const summary = await summaryOf(means, runId);
    // Both as they were at one moment: somebody may write between the two looks.
    if (summary.length === journal.state.length) return toRunReport(summary, journal.state);
  }
}
