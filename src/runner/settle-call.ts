import type { AnyAgent } from "../agent/agent.ts";
import { ModelBehaviorError, UserError } from "../agent/errors.ts";
import type { FunctionTool } from "../agent/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { stderrLog } from "../lib/log.ts";
import { stickyKey, type Sticky } from "../journal/approvals.ts";
import type { EntryDraft } from "../journal/entries.ts";
import type { Call, Frame } from "../journal/frame.ts";
import { askAboutCall, digestOf, type CallArguments } from "./ask.ts";
import type { Activation } from "./activation.ts";
import { readCallArguments, valueFor } from "./call-arguments.ts";
import { isEnabled } from "./call-model.ts";
import { failRun } from "./stop-run.ts";
import { answerInvalid, executeTool, type Ground } from "./execute-tool.ts";
import { frameContext } from "./frame-context.ts";
import { collectNestedRun, startNestedRun } from "./nested-run.ts";
import type { Step } from "./next-steps.ts";
import { agentNamed } from "./run-view.ts";
import { passesInputGuardrails } from "./tool-guardrails.ts";

export const DEFAULT_REJECTION = "Tool execution was not approved.";
const EXPIRED = "Nobody decided on this tool call in time. It was not run.";

type CallStep = Extract<Step, { type: "call" }>;

/** A call, with everything that its settling needs. */
export interface CallSite {
  readonly frame: Frame;
  readonly call: Call;
  readonly agent: AnyAgent;
  readonly tool: FunctionTool;
}

/** Brings one call a step further: asks, runs, refuses, or collects. */
export async function settleCall(activation: Activation, step: CallStep): Promise<void> {
  const { frame, call, target, decision } = step;
  const agent = agentNamed(activation.plan.graph, call.agent);
  if (target?.type !== "tool") return answerUnknown(activation, frame, call);
  const site: CallSite = { frame, call, agent, tool: target.tool };
  switch (step.action) {
    case "gate":
      return gate(activation, site);
    case "run":
      return runApproved(activation, site, decision);
    case "refuse":
      return refuse(activation, site, decision);
    case "doubt":
      return settleDoubt(activation, site);
    case "state": {
      const stated =
        decision?.message ?? "The outcome of this call is unknown. It was not run again.";
      return finish(activation, site, { outcome: "stated", output: stated });
    }
    case "collect":
      return collectNestedRun(activation, site);
  }
}

type Finished = Omit<Extract<EntryDraft, { type: "tool_finished" }>, "type" | "callId">;

async function finish(activation: Activation, site: CallSite, fields: Finished): Promise<void> {
  const { callId } = site.call.item;
  await activation.append(site.frame.path, [{ type: "tool_finished", callId, ...fields }]);
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
    { type: "tool_finished", callId, outcome: "invalid", output },
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
  const verdict = await judge(activation, site, args);
  // A decision that came while the policy was thinking goes before its answer.
  const now = activation.frame(frame.path).calls.get(call.item.callId);
  if (now === undefined || now.approval !== call.approval || now.finished !== undefined) return;
  if (
    activation.state.sticky.has(
      stickyKey({ agent: agent.name, tool: tool.name, toolDigest: tool.digest }),
    )
  )
    return;
  if (verdict.type === "free") return start(activation, site, { args, ground: verdict });
  if (activation.config.toolExecution?.preApprovalInputGuardrails === true) {
    if (!(await passesInputGuardrails(activation, site))) return;
  }
  const { reason } = verdict;
  await activation.append(
    frame.path,
    askAboutCall(activation, { call, agent, tool, args, kind: "tool_call", reason }),
  );
}

type Verdict = { type: "free"; rule: string } | { type: "ask"; reason?: string };

/** Fails closed: whatever is not a plain `false` asks. */
async function judge(
  activation: Activation,
  { frame, call, tool }: CallSite,
  args: CallArguments,
): Promise<Verdict> {
  const rule = tool.approvalRule;
  if (call.approval !== undefined) {
    return { type: "ask", reason: "The tool's definition changed since this call was asked about" };
  }
  if (rule.type === "never") return { type: "free", rule: "needsApproval: false" };
  if (rule.type === "always") {
    // Nobody is asked about a call that nobody can read.
    return args.raw === undefined
      ? { type: "free", rule: "unreadable arguments" }
      : { type: "ask" };
  }
  if (!isJsonObject(args.raw)) {
    return { type: "ask", reason: "The arguments could not be read, so the policy was not asked" };
  }
  try {
    const input = args.problem === undefined ? args.value : args.raw;
    const answer = await rule.decide(frameContext(activation, frame), input, call.item.callId);
    if (answer === false) return { type: "free", rule: "needsApproval answered false" };
    if (answer === true) return { type: "ask" };
    return { type: "ask", reason: "The policy answered neither true nor false" };
  } catch (error) {
    return { type: "ask", reason: `The policy failed: ${errorMessage(error).slice(0, 200)}` };
  }
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
  const edited = decision.arguments ?? call.edited;
  const args = argumentsToRun(site, edited);
  const asked = approval?.kind === "tool_call" ? approval.argumentsDigest : undefined;
  if (edited === undefined && asked !== undefined && digestOf(call, args.shown) !== asked) {
    // What would run is not what was approved: the approval is void, and the person asked again.
    const reason = "The arguments that would run are not those that were approved";
    const request = { call, agent, tool, args, kind: "tool_call" as const, reason };
    await activation.append(frame.path, askAboutCall(activation, request));
    return;
  }
  const attempt = call.started?.attempt;
  const ground = { decision: decision.seq, edited, ...(attempt === undefined ? {} : { attempt }) };
  await start(activation, site, { args, ground });
}

/** The edited arguments, or those that were shown, or what the call says. */
function argumentsToRun({ tool, call }: CallSite, edited: Sticky["arguments"]): CallArguments {
  const proposed = readCallArguments(tool, call);
  if (edited !== undefined) return { ...valueFor(tool, edited), raw: proposed.raw };
  const shown = call.approval?.arguments;
  if (shown === undefined) return proposed;
  // Defaults and the like were applied before the person saw it: that very value runs.
  return { raw: undefined, shown, value: shown, problem: undefined };
}

async function refuse(
  activation: Activation,
  site: CallSite,
  decision: Sticky | undefined,
): Promise<void> {
  if (decision?.decision === "expired") {
    const output = decision.message ?? EXPIRED;
    return finish(activation, site, { outcome: "expired", output });
  }
  const { name: toolName, callId } = site.call.item;
  const output =
    decision?.message ??
    (await formatError(activation, site.frame, {
      kind: "approval_rejected",
      toolName,
      callId,
      defaultMessage: DEFAULT_REJECTION,
    }));
  await finish(activation, site, { outcome: "rejected", output });
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
  const { edited } = call;
  const args = argumentsToRun(site, edited);
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
