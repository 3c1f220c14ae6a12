import type { Run } from "../engine/state.ts";
import { isPlainJson } from "../lib/json.ts";
import type { AgentActivation } from "./activation.ts";
import { sharedOf, type Frame } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import { UserError } from "./errors.ts";
import { agentNamed, targetIn } from "./graph.ts";
import { toolInputOf } from "./tool-arguments.ts";
import { RunContext } from "./run-context.ts";

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
    fork = RunContext.fork(context, toolInput(activation, frame));
    known.set(key, fork);
  }
  return fork;
}

function toolInput(activation: At, frame: Frame): unknown {
  const call = frame.parent?.calls.get(frame.path.at(-1) ?? "");
  if (call === undefined || frame.parent === undefined) return undefined;
  const { graph } = activation.own.plan;
  const agent = agentNamed(graph, call.agent);
  const target = targetIn(graph, frame.parent, { agent, name: call.item.name });
  if (target?.type !== "tool" || target.tool.agentTool?.structured !== true) return undefined;
  return toolInputOf(target.tool, call);
}

/** The entry that keeps what functions did to the context; none when it is as it was. */
export function contextChange({ own, state }: AgentActivation): DraftOf<"context_changed">[] {
  return contextDraft(own.context, state, own.needsJsonContext);
}

/**
 * The entry for a context that differs from what `state` has.
 *
 * @param mustBeJson whether it leaves the process: then what JSON cannot hold is an error
 * @throws UserError
 */
export function contextDraft(
  { context }: RunContext,
  state: Run,
  mustBeJson: boolean,
): DraftOf<"context_changed">[] {
  if (!isPlainJson(context)) {
    if (!mustBeJson) return [];
    throw new UserError(
      "Cannot save the run: its context is not plain JSON. Keep plain objects in it, or give a context of your own when loading",
    );
  }
  if (JSON.stringify(context) === JSON.stringify(sharedOf(state).context ?? {})) return [];
  return [{ type: "context_changed", context: structuredClone(context) }];
}
