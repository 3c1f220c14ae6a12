import type { AnyAgent } from "./agent.ts";
import { ApprovalExpiredError, ModelBehaviorError, UserError } from "./errors.ts";
import type { FunctionTool } from "./tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { stderrLog } from "../lib/log.ts";
import { covers, stickyKey, type Sticky } from "../engine/approvals.ts";
import type { EntryDraft } from "./entries.ts";
import type { Call, Frame } from "./conversation.ts";
import {
  askAboutCall,
  askAboutLostCall,
  digestOf,
  neededLevel,
  type CallArguments,
} from "./ask.ts";
import type { Activation } from "./activation.ts";
import { argumentsToRun, editOf, isTooLong, readCallArguments } from "./call-arguments.ts";
import { isEnabled } from "./ask-model.ts";
import { failRun } from "./stop-run.ts";
import { answerInvalid, executeTool, type Ground } from "./execute-tool.ts";
import { frameContext } from "./context.ts";
import { judgeByRules, judgeCall, wanted } from "./judge-call.ts";
import { collectNestedRun, startNestedRun } from "./nested.ts";
import { isStillNext, type CallStep } from "./next-steps.ts";
import { agentNamed } from "./face/run-view.ts";
import { passesInputGuardrails } from "./tool-guardrails.ts";

export const DEFAULT_REJECTION = "Tool execution was not approved.";
const EXPIRED = "Nobody decided on this tool call in time. It was not run.";

/** A call, with everything that its settling needs. */
export interface CallSite {
  readonly frame: Frame;
  readonly call: Call;
  readonly agent: AnyAgent;
  readonly tool: FunctionTool;
  /** Whether nothing came between: no decision, no late outcome. Asked when a start is recorded. */
  isStillNext(): boolean;
}

/** Brings one call a step further: asks, runs, refuses, or collects. */
export async function settleCall(activation: Activation, step: CallStep): Promise<void> {
  const { frame, call, target, decision } = step;
  const agent = agentNamed(activation.plan.graph, call.agent);
  if (target?.type === "missing") return settleWithoutTool(activation, step, target.reason);
  if (target?.type !== "tool") return answerUnknown(activation, frame, call);
  const site: CallSite = {
    frame,
    call,
    agent,
    tool: target.tool,
    isStillNext: () => isStillNext(activation.state, activation.plan, step),
  };
  switch (step.action) {
    case "gate":
      return gate(activation, site);
    case "run":
      return runApproved(activation, site, decision);
    case "refuse":
      return refuse(activation, site, decision);
    case "doubt":
      return settleDoubt(activation, site);
    case "state":
      return state(activation, site, decision);
    case "collect":
      return collectNestedRun(activation, site);
  }
}

/** A call, whether or not its tool is there. */
type CallPlace = Pick<CallSite, "frame" | "call">;

/**
 * The tool's provider has no such tool now. What nobody decided on waits; what may run, or was
 * approved, is told to the model, which may ask again once the tool is back.
 */
async function settleWithoutTool(
  activation: Activation,
  { frame, call, action, decision }: CallStep,
  reason: string,
): Promise<void> {
  const place: CallPlace = { frame, call };
  if (action === "refuse") return refuse(activation, place, decision);
  if (action === "state") return state(activation, place, decision);
  if (action === "doubt") {
    await activation.append(frame.path, [askAboutLostCall(call, reason)]);
    return;
  }
  const again = call.started === undefined ? "" : " again; what came of the first time is unknown";
  const output = `Tool '${call.item.name}' is not available: ${reason}. The call was not run${again}.`;
  await answer(activation, place, { outcome: "invalid", output });
}

async function state(
  activation: Activation,
  place: CallPlace,
  decision: Sticky | undefined,
): Promise<void> {
  const output = decision?.message ?? "The outcome of this call is unknown. It was not run again.";
  await answer(activation, place, { outcome: "stated", output });
}

type Answer = Omit<Extract<EntryDraft, { type: "call_answered" }>, "type" | "callId">;

