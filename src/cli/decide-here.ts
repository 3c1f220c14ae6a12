import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { DecisionRequest } from "../runs/decide.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunService } from "../runs/run-service.ts";
import { describeAlsoWaiting, describeApproval } from "./describe.ts";
import { callerHere, provePerson } from "./person.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

export interface DecideHere {
  approvalId: string;
  verdict: Pick<DecisionRequest, "decision" | "always" | "arguments" | "message">;
  /** Said below the call, before the question. */
  note?: string | undefined;
  /** Asks whoever is here; `undefined` where nobody is to be asked. */
  confirm: (() => Promise<Partial<DecisionRequest> | undefined>) | undefined;
}

/**
 * Shows a call and, where whoever is here agrees, records the verdict.
 *
 * @returns what the verdict came to; `undefined` when nothing was decided
 * @throws HoldpointError `not_allowed` for an approval that needs a person, where no terminal is
 */
export async function decideHere(
  service: RunService,
  context: CommandContext,
  { approvalId, verdict, note, confirm }: DecideHere,
): Promise<"decided" | "already" | undefined> {
  const { terminal } = context;
  const approval = await service.approval(approvalId as ApprovalId);
  let said: Partial<DecisionRequest> | undefined = {};
  if (approval.isOpen) {
    show(approval, terminal);
    if (note !== undefined) terminal.print(note);
    if (verdict.always === true) {
      const others = describeAlsoWaiting(approval, verdict.decision);
      if (!terminal.page(others)) terminal.print(others);
    }
    said = confirm === undefined ? {} : await confirm();
  }
  if (said === undefined) {
    terminal.print("Nothing was decided.");
    return undefined;
  }
  const isDoubt = approval.kind === "outcome_unknown";
  const isWanted =
    approval.isOpen &&
    (verdict.decision === "approved" || isDoubt) &&
    (approval.approver === "person" || verdict.always === true);
  const here = callerHere(context, service.location);
  const { why, ...caller } = await provePerson(here, { context, isWanted });
  const outcome = await service.decide(approval.approvalId, {
    ...verdict,
    ...said,
    ...caller,
    ...(verdict.always === true ? { others: idsOf(approval.alsoWaiting) } : {}),
  });
  if (outcome.type !== "needs_stronger_approval") return outcome.type;
  throw new HoldpointError(
    "not_allowed",
    `Nothing was decided: this call needs a yes of level ${outcome.needed}${why === undefined ? "" : `, and ${why}`}. Run the same command on a terminal of your own, or decide in the inbox`,
  );
}

function idsOf(approvals: readonly ApprovalReport[] = []): string[] {
  return approvals.map(({ approvalId }) => approvalId);
}

/** What does not fit on the screen is shown by the pager; what is decided on stays in sight. */
export function show(approval: ApprovalReport, terminal: Terminal): void {
  const text = describeApproval(approval);
  if (terminal.page(text)) terminal.print(`${approval.approvalId}: ${approval.action}`);
  else terminal.print(text);
}
