import { expect } from "vitest";
import { z } from "zod";

import type { AgentOptions } from "../../src/agents/agent-options.ts";
import { Agent, type AnyAgent } from "../../src/agents/agent.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import type { RunContext } from "../../src/agents/run-context.ts";
import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { tool, type ToolOptions } from "../../src/agents/tool.ts";
import { createJournal } from "./journal.ts";
import {
  createScriptedModel,
  type ScriptedModel,
  type ScriptedTurn,
} from "../../src/models/scripted.ts";
import type { RunConfig } from "../../src/agents/face/config.ts";
import type { RunStreamEvent } from "../../src/agents/face/events.ts";
import { knownRuns } from "../../src/agents/face/known-journals.ts";
import type { RunToolApprovalItem } from "../../src/agents/face/run-items.ts";
import type { RunResult } from "../../src/agents/face/run-result.ts";
import { isRunState, RunState } from "../../src/agents/face/run-state.ts";
import { Runner, type RunOptions } from "../../src/agents/face/run.ts";

/** How a scenario is played: each is played in all four ways, and must come out the same. */
export interface Variant {
  readonly name: string;
  /** Whether every pause ends in another process: as text, with agent objects of its own. */
  readonly reloaded: boolean;
  readonly streamed: boolean;
}

export const variants: readonly Variant[] = [
  { name: "live, plain", reloaded: false, streamed: false },
  { name: "live, streamed", reloaded: false, streamed: true },
  { name: "reloaded, plain", reloaded: true, streamed: false },
  { name: "reloaded, streamed", reloaded: true, streamed: true },
];

/** A tool body that ran. */
export interface Execution {
  tool: string;
  args: unknown;
  callId: string;
}

const cityParameters = z.object({ city: z.string() });
type CityToolOptions = Partial<ToolOptions<typeof cityParameters, unknown, unknown>>;

/** What a scenario's agents are made of; one for each playing. */
export interface Stage {
  readonly model: ScriptedModel;
  readonly executions: Execution[];
  /** What a scenario wants to remember of policies, hooks and the like. */
  readonly notes: unknown[];
  /** A tool of one city that logs its runs; answers `Oakland: 20 C` and the like. */
  cityTool(name: string, options?: CityToolOptions): FunctionTool;
  /** The gated `get_temperature(city)`. */
  getTemperature(options?: CityToolOptions): FunctionTool;
  /** The agent `weather` with the scripted model; without options it has `get_temperature`. */
  agent(options?: Partial<AgentOptions>): Agent;
}

/** A request as it was listed, without its random id. */
export interface Asked {
  agent: string;
  tool: string;
  callId: string;
  /** JSON text. */
  arguments: string;
  /** Absent for the gate of a call. */
  kind?: string;
  reason?: string;
}

/** Where an activation stopped, and what it did until then. */
export interface Stop {
  /** The whole input of each model call. */
  inputs: (string | AgentInputItem[])[];
  /** Tool bodies that ran, in the order of their start. */
  executions: Execution[];
  interruptions: Asked[];
  /** Turns of the run so far. */
  turn: number;
  /** Names of events, in order; compared between the streamed ways. */
  events: string[];
  /** What was thrown, as `Name: message`. */
  error?: string;
}

/** What happens at a stop, before the run is gone on with. */
export type Decide = (
  state: RunState,
  interruptions: RunToolApprovalItem[],
  stage: Stage,
) => void | Promise<void>;

export interface Scenario {
  script: ScriptedTurn[];
  /** Makes the agent; called again for every fresh process. Default: `stage.agent()`. */
  agent?: (stage: Stage) => AnyAgent;
  /** Makes the agent of the activations after the first, where the code changed meanwhile. */
  redeployed?: (stage: Stage) => AnyAgent;
  input?: string | AgentInputItem[];
  options?: (stage: Stage) => RunOptions;
  /** Options of the activations after the first. */
  resumeOptions?: (stage: Stage) => RunOptions;
  config?: RunConfig;
  /** Adds listeners to the runner of each activation. */
  listen?: (runner: Runner, stage: Stage) => void;
  /** One for each stop but the last. */
  decide?: Decide[];
}

/** What a scenario came to. */
export interface Played {
  /** One for each activation: the first, and one for each `decide`. */
  stops: Stop[];
  finalOutput: unknown;
  /** The new items of the last result, as JSON. */
  items: Record<string, unknown>[];
  usage: { requests: number; inputTokens: number; outputTokens: number };
  notes: unknown[];
}

/** Plays a scenario in four ways, asserts that all come out the same, and gives what came out. */
export async function pauseThen(scenario: Scenario): Promise<Played> {
  const [first, streamed, ...others] = variants;
  if (first === undefined || streamed === undefined) throw new Error("There are no variants");
  const plain = await play(scenario, first);
  const played = await play(scenario, streamed);
  expect({ way: streamed.name, ...withoutEvents(played) }).toEqual({
    way: streamed.name,
    ...withoutEvents(plain),
  });
  for (const variant of others) {
    const other = await play(scenario, variant);
    const wanted = variant.streamed ? played : withoutEvents(played);
    expect({ way: variant.name, ...other }).toEqual({ way: variant.name, ...wanted });
  }
  return played;
}

function withoutEvents(played: Played): Played {
  return { ...played, stops: played.stops.map((stop) => ({ ...stop, events: [] })) };
}

