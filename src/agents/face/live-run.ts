import type { ActivationOptions } from "../../engine/activation.ts";
import type { Passes } from "../../engine/passes.ts";
import type { Recorder } from "../../engine/recorder.ts";
import type { Starter } from "../../engine/starter.ts";
import { processOwner } from "../../engine/lease.ts";
import type { Caller } from "../../engine/state.ts";
import {
  bindContext,
  type ContextRun,
  createEmitter,
  type Own,
  type Plan,
  type RunHookEvents,
} from "../activation.ts";
import { bindAgents } from "../bound.ts";
import type { AgentGraph } from "../graph.ts";
import type { Hooks } from "../hooks.ts";
import { RunContext } from "../run-context.ts";
import type { Session } from "../session.ts";
import { ConflictError } from "../../lib/errors.ts";
import { lateDecision } from "./additions.ts";
import type { RunConfig } from "./config.ts";
import { approvalDrafts, type ItemVerdict } from "./decisions.ts";
import type { RunStreamEvent } from "./events.ts";
import { RunState } from "./run-state.ts";

export interface LiveRun {
  plan: Plan;
  config: RunConfig;
  recorder: Recorder;
  /** Of the store, where it can tell who lives. */
  starter?: Starter | undefined;
  /** Of the store, too. */
  passes?: Passes | undefined;
  /** A function makes it once the run is claimed: a process that dies of it has been counted. */
  context: RunContext | (() => Promise<RunContext>);
  hooks: Hooks<RunHookEvents>;
  /** Whether models are asked to stream. */
  streamed: boolean;
  signal?: AbortSignal | undefined;
  /** A new turn limit for the root run, recorded with the claim. */
  maxTurns?: number | null | undefined;
  /** Another policy, recorded with the claim. */
  reasoningItemIdPolicy?: RunConfig["reasoningItemIdPolicy"];
  policy?: Own["policy"];
  session?: Session | undefined;
  /** Told every event of the root run, in order; must not throw. */
  watch?: ((event: RunStreamEvent) => void) | undefined;
  caller?: Caller | undefined;
}

/**
 * One activation of a run, for the loop: the same for whoever has the run in hand or its lease.
 * Decisions made through the context reach the run at once from now on.
 */
export function toActivationOptions(live: LiveRun): ActivationOptions<Own> {
  const { recorder, context: given, config, signal, watch, caller } = live;
  const { journal } = recorder;
  const { maxTurns, reasoningItemIdPolicy } = live;
  // What it goes on with in place of what it began with.
  const start = {
    ...(maxTurns === undefined ? {} : { maxTurns }),
    ...(reasoningItemIdPolicy === undefined ? {} : { reasoningItemIdPolicy }),
  };
  // What agents say of themselves is of this activation alone.
  const graph: AgentGraph = { ...live.plan.graph, offers: new Map() };
  const plan: Plan = { graph, config };
  const own = {
    ...live,
    plan,
    context: typeof given === "function" ? new RunContext() : given,
    toState: () => RunState.at(journal, graph, own.context),
    emit: createEmitter({ graph, signal, watch }),
  };
  const run: ContextRun = {
    state: () => journal.state,
    decide: (verdict) => decideLive(recorder, graph, verdict),
  };
  if (own.context === given) bindContext(given, run);
  const bound = bindAgents(own, journal);
  const prepare: typeof bound.prepare = async (state) => {
    if (typeof given === "function") bindContext((own.context = await given()), run);
    return bound.prepare(state);
  };
  return {
    recorder,
    own,
    bound: { ...bound, prepare },
    owner: processOwner,
    starter: live.starter,
    passes: live.passes,
    signal,
    concurrency: config.toolExecution?.maxFunctionToolConcurrency,
    ...(Object.keys(start).length === 0 ? {} : { start }),
    caller,
  };
}

/** @throws UserError where it comes too late, as far as that is known here by now */
function decideLive(recorder: Recorder, graph: AgentGraph, verdict: ItemVerdict): void {
  const { journal, isStored } = recorder;
  const drafts = approvalDrafts(journal.state, graph, verdict, isStored ? "first" : "last");
  if (drafts.length === 0) return;
  const { length } = journal.entries;
  const areOpen = (): boolean => lateDecision(journal, drafts) === undefined;
  void recorder.append(drafts, isStored ? areOpen : undefined).catch((error: unknown) => {
    const isOvertaken = error instanceof ConflictError && journal.entries.length > length;
    if (isOvertaken) decideAnew(recorder, graph, verdict);
  });
}

/** Somebody else wrote first; what they decided stands, and the journal tells it. */
function decideAnew(recorder: Recorder, graph: AgentGraph, verdict: ItemVerdict): void {
  try {
    decideLive(recorder, graph, verdict);
  } catch {
    // It was decided otherwise, or acted on.
  }
}
