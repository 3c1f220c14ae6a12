import { validateAgainstSchema } from "../agents/schema/schema-check.ts";
import { findTarget } from "../agents/graph.ts";
import { shownForEdit } from "../agents/tool-arguments.ts";
import { decisionOf, isOpen } from "../engine/approvals.ts";
import { argumentsDigest } from "../engine/arguments.ts";
import type { DraftOf, EntryOf } from "../engine/entries.ts";
import { expireDue } from "../engine/expire.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { Approval, Run, Verdict } from "../engine/state.ts";
import { reaches, type ApproverLevel } from "../engine/vocabulary.ts";
import { ConflictError, HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { isJsonObject, isPlainJson, type JsonValue } from "../lib/json.ts";
import type { AgentRegistry } from "./agent-registry.ts";
import type { Caller } from "./caller.ts";
import { describeDecision, toApprovalReport } from "./run-report.ts";

/** One verdict, who gives it, and how sure their channel is of a person. */
export interface DecisionRequest extends Caller {
  decision: "approved" | "rejected";
  /** What the decider was shown; compared with what would run. Absent where we showed it. */
  action?: string | undefined;
  /** To the agent, with a rejection. */
  message?: string | undefined;
  /** Run with these arguments instead. */
  arguments?: unknown;
  /** Also decide later calls of this tool by this agent in this run. */
  always?: boolean | undefined;
}

export type DecisionOutcome =
  | { type: "decided"; decision: "approved" | "rejected" }
  /** The same verdict stood already. */
  | { type: "already"; decision: "approved" | "rejected" }
  /** Nothing was recorded: somebody closer to the person must decide. */
  | { type: "needs_stronger_approval"; needed: ApproverLevel };

/** Records a verdict on a pending approval, if it may count. The one place that enforces levels. */
export async function decide(
  recorder: Recorder,
  {
    approvalId,
    request,
    registry,
    clientEdits,
  }: {
    approvalId: ApprovalId;
    request: DecisionRequest;
    registry: AgentRegistry;
    clientEdits: boolean;
  },
): Promise<DecisionOutcome> {
  if (request.arguments !== undefined && isOfClient(request) && !clientEdits) throw noEdits();
  // A deadline that has passed counts, whether or not somebody noticed it yet.
  await expireDue(recorder);
  for (;;) {
    const { state } = recorder.journal;
    const approval = state.approvals.get(approvalId);
    if (approval === undefined) {
      throw new HoldpointError("approval_not_found", `There is no approval ${approvalId}`);
    }
    const standing = decisionOf(state, approval);
    if (standing !== undefined) return compare(approval, standing, request);
    if (!isOpen(state, approval)) throw overtaken(approvalId);
    checkAction(state, approval, request);
    if (request.decision === "approved" && !reaches(request.level, approval.approver)) {
      return { type: "needs_stronger_approval", needed: approval.approver };
    }
    const draft = toDraft(state, { approval, request, registry });
    const stillOpen = (): boolean => {
      const now = recorder.journal.state.approvals.get(approvalId);
      return now !== undefined && isOpen(recorder.journal.state, now);
    };
    try {
      await recorder.append([draft], stillOpen);
      return { type: "decided", decision: request.decision };
    } catch (error) {
      // Somebody else wrote first: look again at what stands now.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

/** Whether what was decided came through the connection that the asking model has too. */
function isOfClient({ channel }: DecisionRequest): boolean {
  return channel === "mcp" || channel === "elicitation";
}

function noEdits(): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    "Nothing was decided: changing arguments through the client is not allowed here. Approve the call as it is, reject it with what should change, or let the user change it on a terminal or in the inbox",
  );
}

function compare(approval: Approval, standing: Verdict, request: DecisionRequest): DecisionOutcome {
  const { decision } = standing;
  if (decision === "expired") {
    throw new HoldpointError(
      "approval_expired",
      `Approval ${approval.approvalId} expired at ${standing.at}. The call was not run`,
    );
  }
  if (decision === request.decision) return { type: "already", decision };
  throw new HoldpointError(
    "already_decided",
    `Approval ${approval.approvalId} is ${describeDecision(standing)}. Decisions are final`,
  );
}

function overtaken(approvalId: string): HoldpointError {
  return new HoldpointError(
    "already_decided",
    `Approval ${approvalId} no longer waits: its run is over, or asked again. List the pending ones`,
  );
}

function checkAction(state: Run, approval: Approval, request: DecisionRequest): void {
  if (request.action === undefined) return;
  const { action } = toApprovalReport(state, approval);
  if (normalized(request.action) === normalized(action)) return;
  throw new HoldpointError(
    "action_mismatch",
    `The action is not what would run. Show the user this, and repeat it word for word: ${action}`,
  );
}

function normalized(text: string): string {
  return text.normalize("NFC").replaceAll(/\s+/g, " ").trim();
}

function toDraft(
  state: Run,
  {
    approval,
    request,
    registry,
  }: {
    approval: Approval;
    request: DecisionRequest;
    registry: AgentRegistry;
  },
): DraftOf<"approval_decided"> {
  const { decision, by, channel, message, always } = request;
  if (request.arguments !== undefined && always === true) {
    throw new HoldpointError(
      "invalid_input",
      "Changed arguments are for one call: they cannot be combined with always",
    );
  }
  return {
    type: "approval_decided",
    approvalId: approval.approvalId,
    decision,
    by,
    channel,
    level: request.level,
    scope: always === true ? "always" : "once",
    ...(message === undefined ? {} : { message }),
    ...(request.arguments === undefined
      ? {}
      : editFields(state, { approval, edited: request.arguments, registry })),
  };
}

/**
 * Changed arguments are checked by the tool; a process without it goes by the schema that the
 * journal has, and the tool looks again before it runs.
 */
function editFields(
  state: Run,
  {
    approval,
    edited,
    registry,
  }: {
    approval: Approval;
    edited: unknown;
    registry: AgentRegistry;
  },
): { arguments: JsonValue; argumentsDigest: string } {
  const graph = registry.withSource(state.source)?.plan.graph;
  const agent = graph?.agents.get(approval.agent);
  const target = agent && findTarget(agent, approval.tool ?? "");
  const definition = state.definitions.get(`${approval.tool ?? ""}:${approval.toolDigest ?? ""}`);
  if (isPlainJson(edited)) {
    const shown =
      target?.type === "tool" ? shownForEdit(target.tool, edited) : fitted(definition, edited);
    if (shown !== undefined) return { arguments: edited, argumentsDigest: argumentsDigest(shown) };
  }
  throw new HoldpointError(
    "arguments_invalid",
    `These arguments do not fit the schema of "${approval.tool ?? approval.kind}". Nothing was decided`,
  );
}

/** The arguments, where the recorded schema has nothing against them. */
function fitted(
  definition: EntryOf<"tool_defined"> | undefined,
  edited: JsonValue,
): JsonValue | undefined {
  if (definition === undefined || !isJsonObject(definition.schema)) return undefined;
  return validateAgainstSchema(definition.schema, edited).length === 0 ? edited : undefined;
}
