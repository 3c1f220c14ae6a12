import { rootFrame } from "../agents/conversation.ts";
import type { Decided } from "../engine/decide.ts";
import type { Run, Verdict } from "../engine/state.ts";
import { levelWords, type ApproverLevel } from "../engine/vocabulary.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { describeDecision } from "./decision-report.ts";
import type { RunReport } from "./run-report.ts";

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

/** What whoever decides must do otherwise. */
export function whyNot(
  approvalId: ApprovalId,
  decided: Exclude<Decided, { type: "decided" | "already" | "too_weak" }>,
): HoldpointError {
  switch (decided.type) {
    case "contradicts":
      return contradicts(approvalId, decided.standing);
    case "unknown":
      return unknownApproval(approvalId);
    case "overtaken":
    case "acted_on":
      return new HoldpointError(
        "already_decided",
        `Approval ${approvalId} no longer waits: its run is over, or asked again. List the pending ones`,
      );
    case "action_differs":
      return new HoldpointError(
        "action_mismatch",
        `The action is not what would run. Show the user this, and repeat it word for word: ${decided.action}`,
      );
    case "others_differ":
      return new HoldpointError(
        "action_mismatch",
        `Nothing was decided: ${decided.count} calls wait by now that this would decide as well, and not all of them were shown. Look again`,
      );
    case "unread":
      return new HoldpointError("invalid_input", decided.missing);
    case "edits_misplaced":
      return new HoldpointError(
        "invalid_input",
        "Changed arguments are for one call that is approved: they cannot be combined with always",
      );
    case "edits_do_not_fit":
      return new HoldpointError(
        "arguments_invalid",
        `These arguments do not fit the schema of "${decided.subject}". Nothing was decided`,
      );
  }
}

function contradicts(approvalId: ApprovalId, standing: Verdict): HoldpointError {
  return standing.decision === "expired"
    ? new HoldpointError(
        "approval_expired",
        `Approval ${approvalId} expired at ${standing.at}. The call was not run`,
      )
    : new HoldpointError(
        "already_decided",
        `Approval ${approvalId} is ${describeDecision(standing)}. Decisions are final`,
      );
}

/** Changed arguments through a channel that may not change any. */
export function noEdits(): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    "Nothing was decided: changing arguments through the client is not allowed here. Approve the call as it is, reject it with what should change, or let the user change it on a terminal or in the inbox",
  );
}
