import type { Arguments } from "../engine/arguments.ts";
import type { Ruling, Tool } from "../engine/driver.ts";
import type { Call } from "../engine/state.ts";
import type { ApproverLevel } from "../engine/vocabulary.ts";
import { isJsonObject } from "../lib/json.ts";
import type { AgentActivation } from "./activation.ts";
import type { AnyAgent } from "./agent.ts";
import { isEnabled } from "./enabled.ts";
import { frameContext } from "./context.ts";
import { itemOf, type Frame } from "./conversation.ts";
import { ToolOutcomeUnknownError, ToolTimeoutError } from "./errors.ts";
import type { RunConfig } from "./face/config.ts";
import { toText } from "./face/run-view.ts";
import { agentNamed, findTarget } from "./graph.ts";
import { MissingContextError } from "./missing-part.ts";
import { clipOutput, toOutputFields } from "./output.ts";
import { OUTPUT_LIMIT } from "./size-limits.ts";
import { tellToolEnd, tellToolStart, type ToolCall } from "./tell-hooks.ts";
import { callAsRun, readCallArguments, valueFor } from "./tool-arguments.ts";
import { describeThrown, toToolCallError } from "./tool-call-error.ts";
import { inputGuards, outputGuards } from "./tool-guardrails.ts";
import type { FunctionTool, ToolCallDetails } from "./tool.ts";

/** The tool that a call is of. @throws UserError where its agent has none of that name */
export function toolCallOf(activation: AgentActivation, frame: Frame, call: Call): ToolCall {
  const agent = agentNamed(activation.own.plan.graph, call.agent);
  const target = findTarget(agent, call.item.name);
  if (target?.type !== "tool") throw new Error(`No tool ${call.item.name}`);
  return { activation, frame, call, agent, tool: target.tool };
}

/** A tool of an agent, as the engine settles calls of it. */
export function bindTool(of: ToolCall): Tool {
  const { activation, frame, call, agent, tool } = of;
  const { config } = activation.own;
  const item = itemOf(call);
  const { name, digest, description, parameters, annotations, idempotent } = tool;
  const limit = config.toolExecution?.maxOutputCharacters ?? OUTPUT_LIMIT;
  const { errorFunction } = tool;
  return {
    name,
    digest,
    idempotent,
    definition: {
      description,
      schema: parameters,
      ...(annotations === undefined ? {} : { annotations }),
    },
    level: levelOf(config, agent, name),
    timeout: tool.approvalTimeout ?? agent.approvalTimeout ?? config.approvalTimeout,
    guardsBeforeAsking: config.toolExecution?.preApprovalInputGuardrails === true,
    enabled: () => isEnabled(tool, { context: frameContext(activation, frame), agent }),
    read: (text) => readCallArguments(tool, text),
    value: (json) => valueFor(tool, json),
    isRuled: tool.approvalRule.type === "policy",
    ruled: (args) => judgeByRules(of, args),
    rule: (args) => judgeByTool(of, args),
    guards: { input: inputGuards(of), output: outputGuards(of) },
    execute: (value, { key, signal }) => runBody(of, value, { key, signal }),
    failed:
      errorFunction === null
        ? undefined
        : async (problem) =>
            errorFunction(frameContext(activation, frame), problem, { toolCall: item }),
    isUnclear: (error) => error instanceof ToolOutcomeUnknownError,
    clip: (output) => clipOutput(item, output, limit),
    toOutput: (output, note) => toOutputFields(item, output, note),
    started: () => tellToolStart(of),
    ended: (output) =>
      tellToolEnd(of, output instanceof Error ? describeThrown(output) : toText(output)),
    toError: toToolCallError,
  };
}

function levelOf(
  { approver }: RunConfig,
  agent: AnyAgent,
  toolName: string,
): ApproverLevel | undefined {
  return typeof approver === "function" ? approver(agent, toolName) : approver;
}

/** A rule of the process tightens what a tool says of itself, and loosens nothing. */
async function judgeByRules(
  { activation, agent, tool }: ToolCall,
  args: Arguments,
): Promise<Ruling | undefined> {
  const call = { agent: agent.name, arguments: args.shown ?? args.raw };
  const rule = tool.approvalRule;
  if (rule.type === "policy") return rule.judge(call);
  const verdict = activation.own.policy?.({ ...call, tool: tool.name });
  return verdict?.verdict === "allow" ? undefined : verdict;
}

const UNREADABLE: Ruling = { verdict: "allow", rule: "unreadable arguments" };

async function judgeByTool(
  { activation, frame, call, tool }: ToolCall,
  args: Arguments,
): Promise<Ruling> {
  const rule: FunctionTool["approvalRule"] = tool.approvalRule;
  if (rule.type === "never") return { verdict: "allow", rule: "needsApproval: false" };
  // Nobody is asked about a call that nobody can read.
  if (rule.type !== "dynamic") return args.raw === undefined ? UNREADABLE : { verdict: "ask" };
  if (!isJsonObject(args.raw)) {
    const reason = "The arguments could not be read, so the policy was not asked";
    return { verdict: "ask", reason };
  }
  const input = args.problem === undefined ? args.value : args.raw;
  const answer = await rule.decide(frameContext(activation, frame), input, call.item.callId);
  if (answer === false) return { verdict: "allow", rule: "needsApproval answered false" };
  if (answer === true) return { verdict: "ask" };
  return { verdict: "ask", reason: "The policy answered neither true nor false" };
}

async function runBody(
  { activation, frame, call, tool }: ToolCall,
  value: unknown,
  { key, signal: abort }: { key: string; signal: AbortSignal },
): Promise<unknown> {
  const context = frameContext(activation, frame);
  const details: ToolCallDetails = { toolCall: callAsRun(call), idempotencyKey: key };
  try {
    return await withTimeout(tool, abort, async (signal) => {
      details.signal = signal;
      return await tool.execute(value, context, details);
    });
  } catch (error) {
    if (error instanceof ToolTimeoutError && tool.timeoutBehavior === "error_as_result") {
      return (await tool.timeoutErrorFunction?.(context, error, details)) ?? error.message;
    }
    if (error instanceof ToolTimeoutError || error instanceof ToolOutcomeUnknownError) throw error;
    // A model cannot give it again: whoever goes on with the run is told.
    if (error instanceof MissingContextError) throw error;
    if (tool.errorFunction === null || abort.aborted) throw error;
    return await tool.errorFunction(context, error, details);
  }
}

async function withTimeout(
  { timeoutMs, name }: FunctionTool,
  abort: AbortSignal,
  body: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  if (timeoutMs === undefined) return body(abort);
  const timeout = new AbortController();
  const signal = AbortSignal.any([abort, timeout.signal]);
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new ToolTimeoutError({ toolName: name, timeoutMs });
      timeout.abort(error);
      reject(error);
    }, timeoutMs);
  });
  try {
    return await Promise.race([body(signal), limit]);
  } finally {
    clearTimeout(timer);
  }
}
