import type { AnyAgent } from "../agent.ts";
import { UserError, type RunStateLike } from "../errors.ts";
import { Hooks } from "../hooks.ts";
import type { AgentInputItem } from "../items.ts";
import type { RunContext } from "../run-context.ts";
import type { Session, SessionInputCallback } from "../session.ts";
import type { RunId } from "../../lib/ids.ts";
import { withState, type Plan, type RunHookEvents } from "../activation.ts";
import { createAgentGraph } from "../graph.ts";
import { refuseOptions } from "../refused.ts";
import {
  checkConfig,
  STORE_PATIENCE_MS,
  type CallModelInputFilter,
  type RunConfig,
  type RunErrorHandlers,
  type ToolErrorFormatter,
  type ToolExecutionConfig,
} from "./config.ts";
import { endError } from "./end-error.ts";
import type { RunStreamEvent } from "./events.ts";
import type { JournalStore } from "../../engine/journal-store.ts";
import { withLease } from "../../engine/lease.ts";
import { advance } from "../../engine/loop.ts";
import { atWork, busyError, joinsOf } from "./known-journals.ts";
import { toActivationOptions } from "./live-run.ts";
import { startHere, takeUpState, takeUpStored, type OpenRun } from "./open-run.ts";
import { RunResult } from "./run-result.ts";
import { isRunState, RunState } from "./run-state.ts";
import { StreamedRunResult } from "./streamed-run-result.ts";

/** Options of one run; the same names as in the OpenAI Agents SDK. */
export interface RunOptions<TContext = unknown> {
  /**
   * The application's context, or a `RunContext`. On resume it takes the saved one's place; where
   * that had parts that could not be saved, it only gives these again.
   */
  context?: TContext | RunContext<TContext> | undefined;
  /** Model calls of the run; default 10, `null` without limit. On resume only a raise counts. */
  maxTurns?: number | null | undefined;
  signal?: AbortSignal | undefined;
  stream?: boolean | undefined;
  previousResponseId?: string | undefined;
  conversationId?: string | undefined;
  /** Start a chain of responses at the provider, without one to begin with. */
  autoPreviousResponseId?: boolean | undefined;
  /** Keeps the conversation between runs. A resumed run needs the same one. */
  session?: Session | undefined;
  sessionInputCallback?: SessionInputCallback | undefined;
  callModelInputFilter?: CallModelInputFilter | undefined;
  toolErrorFormatter?: ToolErrorFormatter | undefined;
  toolExecution?: ToolExecutionConfig | undefined;
  toolNotFoundBehavior?: RunConfig["toolNotFoundBehavior"];
  errorHandlers?: RunErrorHandlers | undefined;
  reasoningItemIdPolicy?: RunConfig["reasoningItemIdPolicy"];
  toolNameCollisionPolicy?: RunConfig["toolNameCollisionPolicy"];
  /** Keeps the run in a store, where other processes can see it and decide. */
  store?: JournalStore | undefined;
}

export type RunInput = string | AgentInputItem[] | RunStateLike;

/** Runs agents with settings of its own; its hooks see every run. */
export class Runner extends Hooks<RunHookEvents> {
  readonly config: RunConfig;

  constructor(config: RunConfig = {}) {
    super();
    refuseOptions("runner", config, "make a runner");
    checkConfig(config);
    this.config = config;
  }

