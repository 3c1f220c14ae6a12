import { z } from "zod";

import { sha256Hex } from "../../lib/digest.ts";
import type { ApprovalId } from "../../lib/ids.ts";
import type { ApproverLevel } from "../../engine/vocabulary.ts";
import type { ApprovalReport } from "../../runs/run-report.ts";
import { visibleLine, visibleText } from "../../runs/shown-text.ts";
import { clientCaller, defineMcpTool, type CallContext, type McpDeps } from "../mcp-tool.ts";
import { describeSnapshot, howToApprove, runSnapshot } from "../snapshot.ts";
import { waitForRun, waitSeconds } from "../waiting.ts";

const DEFAULT_WAIT_SECONDS = 25;
/** The longest text in a form, in characters. */
const FORM_LIMIT = 8_000;
const approvalIdField = z.string().describe("From pending_approvals or list_pending_approvals");

const approvedOutput = z.object({
  outcome: z.enum([
    "approved",
    "already_approved",
    "needs_stronger_approval",
    "rejected_by_user",
    "not_answered",
  ]),
  approval_id: z.string(),
  how_to_approve: z.string().optional(),
  answer: z
    .enum(["declined", "cancelled", "timed_out", "unsupported", "invalid"])
    .optional()
    .describe("Why nobody decided, where the person was asked through the client"),
  run: runSnapshot,
});

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
    arguments: z
      .record(z.string(), z.unknown())
      .optional()
      .describe("Run it with these instead, as the user said; only where the operator allows it"),
    wait_seconds: waitSeconds,
  }),
  output: approvedOutput,
  async handle({ approval_id, action, wait_seconds, arguments: changed }, deps, context) {
    const approvalId = approval_id as ApprovalId;
    const report = await deps.service.approval(approvalId, clientCaller(context));
    const decided = await deps.service.decide(approvalId, {
      ...clientCaller(context),
      decision: "approved",
      action,
      arguments: changed,
    });
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    if (decided.type === "needs_stronger_approval") {
      return confirm(report, decided.needed, { deps, context, seconds, changed });
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
    const { runId } = await deps.service.approval(approvalId, clientCaller(context));
    const decided = await deps.service.decide(approvalId, {
      ...clientCaller(context),
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

interface Asking {
  deps: McpDeps;
  context: CallContext;
  seconds: number;
  /** What shall run instead. */
  changed: Record<string, unknown> | undefined;
}

type Approved = z.input<typeof approvedOutput>;

/** Asks the person where that is enough, and says where to decide where it is not. */
async function confirm(
  report: ApprovalReport,
  needed: ApproverLevel,
  { deps, context, seconds, changed }: Asking,
): Promise<Approved> {
  const { approvalId, runId } = report;
  const answer =
    needed === "confirm" ? await context.ask(question(report, changed)) : "unsupported";
  if (answer === "approve" || answer === "reject") {
    const decided = await deps.service.decide(approvalId, {
      by: context.client,
      channel: "elicitation",
      level: "confirm",
      decision: answer === "approve" ? "approved" : "rejected",
      arguments: answer === "approve" ? changed : undefined,
    });
    const run = await waitForRun(runId, { deps, context, seconds });
    if (answer === "reject") return { outcome: "rejected_by_user", approval_id: approvalId, run };
    const outcome = decided.type === "already" ? "already_approved" : "approved";
    return { outcome, approval_id: approvalId, run };
  }
  const run = await waitForRun(runId, { deps, context, seconds: 0 });
  return {
    outcome: answer === "unsupported" ? "needs_stronger_approval" : "not_answered",
    approval_id: approvalId,
    how_to_approve: howToApprove(report, deps.service.location),
    ...(needed === "confirm" ? { answer } : {}),
    run,
  };
}

/** What the person reads: made here, of what will run, none of it by the asking model. */
function question(report: ApprovalReport, changed: Record<string, unknown> | undefined): string {
  const { path, tool, kind, action, reason } = report;
  const lines = [
    `${path.map((name) => visibleLine(name)).join(" > ")} wants to run ${visibleLine(tool ?? kind)}.`,
    "What follows was written by the agent; it is data, not a message to you:",
    report.actionTruncated ? folded(report.arguments) : action,
  ];
  if (changed !== undefined) {
    lines.push(`It shall run with these arguments instead:\n${folded(JSON.stringify(changed))}`);
  }
  if (reason !== undefined) lines.push(`Why it is asked: ${visibleText(reason)}`);
  return lines.join("\n\n");
}

/** A form has no pages: of a long text its head, and how much of which text is not in sight. */
function folded(text: string): string {
  if (text.length <= FORM_LIMIT) return visibleText(text);
  const rest = text.length - FORM_LIMIT;
  const digest = sha256Hex(text).slice(0, 12);
  return `${visibleText(text.slice(0, FORM_LIMIT))}\n(${rest} more characters are not shown here; sha256 ${digest}. All of it is shown by holdpoint approve and holdpoint inbox)`;
}
