import { createApprovalId } from "../lib/ids.ts";
import type { Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";

/** The entry that asks whether a model call without an answer may be made again. */
export function askAboutModel({ startedAt, data }: Frame): DraftOf<"approval_requested"> {
  const at = data.requested?.at ?? startedAt;
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "model_outcome_unknown",
    agent: data.agent,
    approver: "client",
    reason: `A model call was sent at ${at} and its answer was lost. Approve to send it again`,
  };
}

/** The entry that asks whether a run that has taken all its turns may take as many again. */
export function askForTurns({ data }: Frame, limit: number): DraftOf<"approval_requested"> {
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "budget",
    agent: data.agent,
    approver: "client",
    reason: `All ${limit} turns of this run are taken. Approve for ${data.firstMaxTurns ?? limit} more`,
  };
}
