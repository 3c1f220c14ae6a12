import { toIso } from "../lib/clock.ts";
import { createApprovalId } from "../lib/ids.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, type JsonValue } from "../lib/json.ts";
import type { AnyAgent } from "./agent.ts";
import type { ApprovalTimeout } from "./approval-timeout.ts";
import type { FunctionTool } from "./tool.ts";
import { approverLevels, type ApproverLevel, type EntryDraft } from "./entries.ts";
import type { Call, Frame } from "./conversation.ts";
import { argumentsDigest } from "./invocation.ts";
import type { Activation } from "./activation.ts";
import type { RunConfig } from "./face/config.ts";

/** What a call will run with, and what a person is shown of it. */
export interface CallArguments {
  /** What the model wrote, as JSON; `undefined` when it does not parse. */
  readonly raw: JsonValue | undefined;
  /** What is shown and digested: `value` where that is JSON, else `raw`. */
  readonly shown: JsonValue | undefined;
  /** What `execute` gets; `undefined` when the schema refuses it. */
  readonly value: unknown;
  /** Why there is no value. */
  readonly problem: unknown;
}

/** The digest that binds an approval to exactly these arguments. */
export function digestOf(call: Call, shown: JsonValue | undefined): string {
  return shown === undefined ? sha256(call.item.arguments) : argumentsDigest(shown);
}

/** The entries that ask a person about a call. */
export function askAboutCall(
  activation: Activation,
  request: {
    call: Call;
    agent: AnyAgent;
    tool: FunctionTool;
    args: CallArguments;
    kind: "tool_call" | "outcome_unknown";
    reason?: string | undefined;
    /** The least level that a policy wants. */
    approver?: ApproverLevel | undefined;
    timeout?: ApprovalTimeout | undefined;
  },
): EntryDraft[] {
  const { call, agent, tool, args, kind, reason } = request;
  const timeout =
    request.timeout ??
    tool.approvalTimeout ??
    agent.approvalTimeout ??
    activation.config.approvalTimeout;
  const differs =
    args.shown !== undefined &&
    (args.raw === undefined || canonicalJson(args.raw) !== canonicalJson(args.shown));
  const known = activation.state.definitions.has(`${tool.name}:${tool.digest}`);
  const requested: EntryDraft = {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind,
    callId: call.item.callId,
    agent: agent.name,
    tool: tool.name,
    toolDigest: tool.digest,
    argumentsDigest: digestOf(call, args.shown),
    ...(differs ? { arguments: args.shown } : {}),
    approver: neededLevel(activation, request),
    ...(reason === undefined ? {} : { reason }),
    ...(timeout === undefined ? {} : deadline(activation, timeout)),
  };
  return known ? [requested] : [defineTool(tool), requested];
}

/** The entry that asks about a call that was started, and whose tool is not there to ask about. */
export function askAboutLostCall(
  { item, agent, approval, started }: Call,
  reason: string,
): EntryDraft {
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "outcome_unknown",
    callId: item.callId,
    agent,
    tool: item.name,
    argumentsDigest: sha256(item.arguments),
    approver: approval?.approver ?? "client",
    reason: `This call was started at ${started?.at ?? ""} and its outcome was not recorded. Its tool is not available (${reason}). Reject with the text that the agent shall go on with`,
  };
}

/** The level that a decision on a call needs: the strictest of what a policy and the configuration say. */
export function neededLevel(
  { config }: Activation,
  of: { call: Call; agent: AnyAgent; tool: FunctionTool; approver?: ApproverLevel | undefined },
): ApproverLevel {
  const wanted = [of.approver, of.call.approval?.approver, levelOf(config, of)];
  return approverLevels.findLast((level) => wanted.includes(level)) ?? "client";
}

function levelOf(
  { approver }: RunConfig,
  { agent, tool }: { agent: AnyAgent; tool: FunctionTool },
): ApproverLevel | undefined {
  return typeof approver === "function" ? approver(agent, tool.name) : approver;
}

function deadline(
  { recorder }: Activation,
  { seconds, onExpiry = "reject" }: ApprovalTimeout,
): Pick<Extract<EntryDraft, { type: "approval_requested" }>, "expiresAt" | "expiry"> {
  return { expiresAt: toIso(recorder.clock.now() + seconds * 1_000), expiry: onExpiry };
}

function defineTool(tool: FunctionTool): EntryDraft {
  const { name, digest, description, parameters, annotations } = tool;
  return {
    type: "tool_defined",
    tool: name,
    digest,
    description,
    schema: parameters,
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** A model call without an answer: who asked, and since when. */
export function requestOf(frame: Frame): { agent: string; at: string } {
  return { agent: frame.agent, at: frame.requested?.at ?? frame.startedAt };
}

/** The entry that asks whether a model call may be made again. */
export function askAboutModel({ agent, at }: { agent: string; at: string }): EntryDraft {
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "model_outcome_unknown",
    agent,
    approver: "client",
    reason: `A model call was sent at ${at} and its answer was lost. Approve to send it again`,
  };
}

/** The entry that asks whether a run that has taken all its turns may take as many again. */
export function askForTurns(frame: Frame, limit: number): EntryDraft {
  return {
    type: "approval_requested",
    approvalId: createApprovalId(),
    kind: "budget",
    agent: frame.agent,
    approver: "client",
    reason: `All ${limit} turns of this run are taken. Approve for ${frame.firstMaxTurns ?? limit} more`,
  };
}
