import { decisionOf, openApprovals } from "./approvals.ts";
import { isOver, nestedFrame, rootFrame } from "./frames.ts";
import type { Call, Frame, Run } from "./state.ts";
import type { RunStatus } from "./vocabulary.ts";

/**
 * Where a run stands, by its journal alone (S8): the same for every reader, whether or not it has the
 * code. A failure that ended an activation is `failed` until somebody resumes the run.
 */
export function statusOf(run: Run): RunStatus {
  const end = rootFrame(run)?.end;
  if (end?.type === "run_completed") return "completed";
  if (end?.type === "run_failed") return "failed";
  if (end?.type === "run_cancelled") return "cancelled";
  if (run.failure !== undefined) return "failed";
  if (mayHaveWork(run)) return "running";
  return openApprovals(run).length > 0 ? "awaiting_approval" : "running";
}

/**
 * Whether there may be work for who has the code. An upper bound: who claims the run finds out, and
 * leaves no trace where there is none.
 */
export function mayHaveWork(run: Run): boolean {
  for (const key of run.live) {
    const frame = run.frames.get(key);
    if (frame !== undefined && frameMayHaveWork(run, frame)) return true;
  }
  const root = rootFrame(run);
  return root !== undefined && run.folder?.owes(root, run) === true;
}

function frameMayHaveWork(run: Run, frame: Frame): boolean {
  const idle = run.folder?.idle(frame) ?? "waits";
  if (idle !== "waits") return idle === "works";
  const open = [...frame.open];
  const isAsking = open.some((call) => isUndecided(run, call));
  return open.some((call) => callMayHaveWork(run, frame, { call, open, isAsking }));
}

function callMayHaveWork(
  run: Run,
  frame: Frame,
  { call, open, isAsking }: { call: Call; open: readonly Call[]; isAsking: boolean },
): boolean {
  if (call.nested) {
    const child = nestedFrame(run, frame, call.item.callId);
    return child !== undefined && isOver(child);
  }
  if (isUndecided(run, call)) return false;
  if (call.approval !== undefined || call.started !== undefined) return true;
  // A handoff waits for the other calls of its turn; format 1 does not say which call is one.
  if (call.kind === "handoff") return open.every(({ kind }) => kind === "handoff");
  return call.kind !== undefined || !isAsking;
}

/** Whether a call waits for a decision on its last request. */
function isUndecided(run: Run, { approval, started }: Call): boolean {
  if (approval === undefined || decisionOf(run, approval) !== undefined) return false;
  return started === undefined || approval.seq > started.seq;
}