async function answer(activation: Activation, site: CallPlace, fields: Answer): Promise<void> {
  const { callId } = site.call.item;
  await activation.append(site.frame.path, [{ type: "call_answered", callId, ...fields }]);
}

/** The name is no tool of the agent's; where that is configured, the model is told. */
export async function answerUnknown(
  activation: Activation,
  frame: Frame,
  call: Call,
): Promise<void> {
  const { name: toolName, callId } = call.item;
  const defaultMessage = `Tool '${toolName}' not found.`;
  const output = await formatError(activation, frame, {
    kind: "tool_not_found",
    toolName,
    callId,
    defaultMessage,
  });
  await activation.append(frame.path, [
    { type: "call_answered", callId, outcome: "invalid", output },
  ]);
}

/** Finds out whether a call must wait for a person; runs it when not. */
async function gate(activation: Activation, site: CallSite): Promise<void> {
  const { frame, call, agent, tool } = site;
  const context = frameContext(activation, frame);
  if (!(await isEnabled(tool, { context, agent }))) {
    if (activation.plan.toolNotFound === "return_error_to_model") {
      return answerUnknown(activation, frame, call);
    }
    const message = `Tool ${tool.name} not found in agent ${agent.name}.`;
    return failRun(activation, frame, new ModelBehaviorError(message));
  }
  const args = readCallArguments(tool, call);
  // Nobody is asked about what would not run.
  if (isTooLong(call)) return answerInvalid(activation, site, args);
  const verdict = await judgeCall(activation, site, args);
  // A decision that came while the policy was thinking goes before its answer.
  const now = activation.frame(frame.path).calls.get(call.item.callId);
  if (now === undefined || now.approval !== call.approval || now.finished !== undefined) return;
  if (
    activation.state.sticky.has(
      stickyKey({ agent: agent.name, tool: tool.name, toolDigest: tool.digest }),
    )
  )
    return;
  if (verdict.type === "deny") return deny(activation, site, verdict.reason);
  if (verdict.type === "free") return start(activation, site, { args, ground: verdict });
  if (activation.config.toolExecution?.preApprovalInputGuardrails === true) {
    if (!(await passesInputGuardrails(activation, site))) return;
  }
  const { type: _type, ...asked } = verdict;
  await activation.append(
    frame.path,
    askAboutCall(activation, { call, agent, tool, args, kind: "tool_call", ...asked }),
  );
}

/** A rule forbids the call, whoever approved it. */
async function deny(activation: Activation, site: CallSite, reason: string): Promise<void> {
  const output = `This call is denied by policy and was not run: ${reason}`;
  await answer(activation, site, { outcome: "denied", output });
}

/** Runs a call that may run: the tool's body, or the nested run of an agent used as a tool. */
async function start(
  activation: Activation,
  site: CallSite,
  { args, ground }: { args: CallArguments; ground: Ground },
): Promise<void> {
  if (args.problem !== undefined) return answerInvalid(activation, site, args);
  if (!(await passesInputGuardrails(activation, site))) return;
  if (site.tool.agentTool !== undefined) {
    return startNestedRun(activation, site, { link: site.tool.agentTool, value: args.value });
  }
  await executeTool(activation, site, { value: args.value, ground, shown: args.shown });
}

