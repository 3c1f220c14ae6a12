import { HoldpointError } from "../lib/errors.ts";
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
