import { decisionOf, openApprovals, rootFrame, type RunFold } from "../agents/fold.ts";
import { frameKey, isAnswered, isOver, type Call, type Frame } from "../agents/conversation.ts";
import type { RunStatus } from "./journal-store.ts";

/**
 * Where a run stands, by its journal alone: the same for every reader, whether or not it has the
 * code. A model failure is `failed` until somebody resumes the run.
 */
export function statusOf(state: RunFold): RunStatus {
  const end = rootFrame(state)?.end;
  if (end?.type === "run_completed") return "completed";
  if (end?.type === "run_failed") return "failed";
  if (end?.type === "run_cancelled") return "cancelled";
  if (state.failure !== undefined) return "failed";
  if (mayHaveWork(state)) return "running";
  return openApprovals(state).length > 0 ? "awaiting_approval" : "running";
}

/**
 * Whether there may be work for who has the code. An upper bound: who claims the run finds out, and
 * leaves no trace where there is none.
 */
export function mayHaveWork(state: RunFold): boolean {
  for (const key of state.live) {
    const frame = state.frames.get(key);
    if (frame !== undefined && frameMayHaveWork(state, frame)) return true;
  }
  return owesSession(state);
}

function frameMayHaveWork(state: RunFold, frame: Frame): boolean {
  const { turn, requested, asked, budgets } = frame;
  if (requested !== undefined) {
    const isAsked = asked !== undefined && asked.seq > requested.seq;
    return !isAsked || asked.decision !== undefined;
  }
  if (turn === undefined || turn.open === 0) {
    const budget = budgets.at(-1);
    return budget === undefined || budget.decision !== undefined;
  }
  if (turn.violation !== undefined) return true;
  const open = turn.calls.filter((call) => !isAnswered(call));
  const waits = open.some((call) => isUndecided(state, call));
  return open.some((call) => callMayHaveWork(state, frame, { call, open, waits }));
}

function callMayHaveWork(
  state: RunFold,
  { path }: Frame,
  { call, open, waits }: { call: Call; open: readonly Call[]; waits: boolean },
): boolean {
  if (call.nested) {
    const child = state.frames.get(frameKey([...path, call.item.callId]));
    return child !== undefined && isOver(child);
  }
  if (isUndecided(state, call)) return false;
  if (call.approval !== undefined || call.started !== undefined) return true;
  // A handoff waits for the other calls of its turn; format 1 does not say which call is one.
  if (call.kind === "handoff") return open.every(({ kind }) => kind === "handoff");
  return call.kind !== undefined || !waits;
}

/** Whether a call waits for a decision on its last request. */
function isUndecided(state: RunFold, { approval, started }: Call): boolean {
  if (approval === undefined || decisionOf(state, approval) !== undefined) return false;
  return started === undefined || approval.seq > started.seq;
}

/** Whether the session has not got what the run has made. */
function owesSession(state: RunFold): boolean {
  const root = rootFrame(state);
  if (root?.turn === undefined || state.sessionId === undefined) return false;
  return root.savedTo < root.transcript.length;
}
