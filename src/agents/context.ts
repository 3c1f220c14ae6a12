import { toError } from "../lib/errors.ts";
import type { AgentActivation } from "./activation.ts";
import type { Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import { agentToolOf } from "./graph.ts";
import { RunContext } from "./run-context.ts";
import { contextDraft, hasSerializer, savedContext } from "./saved-context.ts";
import { toolInputOf } from "./tool-arguments.ts";

const forks = new WeakMap<RunContext, Map<string, RunContext>>();

type At = Pick<AgentActivation, "own" | "state">;

/** The context that functions of a frame see: in a nested run, with its own tool input. */
export function frameContext(activation: At, frame: Frame): RunContext {
  const { context } = activation.own;
  if (frame.path.length === 0) return context;
  let known = forks.get(context);
  if (known === undefined) forks.set(context, (known = new Map()));
  // A caller may use one context for several runs.
  const key = `${activation.state.runId ?? ""} ${frame.key}`;
  let fork = known.get(key);
  if (fork === undefined) {
    const { call, tool } = agentToolOf(activation.own.plan.graph, frame) ?? {};
    const isStructured = tool?.agentTool?.structured === true;
    const input = isStructured && call !== undefined ? toolInputOf(tool, call) : undefined;
    fork = RunContext.fork(context, input);
    known.set(key, fork);
  }
  return fork;
}

/**
 * The entry that keeps what functions did to the context; none when it is as it was. Where the
 * application's serializer fails the activation ends with its error: what else happened is kept.
 */
export function contextChange(activation: AgentActivation): DraftOf<"context_changed">[] {
  const { own, state } = activation;
  try {
    // Nobody here can write what a serializer wrote: it stands as it was.
    const isTheirs = savedContext(state).serialized === true && !hasSerializer(own.context);
    return isTheirs ? [] : contextDraft(own.context, state);
  } catch (error) {
    activation.report(toError(error));
    return [];
  }
}