  /**
   * Runs `agent` until it has a final output or waits for a decision; given a state, goes on with
   * that run.
   *
   * @throws AgentsError and others; each carries `state`, with which to go on
   */
  async run<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    input: RunInput,
    options: RunOptions<TContext> & { stream: true },
  ): Promise<StreamedRunResult<TContext, TAgent>>;
  async run<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    input: RunInput,
    options?: RunOptions<TContext> & { stream?: false },
  ): Promise<RunResult<TContext, TAgent>>;
  async run<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    input: RunInput,
    options: RunOptions<TContext> = {},
  ): Promise<RunResult<TContext, TAgent> | StreamedRunResult<TContext, TAgent>> {
    const { config, plan } = this.#prepare(agent, options);
    const { store, sessionInputCallback, storePatienceMs } = config;
    const given = { ...options, plan, store, storePatienceMs, codec: config };
    const opened = isRunState(input)
      ? await takeUpState(input, given)
      : await startHere(toInput(input), { ...given, sessionInputCallback });
    return this.#goOn(opened, { config, plan, options });
  }

  /**
   * Goes on with a run of this runner's store.
   *
   * @throws HoldpointError `run_not_found`, `unknown_agent`; UserError without a store
   */
  async resume<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    runId: string,
    options: RunOptions<TContext> & { stream: true },
  ): Promise<StreamedRunResult<TContext, TAgent>>;
  async resume<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    runId: string,
    options?: RunOptions<TContext> & { stream?: false },
  ): Promise<RunResult<TContext, TAgent>>;
  async resume<TAgent extends AnyAgent, TContext = unknown>(
    agent: TAgent,
    runId: string,
    options: RunOptions<TContext> = {},
  ): Promise<RunResult<TContext, TAgent> | StreamedRunResult<TContext, TAgent>> {
    const { config, plan } = this.#prepare(agent, options);
    const { store, storePatienceMs } = config;
    if (store === undefined) throw new UserError("Cannot resume by id: the runner has no store");
    const given = { ...options, plan, store, storePatienceMs, codec: config };
    const opened = await takeUpStored(runId as RunId, given);
    return this.#goOn(opened, { config, plan, options });
  }

  #prepare(agent: AnyAgent, options: RunOptions): { config: RunConfig; plan: Plan } {
    refuseOptions("run", options, `run agent "${agent.name}"`);
    const config = mergeConfig(this.config, options);
    checkConfig(config);
    return { config, plan: { graph: createAgentGraph(agent), config } };
  }

  async #goOn<TContext, TAgent extends AnyAgent>(
    opened: OpenRun,
    { config, plan, options }: { config: RunConfig; plan: Plan; options: RunOptions },
  ): Promise<RunResult<TContext, TAgent> | StreamedRunResult<TContext, TAgent>> {
    const { recorder } = opened;
    const context = opened.context as RunContext<TContext>;
    const { journal } = recorder;
    const { graph } = plan;
    const controller = new AbortController();
    const signal =
      options.signal === undefined
        ? controller.signal
        : AbortSignal.any([options.signal, controller.signal]);
    let last: RunState<TContext, TAgent> | undefined;
    const state = (): RunState<TContext, TAgent> => last ?? RunState.at(journal, graph, context);
    const work = async (watch?: (event: RunStreamEvent) => void): Promise<void> => {
      try {
        await exclusively(opened, config, async () => {
          try {
            const activation = toActivationOptions({
              ...opened,
              plan,
              config,
              hooks: this,
              signal,
              streamed: options.stream === true,
              watch,
              starter: config.store?.starter,
            });
            await advance(activation);
          } finally {
            last = RunState.at(journal, graph, context);
            last.bindContext();
          }
        });
        const ended = endError(state());
        if (ended !== undefined) throw ended;
      } catch (error) {
        last ??= RunState.at(journal, graph, context);
        throw withState(error, last);
      }
    };
    if (options.stream === true) {
      const leave = (): void => controller.abort();
      return new StreamedRunResult<TContext, TAgent>(state, { work, leave, signal });
    }
    await work();
    return new RunResult<TContext, TAgent>(state);
  }
}

const defaultRunner = new Runner();

/** `Runner.run` with default settings. */
export async function run<TAgent extends AnyAgent, TContext = unknown>(
  agent: TAgent,
  input: RunInput,
  options: RunOptions<TContext> & { stream: true },
): Promise<StreamedRunResult<TContext, TAgent>>;
export async function run<TAgent extends AnyAgent, TContext = unknown>(
  agent: TAgent,
  input: RunInput,
  options?: RunOptions<TContext> & { stream?: false },
): Promise<RunResult<TContext, TAgent>>;
export async function run<TAgent extends AnyAgent, TContext = unknown>(
  agent: TAgent,
  input: RunInput,
  options: RunOptions<TContext> = {},
): Promise<RunResult<TContext, TAgent> | StreamedRunResult<TContext, TAgent>> {
  return options.stream === true
    ? defaultRunner.run(agent, input, { ...options, stream: true })
    : defaultRunner.run(agent, input, { ...options, stream: false });
}

/** One activation a journal at a time, in this process and among those that share its store. */
async function exclusively(
  { recorder: { journal }, isHeld }: OpenRun,
  { store, storePatienceMs: patienceMs = STORE_PATIENCE_MS }: RunConfig,
  work: () => Promise<void>,
): Promise<void> {
  const { runId } = journal.state;
  if (isHeld !== true) {
    await joinsOf(journal).settled();
    if (atWork.has(journal)) throw busyError(runId, "this process");
    atWork.add(journal);
  }
  try {
    if (store === undefined || runId === undefined) await work();
    else if (!(await withLease(store, { runId, patienceMs }, work))) {
      throw busyError(runId, "another process");
    }
  } finally {
    atWork.delete(journal);
  }
}

/** What is no state is input; what is neither is refused where the run starts. */
function toInput(input: RunInput): string | AgentInputItem[] {
  return input as string | AgentInputItem[];
}

/** Options of one run that take the place of its runner's settings. */
const ofOneRun = [
  "store",
  "sessionInputCallback",
  "callModelInputFilter",
  "toolErrorFormatter",
  "toolExecution",
  "toolNotFoundBehavior",
  "errorHandlers",
  "reasoningItemIdPolicy",
  "toolNameCollisionPolicy",
] as const satisfies (keyof RunConfig & keyof RunOptions)[];

function mergeConfig(config: RunConfig, options: RunOptions): RunConfig {
  const given = ofOneRun.map((name) => [name, options[name]] as const);
  const set = given.filter(([, value]) => value !== undefined);
  return { ...config, ...Object.fromEntries(set) };
}
