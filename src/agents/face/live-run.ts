import { RunContext } from "../run-context.ts";
import type { Hooks } from "../hooks.ts";
import type { Session } from "../session.ts";
import { createOwnerId } from "../../lib/ids.ts";
import type { ActivationOptions, RunHookEvents } from "../activation.ts";
import type { AgentGraph } from "../graph.ts";
import type { RunConfig } from "./config.ts";
import { approvalDrafts, isToolApproved, rejectionMessage, type Verdict } from "./decisions.ts";
import type { Plan } from "../next-steps.ts";
import type { Recorder } from "../../engine/recorder.ts";
import { RunState } from "./run-state.ts";

/** Names this process in claims and leases. */
export const processOwner = createOwnerId();

/** What the code says about runs of `graph` under `config`. */
export function createPlan(graph: AgentGraph, config: RunConfig): Plan {
  return {
    graph,
    inputGuardrails: config.inputGuardrails ?? [],
    toolNotFound: config.toolNotFoundBehavior ?? "raise_error",
  };
}

export interface LiveRun {
  plan: Plan;
  config: RunConfig;
  recorder: Recorder;
  context: RunContext;
  hooks: Hooks<RunHookEvents>;
  needsJsonContext: boolean;
  signal?: AbortSignal | undefined;
  maxTurns?: number | null | undefined;
  policy?: ActivationOptions["policy"];
  session?: Session | undefined;
}

/** Options for the loop; decisions made through the context reach the run at once from now on. */
export function toActivationOptions(live: LiveRun): Omit<ActivationOptions, "streamed" | "watch"> {
  const { plan, recorder, context, config } = live;
  bindLive(context, { graph: plan.graph, recorder });
  return {
    ...live,
    outputGuardrails: config.outputGuardrails ?? [],
    owner: processOwner,
    toState: () => RunState.at(recorder.journal, plan.graph, context),
  };
}

function bindLive(
  context: RunContext,
  { graph, recorder }: { graph: AgentGraph; recorder: Recorder },
): void {
  const { journal } = recorder;
  const decide = (given: Verdict): void => {
    const drafts = approvalDrafts(journal.state, graph, given);
    // A decision that comes too late is told by the journal, which has the earlier one.
    void recorder.append(drafts).catch(() => undefined);
  };
  RunContext.bind(context, {
    approve: (item, options) => decide({ item, verdict: "approved", options }),
    reject: (item, options) => decide({ item, verdict: "rejected", options }),
    isApproved: (query) => isToolApproved(journal.state, query),
    rejectionMessage: (query) => rejectionMessage(journal.state, query),
    usage: () => journal.state.usage,
  });
}