async function runApproved(
  activation: Activation,
  site: CallSite,
  decision: Sticky | undefined,
): Promise<void> {
  if (decision === undefined) throw new UserError("A call runs only by a decision");
  const { call, tool, frame, agent } = site;
  const { approval } = call;
  const args = argumentsToRun(tool, call);
  // Paths may lead elsewhere by now, arguments may be the approver's, rules may have changed.
  const ruled = await judgeByRules(activation, site, args);
  if (ruled?.verdict === "deny") return deny(activation, site, ruled.reason);
  const asked = wanted(ruled);
  if (approval === undefined && !covers(decision, neededLevel(activation, { ...site, ...asked }))) {
    // The yes to all later calls was of a weaker channel than this one needs.
    const request = { call, agent, tool, args, kind: "tool_call", ...asked } as const;
    await activation.append(frame.path, askAboutCall(activation, request));
    return;
  }
  if (isVoid(site, { decision, args })) {
    const reason = "The arguments that would run are not those that were approved";
    const kind = approval?.kind === "outcome_unknown" ? approval.kind : "tool_call";
    const proposed = readCallArguments(tool, call);
    const request = { call, agent, tool, args: proposed, kind, reason } as const;
    await activation.append(frame.path, askAboutCall(activation, request));
    return;
  }
  if (!(await isEnabled(tool, { context: frameContext(activation, frame), agent }))) {
    throw new UserError(
      `Cannot run the approved call ${call.item.callId}: the tool "${tool.name}" is disabled now. Go on when it is enabled, or reject the call`,
    );
  }
  const edited = editOf(call);
  const attempt = call.started?.attempt;
  const ground = { decision: decision.seq, edited, ...(attempt === undefined ? {} : { attempt }) };
  await start(activation, site, { args, ground });
}

/** Whether code that changed since makes something else of the call than what was approved. */
function isVoid(
  { call, tool }: CallSite,
  { decision, args }: { decision: Sticky; args: CallArguments },
): boolean {
  const { approval } = call;
  if (approval === undefined) return false;
  const approved = decision.argumentsDigest ?? approval.argumentsDigest;
  return approval.toolDigest !== tool.digest || digestOf(call, args.shown) !== approved;
}

async function refuse(
  activation: Activation,
  site: CallPlace,
  decision: Sticky | undefined,
): Promise<void> {
  if (decision?.decision === "expired") return expire(activation, site);
  const { name: toolName, callId } = site.call.item;
  const output =
    decision?.message ??
    (await formatError(activation, site.frame, {
      kind: "approval_rejected",
      toolName,
      callId,
      defaultMessage: DEFAULT_REJECTION,
    }));
  await answer(activation, site, { outcome: "rejected", output });
}

/** Nobody decided in time: the model is told, or the run fails, as was said when it was asked. */
async function expire(activation: Activation, site: CallPlace): Promise<void> {
  if (site.call.approval?.expiry === "fail") {
    const message = `Nobody decided on ${site.call.item.name} in time`;
    return failRun(activation, site.frame, new ApprovalExpiredError(message));
  }
  await answer(activation, site, { outcome: "expired", output: EXPIRED });
}

async function formatError(
  activation: Activation,
  frame: Frame,
  args: {
    kind: "approval_rejected" | "tool_not_found";
    toolName: string;
    callId: string;
    defaultMessage: string;
  },
): Promise<string> {
  const { toolErrorFormatter } = activation.config;
  if (toolErrorFormatter === undefined) return args.defaultMessage;
  const runContext = frameContext(activation, frame);
  try {
    const text = await toolErrorFormatter({ ...args, toolType: "function", runContext });
    return typeof text === "string" ? text : args.defaultMessage;
  } catch (error) {
    stderrLog.warn(`toolErrorFormatter failed: ${errorMessage(error)}`);
    return args.defaultMessage;
  }
}

/** An attempt has no outcome: a tool that says so is run again, for any other a person is asked. */
async function settleDoubt(activation: Activation, site: CallSite): Promise<void> {
  const { call, tool, agent, frame } = site;
  const { started, error } = call;
  if (started === undefined) return;
  const edited = editOf(call);
  const args = argumentsToRun(tool, call);
  // What failed just now would fail again at once, without end.
  if (tool.idempotent && started.epoch < activation.epoch) {
    const ground = { rule: "idempotent", edited, attempt: started.attempt };
    return start(activation, site, { args, ground });
  }
  const cause =
    error === undefined ? "and its outcome was not recorded" : `and failed: ${error.message}`;
  const reason = `This call was started at ${started.at} ${cause}. Approve to run it again, or reject with the text that the agent shall go on with`;
  const request = { call, agent, tool, args, kind: "outcome_unknown" as const, reason };
  await activation.append(frame.path, askAboutCall(activation, request));
}
