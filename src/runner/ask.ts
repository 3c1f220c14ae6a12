import { createApprovalId } from "../lib/ids.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, type JsonValue } from "../lib/json.ts";
import type { AnyAgent } from "../agent/agent.ts";
import type { FunctionTool } from "../agent/tool.ts";
import type { EntryDraft } from "../journal/entries.ts";
import type { Call, Frame } from "../journal/frame.ts";
import { argumentsDigest } from "../journal/invocation.ts";
import type { Activation } from "./activation.ts";

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
  },
): EntryDraft[] {
  const { call, agent, tool, args, kind, reason } = request;
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
    approver: activation.approver?.(agent, tool.name) ?? "client",
    ...(reason === undefined ? {} : { reason }),
  };
  return known ? [requested] : [defineTool(tool), requested];
}

function defineTool(tool: FunctionTool): EntryDraft {
  const { name, digest, description, parameters } = tool;
  return { type: "tool_defined", tool: name, digest, description, schema: parameters };
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