/** Plays a scenario in one way. */
export async function play(scenario: Scenario, variant: Variant): Promise<Played> {
  const stage = createStage(scenario.script);
  const build = scenario.agent ?? (() => stage.agent());
  const rebuild = scenario.redeployed ?? build;
  const stops: Stop[] = [];
  let agent = build(stage);
  let input: string | AgentInputItem[] | RunState = scenario.input ?? question;
  let outcome: Outcome | undefined;
  for (const decide of [...(scenario.decide ?? []), undefined]) {
    const before = { calls: stage.model.requests.length, runs: stage.executions.length };
    const options = (isRunState(input) ? scenario.resumeOptions : scenario.options)?.(stage);
    const runner = new Runner(scenario.config);
    scenario.listen?.(runner, stage);
    outcome = await activate(runner, { agent, input, options, streamed: variant.streamed });
    const { error, events } = outcome;
    let { state } = outcome;
    stops.push({
      inputs: stage.model.requests.slice(before.calls).map((request) => request.input),
      executions: stage.executions.slice(before.runs),
      interruptions: state.getInterruptions().map((item) => toAsked(item)),
      turn: state.currentTurn,
      events,
      ...(error === undefined ? {} : { error }),
    });
    if (decide === undefined) break;
    if (variant.reloaded) state = await reload(build(stage), state);
    await decide(state, state.getInterruptions(), stage);
    if (variant.reloaded || scenario.redeployed !== undefined) agent = rebuild(stage);
    if (variant.reloaded) state = await reload(agent, state);
    input = state;
  }
  if (outcome === undefined) throw new Error("Nothing was played");
  const { requests, inputTokens, outputTokens } = outcome.state.usage;
  return {
    stops,
    finalOutput: outcome.result?.finalOutput,
    items: (outcome.result?.newItems ?? []).map((item) => withoutId(item.toJSON())),
    usage: { requests, inputTokens, outputTokens },
    notes: stage.notes,
  };
}

interface Outcome {
  state: RunState;
  /** Absent when the activation threw. */
  result?: RunResult;
  error?: string;
  events: string[];
}

async function activate(
  runner: Runner,
  given: {
    agent: AnyAgent;
    input: string | AgentInputItem[] | RunState;
    options: RunOptions | undefined;
    streamed: boolean;
  },
): Promise<Outcome> {
  const { agent, input, options = {}, streamed } = given;
  const { signal } = options;
  const events: string[] = [];
  try {
    if (!streamed) {
      const result = await runner.run(agent, input, { ...options, stream: false });
      return { state: result.state, result, events };
    }
    const result = await runner.run(agent, input, { ...options, stream: true });
    for await (const event of result) events.push(eventName(event));
    await result.completed;
    // A stream that was aborted ends quietly.
    if (result.cancelled) return { state: result.state, error: describe(signal?.reason), events };
    return { state: result.state, result, events };
  } catch (error) {
    const state: unknown = error instanceof Error && "state" in error ? error.state : undefined;
    if (!(error instanceof Error) || !isRunState(state)) throw error;
    return { state, error: describe(error), events };
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The state as another process reads it: this one forgets what it knows of the run. */
export async function reload(agent: AnyAgent, state: RunState): Promise<RunState> {
  const text = state.toString();
  knownRuns.remember(state.runId, createJournal());
  return RunState.fromString(agent, text);
}

/** The name of an item's event, or the type of the model's. */
export function eventName(event: RunStreamEvent): string {
  if (event.type === "run_item_stream_event") return event.name;
  if (event.type === "raw_model_stream_event") return event.data.type;
  return event.type;
}

export function createStage(script: ScriptedTurn[]): Stage {
  const model = createScriptedModel(script);
  const executions: Execution[] = [];
  const stage: Stage = {
    model,
    executions,
    notes: [],
    cityTool(name, { execute, ...options } = {}) {
      return tool({
        name,
        description: `Answers ${name} for one city.`,
        parameters: cityParameters,
        ...options,
        async execute(args, context, details) {
          executions.push({ tool: name, args, callId: details?.toolCall?.callId ?? "" });
          return execute === undefined
            ? `${args.city}: 20 C`
            : await execute(args, context as RunContext, details);
        },
      });
    },
    getTemperature: (options) =>
      stage.cityTool("get_temperature", { needsApproval: true, ...options }),
    agent: (options) =>
      new Agent({
        name: "weather",
        model,
        tools: [stage.getTemperature()],
        ...options,
        outputType: "text",
      }),
  };
  return stage;
}

function toAsked(item: RunToolApprovalItem): Asked {
  const { agent, toolName, rawItem, kind, reason } = item;
  return {
    agent: agent.name,
    tool: toolName,
    callId: rawItem.callId,
    arguments: item.arguments,
    ...(kind === "tool_call" ? {} : { kind }),
    ...(reason === undefined ? {} : { reason: withoutTime(reason) }),
  };
}

function withoutTime(text: string): string {
  return text.replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>");
}

function withoutId({ approvalId: _random, ...rest }: Record<string, unknown>): typeof rest {
  return rest;
}

/** What a scenario asks unless it says otherwise. */
export const question = "How warm is it?";

export const approveAll: Decide = (state, items) => {
  for (const item of items) state.approve(item);
};

export const rejectAll: Decide = (state, items) => {
  for (const item of items) state.reject(item);
};

/** Throws when it is called with this text for the first time, and only then. */
export function failOnce(stage: Stage, text: string): void {
  if (stage.notes.includes(text)) return;
  stage.notes.push(text);
  throw new Error(text);
}

export const decideNothing: Decide = () => undefined;
