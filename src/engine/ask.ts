import { toIso, type Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import { createApprovalId } from "../lib/ids.ts";
import { boundArguments } from "./arguments.ts";
import type { DraftOf, EngineDraft } from "./entries.ts";
import type { Call, Run, Verdict } from "./state.ts";
import type { Arguments, ApprovalTimeout, Tool } from "./tool.ts";
import { levelWords, strictest, type ApproverLevel } from "./vocabulary.ts";

/** What rules want of a decision. */
export interface Wanted {
  reason?: string | undefined;
  /** The least level. */
  approver?: ApproverLevel | undefined;
  timeout?: ApprovalTimeout | undefined;
  /** Whether no yes that was given for other calls is one to it. */
  alone?: true | undefined;
}

export interface CallRequest extends Wanted {
  call: Call;
  tool: Tool;
  args: Arguments;
  kind: "tool_call" | "outcome_unknown";
  /** The request whose decision no longer reaches. */
  voids?: string | undefined;
}

/** The entries that ask a person about a call. */
export function askAboutCall(
  { run, clock }: { run: Run; clock: Clock },
  request: CallRequest,
): EngineDraft[] {
  const { call, tool, args, kind, reason, voids, alone, timeout = tool.timeout } = request;
  const requested: DraftOf<"approval_requested"> = {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind,
    callId: call.item.callId,
    agent: call.agent,
    tool: tool.name,
    toolDigest: tool.digest,
    ...boundArguments(tool, call.item.arguments, args),
    approver: neededLevel(request),
    ...(reason === undefined ? {} : { reason }),
    ...(timeout === undefined ? {} : deadline(clock, timeout)),
    ...(voids === undefined ? {} : { voids }),
    ...(alone === undefined ? {} : { alone }),
  };
  const isKnown = run.definitions.has(`${tool.name}:${tool.digest}`);
  return isKnown ? [requested] : [defineTool(tool), requested];
}

/** Why somebody is asked who was asked before. */
export function describeVoid(
  { decision, by, level, scope }: Verdict,
  needed: ApproverLevel,
): string {
  const always = scope === "always" ? " for the rest of the run" : "";
  return `${decision}${always} by ${by.slice(0, 100)} at level ${level}; the rules want ${levelWords[needed]} now`;
}

/** What is not known of a call goes before why it is asked about. */
export function withUnknown({ unknown }: Call, reason: string | undefined): { reason?: string } {
  const said = [unknown, reason].filter((each) => each !== undefined).join(". ");
  return said === "" ? {} : { reason: said };
}

/** The entry that asks about a call that was started, and whose tool is not there to ask about. */
export function askAboutLostCall(
  { item, agent, approval, started }: Call,
  { reason, level }: { reason: string; level: ApproverLevel | undefined },
): DraftOf<"approval_requested"> {
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "outcome_unknown",
    callId: item.callId,
    agent,
    tool: item.name,
    argumentsDigest: sha256(item.arguments),
    approver: strictest([approval?.approver, level]),
    ...(approval?.decision === undefined || approval.kind !== "outcome_unknown"
      ? {}
      : { voids: approval.approvalId }),
    reason: `This call was started at ${started?.at ?? ""} and its outcome was not recorded. Its tool is not available (${reason}). Reject with the text that the agent shall go on with`,
  };
}

/** The level that a decision on a call needs: the strictest of what anybody wants. */
export function neededLevel({
  call,
  tool,
  approver,
}: Pick<CallRequest, "call" | "tool" | "approver">): ApproverLevel {
  return strictest([approver, call.approval?.approver, tool.level]);
}

function deadline(
  clock: Clock,
  { seconds, onExpiry = "reject" }: ApprovalTimeout,
): Pick<DraftOf<"approval_requested">, "expiresAt" | "expiry"> {
  return { expiresAt: toIso(clock.now() + seconds * 1_000), expiry: onExpiry };
}

/** The entry that says what a tool is that somebody is asked about. */
export function defineTool({
  name,
  digest,
  definition,
}: Pick<Tool, "name" | "digest" | "definition">): DraftOf<"tool_defined"> {
  const { description, schema, annotations, trusted, summary } = definition;
  return {
    type: "tool_defined",
    tool: name,
    digest,
    description,
    schema,
    ...(annotations === undefined ? {} : { annotations }),
    ...(trusted === undefined ? {} : { trusted }),
    ...(summary === undefined ? {} : { summary }),
  };
}
