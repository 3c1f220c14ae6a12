import { setTimeout as delay } from "node:timers/promises";

import type { RunConfig } from "../agents/face/config.ts";
import type { Sessions } from "../agents/session.ts";
import type { Clock } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Folders, Run } from "../engine/state.ts";
import { openRun, readRun } from "../engine/open-run.ts";
import type { Recorder } from "../engine/recorder.ts";
import { strictest } from "../engine/vocabulary.ts";
import type { ToCard } from "../engine/store-sink.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { Changes } from "./changes.ts";
import type { Executor } from "./executor.ts";
import { pastFacts } from "./hold/past-facts.ts";
import { weighed } from "./hold/present.ts";
import type { LevelNow } from "./level-now.ts";
import type { Recorders } from "./recorders.ts";
import {
  toApprovalReport,
  toRunReport,
  type ApprovalReport,
  type RunReport,
} from "./run-report.ts";
import type { RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { shownId, unknownApproval } from "./service-errors.ts";
import { describeHold, onHold } from "../engine/store-history.ts";

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

/**
 * What lists show of an approval, so that none of them opens a journal; but for drivers that know
 * more of a request as time goes on.
 */
export const toCard: ToCard = (state, approval) =>
  state.folder?.notes === undefined ? JSON.stringify(toApprovalReport(state, approval)) : undefined;

/** An open approval with what is known now: the level that is needed, and earlier calls. */
export async function asOfNow(
  { store, levelNow }: { store: Pick<RunStore, "pastOf">; levelNow: LevelNow },
  report: ApprovalReport,
): Promise<ApprovalReport> {
  if (!report.isOpen) return report;
  const now = { ...report, approver: strictest([report.approver, await levelNow(report)]) };
  const { tool, toolDigest, presentation } = now;
  if (tool === undefined || now.callId === undefined) return now;
  const facts = await pastFacts(store, { ...now, tool, toolDigest });
  return { ...now, presentation: weighed(presentation, facts) };
}

/** A recorder of a stored run: the one at work here, or the last one that was. */
export async function openRecorder(means: ServiceMeans, runId: RunId): Promise<Recorder> {
  const { length } = await summaryOf(means, runId);
  return openRun(means.recorders.opening, runId, length);
}

/** @throws HoldpointError `run_not_found` */
export async function summaryOf(
  { store }: Pick<ServiceMeans, "store">,
  runId: RunId,
): Promise<RunSummary> {
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

const QUICK_LOOKS = 10;
const LOOK_MS = 5;
const MOST_LOOKS = 200;

/** @throws HoldpointError `run_not_found` */
export async function reportRun(
  means: ServiceMeans,
  runId: RunId,
  { steps = true }: { steps?: boolean | undefined } = {},
): Promise<RunReport> {
  for (let looks = 1; ; looks += 1) {
    const summary = await summaryOf(means, runId);
    const state = await readState(means, summary);
    // Both as they were at one moment: somebody may write between the two looks. What never fits
    // was changed by another program.
    if (summary.length !== state.length && looks < MOST_LOOKS) {
      if (looks > QUICK_LOOKS) await delay(LOOK_MS);
      continue;
    }
    const report = toRunReport(summary, state, { steps });
    const approvals = report.approvals.map((each) => asOfNow(means, each));
    const hold = await means.store.history?.holdOf(runId);
    return {
      ...report,
      approvals: await Promise.all(approvals),
      ...(hold === undefined ? {} : { hold: describeHold(hold) }),
    };
  }
}

/** What the store has of a run, also while it takes nothing and a recorder waits for it. */
async function readState({ recorders }: ServiceMeans, { runId, length }: RunSummary): Promise<Run> {
  if (recorders.isStalled(runId)) return readRun(recorders.opening, runId);
  return (await openRun(recorders.opening, runId, length)).journal.state;
}

/** @throws HoldpointError `not_allowed` for a run that is on hold */
export async function refuseHeld({ store }: ServiceMeans, runId: RunId): Promise<void> {
  const hold = await store.history?.holdOf(runId);
  if (hold !== undefined) throw onHold(runId, hold);
}

/** Of a process that keeps no conversations. */
export const noSessions: Sessions = {
  session() {
    throw new HoldpointError(
      "not_allowed",
      "This process keeps no sessions: leave the session out",
    );
  },
  close: async () => {},
};
