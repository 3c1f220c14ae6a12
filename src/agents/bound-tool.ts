import type { Arguments, Ruling, Tool } from "../engine/tool.ts";
import type { Call } from "../engine/state.ts";
import { isJsonObject, copyJson } from "../lib/json.ts";
import { runHooks, type AgentActivation, type ToolCall } from "./activation.ts";
import { isOffered } from "./handoff.ts";
import { itemOf, type Frame } from "./conversation.ts";
import {
  ToolOutcomeUnknownError,
  ToolTimeoutError,
  describeThrown,
  toToolCallError,
} from "./errors.ts";
import { toText } from "./output-text.ts";
import { configOf, frameContext, slotsOf } from "./frame-config.ts";
import { levelOf, rulingOn } from "./gate.ts";
import { agentNamed, targetIn } from "./graph.ts";
import { MissingContextError } from "./missing-part.ts";
import { clipOutput, toOutputFields } from "./tool-output.ts";
import { OUTPUT_LIMIT } from "./limits.ts";
import { callAsRun, copyOfValue, readCallArguments, valueFor } from "./tool-arguments.ts";
import { inputGuards, outputGuards } from "./tool-guardrails.ts";
import type { RunnableTool, ToolCallDetails } from "./function-tool.ts";
import { answerOf, isPending, type MaybePromise } from "../lib/pending.ts";

/** The tool that a call is of. @throws UserError where its agent has none of that name */
export function toolCallOf(activation: AgentActivation, frame: Frame, call: Call): ToolCall {
  const { graph } = activation.own.plan;
  const agent = agentNamed(graph, call.agent);
  const target = targetIn(graph, frame, { agent, name: call.item.name });
  if (target?.type !== "tool") throw new Error(`No tool ${call.item.name}`);
  return { activation, frame, call, agent, tool: target.tool };
}

/** What people are told that a tool is. */
export function definitionOf({
  description,
  parameters,
  annotations,
  trusted,
  summary,
}: RunnableTool): Tool["definition"] {
  return {
    description,
    schema: parameters,
    ...(annotations === undefined ? {} : { annotations }),
    ...(trusted === undefined ? {} : { trusted }),
    ...(summary === undefined ? {} : { summary }),
  };
}

/** The tool of a call, as the engine settles it. */
export function bindTool(activation: AgentActivation, frame: Frame, call: Call): Tool {
  const of = toolCallOf(activation, frame, call);
  const { agent, tool } = of;
  const { plan, policy } = activation.own;
  const config = configOf(plan, frame);
  const item = itemOf(call);
  const { name, digest, idempotent } = tool;
  const limit = config.toolExecution?.maxOutputCharacters ?? OUTPUT_LIMIT;
  const { errorFunction } = tool;
  const previews = tool.previews?.();
  return {
    name,
    digest,
    idempotent,
    slots: slotsOf(plan, frame),
    definition: definitionOf(tool),
    level: levelOf(plan.config, agent, name),
    timeout: tool.approvalTimeout ?? agent.approvalTimeout ?? config.approvalTimeout,
    guardsBeforeAsking: config.toolExecution?.preApprovalInputGuardrails === true,
    enabled: () => isOffered(tool, { context: frameContext(activation, frame), agent }),
    read: (text) => readCallArguments(tool, text),
    value: (json) => valueFor(tool, json),
    isRuled: tool.approvalRule.type === "policy",
    ruled: (args) =>
      rulingOn(tool, { agent: agent.name, arguments: args.shown ?? args.raw }, policy),
    rule: (args) => judgeByTool(of, args),
    ...(previews === undefined
      ? {}
      : {
          previews: {
            binds: previews.binds,
            read: (args: Arguments, options) =>
              previews.read({ agent: agent.name, arguments: args.shown ?? args.raw }, options),
          },
        }),
    guards: { input: inputGuards(of), output: outputGuards(of) },
    execute: (value, { key, signal }) => runBody(of, value, { key, signal }),
    failed:
      errorFunction === null
        ? undefined
        : async (problem) =>
            errorFunction(frameContext(activation, frame), problem, {
              toolCall: copyJson(item),
            }),
    isUnclear: (error) => error instanceof ToolOutcomeUnknownError,
    clip: (output) => clipOutput(output, limit),
    toOutput: toOutputFields,
    started: () => tellHooks(of),
    ended: (output) =>
      tellHooks(of, output instanceof Error ? describeThrown(output) : toText(output)),
    toError: toToolCallError,
  };
}

/** @param result the output as text, or the error that the tool ended with; none as it starts */
function tellHooks({ activation, frame, call, agent, tool }: ToolCall, result?: string): void {
  const hooks = runHooks(activation, frame);
  const context = frameContext(activation, frame);
  // As the program knows it.
  const { given = tool } = tool;
  const details = { toolCall: callAsRun(call) };
  if (result === undefined) {
    hooks.emit("agent_tool_start", context, agent, given, details);
    agent.emit("agent_tool_start", context, given, details);
  } else {
    hooks.emit("agent_tool_end", context, agent, given, result, details);
    agent.emit("agent_tool_end", context, given, result, details);
  }
}

const UNREADABLE: Ruling = { verdict: "allow", rule: "unreadable arguments" };

function judgeByTool(
  { activation, frame, call, tool }: ToolCall,
  args: Arguments,
): MaybePromise<Ruling> {
  const rule: RunnableTool["approvalRule"] = tool.approvalRule;
  if (rule.type === "never") return { verdict: "allow", rule: "needsApproval: false" };
  // Nobody is asked about a call that nobody can read.
  if (rule.type !== "dynamic") return args.raw === undefined ? UNREADABLE : { verdict: "ask" };
  if (!isJsonObject(args.raw)) {
    const reason = "The arguments could not be read, so the policy was not asked";
    return { verdict: "ask", reason };
  }
  const input = copyOfValue(tool, args);
  const answer = rule.decide(frameContext(activation, frame), input, call.item.callId);
  return isPending(answer) ? Promise.resolve(answer).then(rulingBy) : rulingBy(answer);
}

function rulingBy(answer: unknown): Ruling {
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
    const { timeoutMs, name } = tool;
    const body = (signal: AbortSignal): unknown => {
      details.signal = signal;
      if (tool.invokes !== true) return tool.execute(value, context, details);
      // What stands before what `tool()` made, or in its place, is called with the approved text.
      return tool.invoke(context, details.toolCall?.arguments ?? "", details);
    };
    return await (timeoutMs === undefined
      ? body(abort)
      : withTimeout({ timeoutMs, name }, abort, body));
  } catch (error) {
    if (error instanceof ToolTimeoutError && tool.timeoutBehavior === "error_as_result") {
      const what = `The timeoutErrorFunction of "${tool.name}"`;
      const said = await answerOf(tool.timeoutErrorFunction?.(context, error, details), what);
      return said ?? error.message;
    }
    if (error instanceof ToolTimeoutError || error instanceof ToolOutcomeUnknownError) throw error;
    // A model cannot give it again: whoever goes on with the run is told.
    if (error instanceof MissingContextError) throw error;
    // An `invoke` of the program's own has its own words, or none.
    if (tool.errorFunction === null || tool.invokes === true || abort.aborted) throw error;
    const what = `The errorFunction of "${tool.name}"`;
    return answerOf(tool.errorFunction(context, error, details), what);
  }
}

async function withTimeout(
  { timeoutMs, name }: { timeoutMs: number; name: string },
  abort: AbortSignal,
  body: (signal: AbortSignal) => unknown,
): Promise<unknown> {
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
