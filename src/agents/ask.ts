import { describeVoid } from "../engine/ask.ts";
import type { Approval, Verdict } from "../engine/state.ts";
import { reaches, strictest, type ApproverLevel } from "../engine/vocabulary.ts";
import { createApprovalId } from "../lib/ids.ts";
import { askedOf, budgetOf, turnLimit, type Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import type { RunConfig } from "./face/config.ts";

type Level = Pick<RunConfig, "runApprover">;

/** Who must decide at least about a run itself. */
export function runLevel({ runApprover = "confirm" }: Level): ApproverLevel {
  return runApprover;
}

/** The entry that asks whether a model call without an answer may be made again. */
export function askAboutModel(frame: Frame, level: Level): DraftOf<"approval_requested"> {
  const { startedAt, data } = frame;
  const at = data.requested?.at ?? startedAt;
  const weak = weakAnswer(askedOf(frame), level);
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "model_outcome_unknown",
    agent: data.agent,
    ...levelAndReason(
      `A model call was sent at ${at} and its answer was lost. Approve to send it again`,
      { weak, level },
    ),
  };
}

/** The entry that asks whether a run that has taken all its turns may take as many again. */
export function askForTurns(
  frame: Frame,
  { limit, level }: { limit: number; level: Level },
): DraftOf<"approval_requested"> {
  const { data } = frame;
  const more = data.firstMaxTurns ?? limit;
  const weak = weakBudget(frame, level);
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "budget",
    agent: data.agent,
    ...levelAndReason(`All ${limit} turns of this run are taken. Approve for ${more} more`, {
      weak,
      level,
    }),
  };
}

function levelAndReason(
  reason: string,
  { weak, level }: { weak: WeakAnswer | undefined; level: Level },
): { approver: ApproverLevel; reason: string; voids?: string } {
  if (weak === undefined) return { approver: runLevel(level), reason };
  const { approval, decision, needed } = weak;
  return {
    approver: needed,
    reason: `${reason} (${describeVoid(decision, needed)})`,
    voids: approval.approvalId,
  };
}

interface WeakAnswer {
  approval: Approval;
  decision: Verdict;
  needed: ApproverLevel;
}

/** A yes about the run itself that does not reach what the rules of now want. */
export function weakAnswer(approval: Approval | undefined, level: Level): WeakAnswer | undefined {
  const decision = approval?.decision;
  if (approval === undefined || decision?.decision !== "approved" || approval.isVoid) {
    return undefined;
  }
  const needed = strictest([approval.approver, runLevel(level)]);
  return reaches(decision.level, needed) ? undefined : { approval, decision, needed };
}

/** The same of a yes to more turns, as long as none of those was taken. */
export function weakBudget(frame: Frame, level: Level): WeakAnswer | undefined {
  const weak = weakAnswer(budgetOf(frame), level);
  const { turns, firstMaxTurns } = frame.data;
  const isUnused = turns + (firstMaxTurns ?? 0) <= (turnLimit(frame) ?? 0);
  return isUnused ? weak : undefined;
}
