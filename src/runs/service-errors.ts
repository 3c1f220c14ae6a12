import { rootFrame } from "../agents/conversation.ts";
import type { Run } from "../engine/state.ts";
import { levelWords, type ApproverLevel } from "../engine/vocabulary.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunReport } from "./run-report.ts";
import { describeHold, type Hold } from "./store-history.ts";

/** A conversation goes on with one run at a time. */
export function sessionBusy(sessionId: string, busy: RunReport): HoldpointError {
  const waits = busy.approvals.map(({ approvalId, action }) => `${approvalId} (${action})`);
  const why =
    waits.length === 0
      ? `is ${busy.status}. Wait for it with get_run`
      : `waits for a decision on ${waits.join(", ")}. Let the user decide`;
  return new HoldpointError(
    "session_busy",
    `Nothing was started: run ${busy.runId} of session "${sessionId}" ${why}, then send this again`,
  );
}

/** A limit that gives a run nothing. */
export function noRaise(state: Run): HoldpointError {
  const limit = rootFrame(state)?.data.maxTurns ?? null;
  const already = limit === null ? "has no limit of turns" : `may take ${limit} turns already`;
  return new HoldpointError("invalid_input", `The run ${already}: give a higher number, or none`);
}

/** More turns from somebody who may not give them. */
export function raiseNeeds(needed: ApproverLevel): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    `The run was not given more turns: that needs ${levelWords[needed]}. Do it on a terminal of your own`,
  );
}

/** The id of an approval that this store has not. */
export function unknownApproval(approvalId: string): HoldpointError {
  return new HoldpointError(
    "approval_not_found",
    `There is no approval ${shownId(approvalId)} in this store. List the pending ones`,
  );
}

/** An id as an error may repeat it: what is none is not shown. */
export function shownId(id: string): string {
  return /^[\w-]{1,60}$/.test(id) ? id : "of that id";
}

/** What is refused for a run that nobody goes on with until a person says so. */
export function onHold(runId: RunId, hold: Hold): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    `Run ${runId} is on hold, and nothing was done. ${describeHold(hold)}. A person lets it go on with: holdpoint store release ${runId}`,
  );
}
