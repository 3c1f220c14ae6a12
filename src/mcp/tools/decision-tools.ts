import { z } from "zod";

import type { ApprovalId } from "../../lib/ids.ts";
import type { DecisionRequest } from "../../runs/decide.ts";
import { defineMcpTool, type CallContext, type McpDeps } from "../mcp-tool.ts";
import { describeSnapshot, howToApprove, runSnapshot } from "../snapshot.ts";
import { waitForRun, waitSeconds } from "../waiting.ts";

const DEFAULT_WAIT_SECONDS = 25;
const approvalIdField = z.string().describe("From pending_approvals or list_pending_approvals");

export const approve = defineMcpTool({
  name: "approve",
  title: "Approve tool call",
  description:
    "Lets one pending call run. Only after the user said yes to this very action in this conversation. One approval a call.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: true,
    idempotentHint: true,
    openWorldHint: true,
  },
  input: z.object({
    approval_id: approvalIdField,
    action: z
      .string()
      .max(4_000)
      .describe("The approval's action, word for word, so that the user sees what will run"),
    wait_seconds: waitSeconds,
  }),
  output: z.object({
    outcome: z.enum([
      "approved",
      "already_approved",
      "needs_stronger_approval",
      "rejected_by_user",
      "not_answered",
    ]),
    approval_id: z.string(),
    how_to_approve: z.string().optional(),
    run: runSnapshot,
  }),
  async handle({ approval_id, action, wait_seconds }, deps, context) {
    const approvalId = approval_id as ApprovalId;
    const report = await deps.service.approval(approvalId);
    const decided = await deps.service.decide(approvalId, {
      ...evidence(context),
      decision: "approved",
      action,
    });
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    if (decided.type === "needs_stronger_approval") {
      const run = await waitForRun(report.runId, { deps, context, seconds: 0 });
      const how_to_approve = howToApprove(report, deps.service.location);
      return { outcome: "needs_stronger_approval" as const, approval_id, how_to_approve, run };
    }
    const run = await waitForRun(report.runId, { deps, context, seconds });
    const outcome = decided.type === "already" ? "already_approved" : "approved";
    return { outcome, approval_id, run } as const;
  },
  describe: ({ outcome, approval_id, how_to_approve, run }) =>
    [`${approval_id}: ${outcome}.`, how_to_approve, describeSnapshot(run)]
      .filter((line) => line !== undefined)
      .join("\n"),
});

export const reject = defineMcpTool({
  name: "reject",
  title: "Reject tool call",
  description:
    "Refuses one pending call, when the user said no. The message goes to the inner agent as text.",
  annotations: {
    readOnlyHint: false,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  input: z.object({
    approval_id: approvalIdField,
    message: z.string().max(2_000).optional().describe("Why, in the user's words"),
    wait_seconds: waitSeconds,
  }),
  output: z.object({
    outcome: z.enum(["rejected", "already_rejected"]),
    approval_id: z.string(),
    run: runSnapshot,
  }),
  async handle({ approval_id, message, wait_seconds }, deps: McpDeps, context) {
    const approvalId = approval_id as ApprovalId;
    const { runId } = await deps.service.approval(approvalId);
    const decided = await deps.service.decide(approvalId, {
      ...evidence(context),
      decision: "rejected",
      message,
    });
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    const run = await waitForRun(runId, { deps, context, seconds });
    const outcome = decided.type === "already" ? "already_rejected" : "rejected";
    return { outcome, approval_id, run } as const;
  },
  describe: ({ outcome, approval_id, run }) =>
    `${approval_id}: ${outcome}.\n${describeSnapshot(run)}`,
});

/** What a call of these tools proves: that the client let it through, and no more. */
function evidence(context: CallContext): Pick<DecisionRequest, "by" | "channel" | "level"> {
  return { by: context.client, channel: "mcp", level: "client" };
}
