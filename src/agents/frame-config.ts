import { isJsonObject } from "../lib/json.ts";
import { createSlots, type Slots } from "../lib/slots.ts";
import type { AgentActivation, Plan } from "./activation.ts";
import type { AgentToolOptions } from "./agent-options.ts";
import type { Frame } from "./conversation.ts";
import type { RunConfig } from "./face/config.ts";
import { agentToolOf } from "./graph.ts";
import type { ModelSettings } from "./model.ts";
import { RunContext } from "./run-context.ts";
import { toolInputOf } from "./tool-arguments.ts";

const nestedConfigs = new WeakMap<Plan, WeakMap<Frame, RunConfig>>();

/**
 * The settings that a frame runs with: those of the runner and, in a nested run, what the tool that
 * its agent is says over them.
 */
export function configOf(plan: Plan, frame: Frame): RunConfig {
  const { parent } = frame;
  if (parent === undefined) return plan.config;
  let configs = nestedConfigs.get(plan);
  if (configs === undefined) nestedConfigs.set(plan, (configs = new WeakMap()));
  let config = configs.get(frame);
  if (config === undefined) {
    config = nestedConfig(
      configOf(plan, parent),
      agentToolOf(plan.graph, frame)?.link.options ?? {},
    );
    configs.set(frame, config);
  }
  return config;
}

const places = new WeakMap<Plan, Map<string, Slots>>();

/** How many tools of a nested run go at once, where the tool that its agent is says so. */
export function slotsOf(plan: Plan, frame: Frame): Slots | undefined {
  const { toolExecution } = configOf(plan, frame);
  const limit = toolExecution?.maxFunctionToolConcurrency;
  if (toolExecution === plan.config.toolExecution || limit === undefined) return undefined;
  let slots = places.get(plan);
  if (slots === undefined) places.set(plan, (slots = new Map()));
  const own = slots.get(frame.key) ?? createSlots(limit);
  slots.set(frame.key, own);
  return own;
}

const forks = new WeakMap<RunContext, Map<string, RunContext>>();

/** The context that functions of a frame see: in a nested run, with its own tool input. */
export function frameContext(
  { own, state }: Pick<AgentActivation, "own" | "state">,
  frame: Frame,
): RunContext {
  const { context } = own;
  if (frame.path.length === 0) return context;
  let known = forks.get(context);
  if (known === undefined) forks.set(context, (known = new Map()));
  // A caller may use one context for several runs.
  const key = `${state.runId ?? ""} ${frame.key}`;
  let fork = known.get(key);
  if (fork === undefined) {
    const { call, tool } = agentToolOf(own.plan.graph, frame) ?? {};
    const isStructured = tool?.agentTool?.structured === true;
    const input = isStructured && call !== undefined ? toolInputOf(tool, call) : undefined;
    fork = RunContext.fork(context, input);
    known.set(key, fork);
  }
  return fork;
}

const ofOneRun = ["inputGuardrails", "outputGuardrails", "errorHandlers"] as const;

/** Guardrails and error handlers of a runner look at its own runs; the rest holds inside too. */
function nestedConfig(above: RunConfig, options: AgentToolOptions): RunConfig {
  const inherited = { ...above };
  for (const name of ofOneRun) delete inherited[name];
  const { runConfig = {}, runOptions = {} } = options;
  const { maxTurns: _maxTurns, ...ofRun } = runOptions;
  const own: RunConfig = { ...defined(runConfig), ...defined(ofRun) };
  const hasProvider = own.modelProvider !== undefined;
  const { model, modelSettings, ...rest } = inherited;
  return {
    ...rest,
    ...(hasProvider || model === undefined ? {} : { model }),
    ...own,
    modelSettings: mergeSettings(
      hasProvider ? {} : withoutChoice(modelSettings ?? {}),
      own.modelSettings ?? {},
    ),
  };
}

/** What is said of the tools of one agent is not said of those of another. */
function withoutChoice(settings: ModelSettings): ModelSettings {
  const { toolChoice: _toolChoice, parallelToolCalls: _parallel, ...rest } = settings;
  return rest;
}

function defined(options: RunConfig): RunConfig {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

const mergedSettings = new Set(["reasoning", "text", "retry", "backoff"]);

/** Settings over others; those that are objects of settings themselves are merged too. */
export function mergeSettings(base: ModelSettings, over: ModelSettings): ModelSettings {
  const merged: ModelSettings = { ...base, ...over };
  for (const key of mergedSettings) {
    const [below, above] = [base[key], over[key]];
    if (isJsonObject(below) && isJsonObject(above)) merged[key] = mergeSettings(below, above);
  }
  return merged;
}
