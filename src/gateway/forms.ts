import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { HoldMeans } from "./call-means.ts";
import type { CallerContext } from "./callers.ts";

/** Shows each request once to the person, where the host has forms; only their answer decides. */
export function askByForm(
  { service, log }: HoldMeans,
  { ask, client }: CallerContext,
): { asked: (approvalId: ApprovalId | undefined) => void; end(): void } {
  let shown: { approvalId: ApprovalId; controller: AbortController } | undefined;
  const show = async (approvalId: ApprovalId, { signal }: AbortController): Promise<void> => {
    const answer = await ask?.(approvalId, service, signal);
    // A form that was put away is no decision: the call stays held.
    if (signal.aborted || (answer !== "approve" && answer !== "reject")) return;
    await service.decide(approvalId, {
      by: client,
      channel: "elicitation",
      level: "confirm",
      decision: answer === "approve" ? "approved" : "rejected",
    });
  };
  return {
    asked(approvalId) {
      if (ask === undefined || approvalId === shown?.approvalId) return;
      shown?.controller.abort();
      shown = undefined;
      if (approvalId === undefined) return;
      const controller = new AbortController();
      shown = { approvalId, controller };
      show(approvalId, controller).catch((error: unknown) => {
        // Somebody else may have decided meanwhile.
        if (!(error instanceof HoldpointError)) log.warn(`a form: ${errorMessage(error)}`);
      });
    },
    end: () => shown?.controller.abort(),
  };
}
