import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";
import { gatewayDataOf } from "./folder.ts";
import { settledOf } from "./outcome.ts";

/**
 * Ends the memory of a rejection: the same call of its client is asked about when it comes again.
 * Idempotent, and decides nothing.
 *
 * @throws HoldpointError `approval_not_found`; `not_allowed` where no call of a gateway was rejected
 */
export async function askAgain(
  service: Pick<RunService, "approval" | "state" | "say">,
  approvalId: ApprovalId,
  by: string,
): Promise<void> {
  const { runId, isRejected, isRemembered } = await rejectionOf(service, approvalId);
  if (!isRejected) {
    const message = `Cannot ask again about ${approvalId}: it is no rejected call of a gateway`;
    throw new HoldpointError("not_allowed", message);
  }
  if (isRemembered) await service.say(runId, [{ type: "asked_again", by }]);
}

/** Whether the same call is refused unasked when it comes again. */
export async function isRejectionRemembered(
  service: Pick<RunService, "approval" | "state">,
  approvalId: ApprovalId,
): Promise<boolean> {
  return (await rejectionOf(service, approvalId)).isRemembered;
}

async function rejectionOf(
  service: Pick<RunService, "approval" | "state">,
  approvalId: ApprovalId,
): Promise<{ runId: RunId; isRejected: boolean; isRemembered: boolean }> {
  const { runId } = await service.approval(approvalId);
  const run = await service.state(runId);
  const data = gatewayDataOf(run);
  const outcome = data && settledOf(run, { hasStructure: false })?.outcome;
  const isRejected = outcome === "rejected" || outcome === "unknown";
  return { runId, isRejected, isRemembered: isRejected && data?.askAgain !== true };
}
