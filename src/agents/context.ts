import { UserError } from "./errors.ts";
import { RunContext } from "./run-context.ts";
import { isPlainJson } from "../lib/json.ts";
import type { EntryDraft } from "./entries.ts";
import type { RunFold } from "./fold.ts";
import { frameKey, type Frame } from "./conversation.ts";
import type { Activation } from "./activation.ts";
import { findTarget } from "./graph.ts";
import { argumentsToRun } from "./call-arguments.ts";
import { agentNamed } from "./face/run-view.ts";

const forks = new WeakMap<RunContext, Map<string, RunContext>>();

/** The context that functions of a frame see: in a nested run, with its own tool input. */
export function frameContext(activation: Activation, frame: Frame): RunContext {
  const { context } = activation;
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

function toolInput(activation: Activation, frame: Frame): unknown {
  const parent = activation.state.frames.get(frameKey(frame.path.slice(0, -1)));
  const call = parent?.calls.get(frame.path.at(-1) ?? "");
  if (call === undefined) return undefined;
  const target = findTarget(agentNamed(activation.plan.graph, call.agent), call.item.name);
  if (target?.type !== "tool" || target.tool.agentTool?.structured !== true) return undefined;
  return argumentsToRun(target.tool, call).value;
}

/** The entry that keeps what functions did to the context; none when it is as it was. */
export function contextChange(activation: Activation): EntryDraft[] {
  const { context, state, needsJsonContext, epoch } = activation;
  return contextDraft(context, state, needsJsonContext).map((draft) => ({ ...draft, epoch }));
}

/**
 * The entry for a context that differs from what `state` has.
 *
 * @param mustBeJson whether it leaves the process: then what JSON cannot hold is an error
 * @throws UserError
 */
export function contextDraft(
  { context }: RunContext,
  state: RunFold,
  mustBeJson: boolean,
): Extract<EntryDraft, { type: "context_changed" }>[] {
  if (!isPlainJson(context)) {
    if (!mustBeJson) return [];
    throw new UserError(
      "Cannot save the run: its context is not plain JSON. Keep plain objects in it, or give a context of your own when loading",
    );
  }
  if (JSON.stringify(context) === JSON.stringify(state.context ?? {})) return [];
  return [{ type: "context_changed", context: structuredClone(context) }];
}
