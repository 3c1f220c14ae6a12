import type { Activation } from "../engine/driver.ts";
import type { Call, Run } from "../engine/state.ts";
import { errorMessage, toError } from "../lib/errors.ts";
import { stderrLog } from "../lib/log.ts";
import type { AgentToolLink } from "./agent-options.ts";
import type { AnyAgent } from "./agent.ts";
import { itemOf, sharedOf, type Frame } from "./conversation.ts";
import { AgentsError, type RunStateLike } from "./errors.ts";
import type { RunConfig } from "./face/config.ts";
import { lastDecision, type ItemVerdict } from "./face/decisions.ts";
import type { RunStreamEvent } from "./face/events.ts";
import type { ProcessPolicy } from "./gate.ts";
import { agentToolOf, type AgentGraph } from "./graph.ts";
import { Hooks } from "./hooks.ts";
import type { AgentInputItem, FunctionCallItem } from "./items.ts";
import { RunContext } from "./run-context.ts";
import type { Session } from "./session.ts";
import type { RunnableTool, Tool } from "./function-tool.ts";
import { copyJson } from "../lib/json.ts";

export interface RunHookEvents {
  agent_start: [context: RunContext, agent: AnyAgent, turnInput?: AgentInputItem[]];
  agent_end: [context: RunContext, agent: AnyAgent, output: string];
  agent_handoff: [context: RunContext, fromAgent: AnyAgent, toAgent: AnyAgent];
  agent_tool_start: [
    context: RunContext,
    agent: AnyAgent,
    tool: Tool,
    details: { toolCall: FunctionCallItem },
  ];
  agent_tool_end: [
    context: RunContext,
    agent: AnyAgent,
    tool: Tool,
    result: string,
    details: { toolCall: FunctionCallItem },
  ];
}

/** What the code says about a run: agents, and settings that bear on what comes next. */
export interface Plan {
  readonly graph: AgentGraph;
  /** Of the root run; `configOf` says those of a frame. */
  readonly config: RunConfig;
}

/** What performers of agents work with, besides the activation itself. */
export interface Own {
  readonly plan: Plan;
  readonly context: RunContext;
  readonly hooks: Hooks<RunHookEvents>;
  /** Whether models are asked to stream. */
  readonly streamed: boolean;
  /** Rules for every tool that has none of its own: they may tighten what it says, not loosen. */
  readonly policy?: ProcessPolicy | undefined;
  /** Where the conversation is kept between runs. */
  readonly session?: Session | undefined;
  /** State to put on errors. */
  toState(): RunStateLike;
  /** Events of a frame: to the run's watcher, or to whoever watches the nested run. */
  emit(event: RunStreamEvent, frame: Frame): void;
}

export type AgentActivation = Activation<Own>;

/** A call of a tool, in the activation that is at it. */
export interface ToolCall {
  readonly activation: AgentActivation;
  readonly frame: Frame;
  readonly call: Call;
  readonly agent: AnyAgent;
  readonly tool: RunnableTool;
}

/** The frame at a path as it is now. */
export function frameAt(activation: AgentActivation, path: readonly string[]): Frame {
  return activation.frame(path) as Frame;
}

const nobody = new Hooks<RunHookEvents>();

/** The hooks that hear of a frame besides those of its agents: the runner's, of the root run. */
export function runHooks({ own }: AgentActivation, frame: Frame): Hooks<RunHookEvents> {
  return frame.path.length === 0 ? own.hooks : nobody;
}

/** What a context answers by, and whom the decisions made through it go to. */
export interface ContextRun {
  state(): Run;
  decide(given: ItemVerdict): void;
}

/** Makes a context speak for a run from now on. */
export function bindContext(context: RunContext, { state, decide }: ContextRun): void {
  RunContext.bind(context, {
    approve: (item, options) => decide({ item, verdict: "approved", options }),
    reject: (item, options) => decide({ item, verdict: "rejected", options }),
    isApproved(query) {
      const decision = lastDecision(state(), query);
      return decision && decision.decision === "approved";
    },
    rejectionMessage: (query) => lastDecision(state(), query)?.message,
    usage: () => sharedOf(state()).usage,
  });
}

/** @param options `watch`: told every event of the root run, in order; must not throw */
export function createEmitter({
  graph,
  signal,
  watch,
}: {
  graph: AgentGraph;
  signal?: AbortSignal | undefined;
  watch?: ((event: RunStreamEvent) => void) | undefined;
}): Own["emit"] {
  return (event, frame) => {
    if (signal?.aborted === true) return;
    if (frame.parent === undefined) {
      watch?.(event);
      return;
    }
    // A nested run's events belong to whoever declared the agent as a tool.
    const { call, link } = agentToolOf(graph, frame) ?? {};
    if (call === undefined || link === undefined) return;
    void tellWatchers(link, { event, agent: link.agent, toolCall: copyJson(itemOf(call)) });
  };
}

/** A watcher that fails is no reason for the run to. */
async function tellWatchers(
  { options: { onStream }, handlers }: AgentToolLink,
  told: { event: RunStreamEvent; agent: AnyAgent; toolCall: FunctionCallItem },
): Promise<void> {
  const named = [...(handlers.get(told.event.type) ?? []), ...(handlers.get("*") ?? [])];
  const watchers = [...(onStream === undefined ? [] : [onStream]), ...named];
  const results = await Promise.allSettled(watchers.map(async (watcher) => watcher(told)));
  for (const result of results) {
    if (result.status === "rejected") {
      stderrLog.warn(`onStream failed: ${errorMessage(result.reason)}`);
    }
  }
}

/** Puts the state on an error, whatever was thrown. */
export function withState(error: unknown, state: RunStateLike): Error {
  const known = toError(error);
  // One that was thrown before, by this run or another, has the state of then.
  const isFree = !("state" in known) || isStateLike(known.state);
  if (known instanceof AgentsError) known.state = state;
  else if (isFree && Object.isExtensible(known)) Object.assign(known, { state });
  return known;
}

function isStateLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getInterruptions" in value;
}
