import * as z from "zod";

import type { ApprovalId } from "../../lib/ids.ts";
import { lazy } from "../../lib/lazy.ts";
import type { ApprovalReport } from "../../runs/run-report.ts";
import { clientCaller, defineMcpTool, type CallContext, type McpDeps } from "../mcp-tool.ts";
import { listedBeside } from "../listed.ts";
import { describeSnapshot, runSnapshot, type RunSnapshot } from "../snapshot.ts";
import { waitForRun, waitSeconds } from "../waiting.ts";
import { fitsInForm, formText } from "../../runs/hold/words.ts";
import { isForClient, viewerOf, wayToApprove, whereToApprove } from "../where.ts";

const DEFAULT_WAIT_SECONDS = 25;
const approvalIdField = z.string().describe("From pending_approvals or list_pending_approvals");

const approvedOutput = lazy(() =>
  z.object({
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
      .describe("Why nobody decided"),
    run: runSnapshot(),
  }),
);

const rejectedOutput = lazy(() =>
  z.object({
    /** The last where it would state what came of a call that is in doubt. */
    outcome: z.enum(["rejected", "already_rejected", "needs_stronger_approval"]),
    approval_id: z.string(),
    how_to_approve: z.string().optional(),
    run: runSnapshot(),
  }),
);

function describeOutcome({
  outcome,
  approval_id,
  how_to_approve,
  run,
}: {
  outcome: string;
  approval_id: string;
  how_to_approve?: string | undefined;
  run: RunSnapshot;
}): string {
  return [`${approval_id}: ${outcome}.`, how_to_approve, describeSnapshot(run)]
    .filter((line) => line !== undefined)
    .join("\n");
}

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
  needsPerson: true,
  refusesUnknown: true,
  input: () =>
    z.object({
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
  listed: () => approvedOutput().extend({ run: listedBeside() }),
  async handle({ approval_id, action, wait_seconds, arguments: changed }, deps, context) {
    const approvalId = approval_id as ApprovalId;
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    const asking = { deps, context, seconds, changed };
    const whole = () => deps.service.approval(approvalId, clientCaller(context));
    const brief = await deps.service.brief(approvalId, clientCaller(context));
    const viewer = viewerOf(deps, context);
    if (brief.isOpen && (brief.hasPreview || !isForClient(brief, viewer))) {
      const report = await whole();
      const { way, why } = wayToApprove(report, viewer);
      // What was not shown completely, or is of another client, is not for this tool to approve.
      if (report.isOpen && way !== "approve" && why !== "level") return confirm(report, asking);
    }
    const decided = await deps.service.decide(approvalId, {
      ...clientCaller(context),
      decision: "approved",
      action,
      arguments: changed,
    });
    if (decided.type === "needs_stronger_approval") {
      return confirm({ ...(await whole()), approver: decided.needed }, asking);
    }
    const run = await waitForRun(brief.runId, { deps, context, seconds });
    const outcome = decided.type === "already" ? "already_approved" : "approved";
    return { outcome, approval_id, run } as const;
  },
  describe: describeOutcome,
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
  refusesUnknown: true,
  input: () =>
    z.object({
      approval_id: approvalIdField,
      message: z.string().max(2_000).optional().describe("Why, in the user's words"),
      wait_seconds: waitSeconds,
    }),
  output: rejectedOutput,
  listed: () => rejectedOutput().extend({ run: listedBeside() }),
  async handle({ approval_id, message, wait_seconds }, deps: McpDeps, context) {
    const approvalId = approval_id as ApprovalId;
    const { runId } = await deps.service.brief(approvalId, clientCaller(context));
    const decided = await deps.service.decide(approvalId, {
      ...clientCaller(context),
      decision: "rejected",
      message,
    });
    if (decided.type === "needs_stronger_approval") {
      const report = await deps.service.approval(approvalId, clientCaller(context));
      return elsewhere({ ...report, approver: decided.needed }, { deps, context });
    }
    const seconds = wait_seconds ?? DEFAULT_WAIT_SECONDS;
    const run = await waitForRun(runId, { deps, context, seconds });
    const outcome = decided.type === "already" ? "already_rejected" : "rejected";
    return { outcome, approval_id, run } as const;
  },
  describe: describeOutcome,
});

interface Asking {
  deps: McpDeps;
  context: CallContext;
  seconds: number;
  /** What shall run instead. */
  changed: Record<string, unknown> | undefined;
}

type Approved = z.input<ReturnType<typeof approvedOutput>>;

/** Asks the person where that is enough, and says where to decide where it is not. */
async function confirm(
  report: ApprovalReport,
  { deps, context, seconds, changed }: Asking,
): Promise<Approved> {
  const { approvalId: approval_id, runId } = report;
  const text = formText(report, changed);
  const { way } = wayToApprove(report, viewerOf(deps, context));
  const isAsked = way !== "elsewhere" && fitsInForm(text);
  const answer = isAsked ? await context.ask(text) : "unsupported";
  if (answer === "approve" || answer === "reject") {
    const decided = await deps.service.decide(approval_id, {
      by: context.client,
      channel: "elicitation",
      level: "confirm",
      decision: answer === "approve" ? "approved" : "rejected",
      arguments: answer === "approve" ? changed : undefined,
    });
    // Rules may want more since it was asked.
    if (decided.type === "needs_stronger_approval") {
      return elsewhere({ ...report, approver: decided.needed }, { deps, context });
    }
    const run = await waitForRun(runId, { deps, context, seconds });
    if (answer === "reject") return { outcome: "rejected_by_user", approval_id, run };
    const outcome = decided.type === "already" ? "already_approved" : "approved";
    return { outcome, approval_id, run };
  }
  // One whose text has grown too long for a form goes where a person sees all of it.
  const isTooLong = way === "form" && !isAsked;
  const shown = isTooLong ? { ...report, approver: "person" as const } : report;
  const left = await elsewhere(shown, { deps, context });
  if (answer !== "unsupported") return { ...left, outcome: "not_answered", answer };
  return report.approver === "confirm" ? { ...left, answer } : left;
}

/** Nothing is decided through this client: where it can be. */
async function elsewhere(
  report: ApprovalReport,
  { deps, context }: Pick<Asking, "deps" | "context">,
) {
  return {
    outcome: "needs_stronger_approval",
    approval_id: report.approvalId,
    how_to_approve: whereToApprove(report, viewerOf(deps, context)),
    run: await waitForRun(report.runId, { deps, context, seconds: 0 }),
  } as const;
}
