import { toolsOf, type AgentToolLink, type AnyAgent } from "./agent.ts";
import { AgentsError, type RunStateLike } from "./errors.ts";
import type { GatedCall, GateVerdict } from "./gate.ts";
import type { Hooks } from "./hooks.ts";
import type { FunctionCallItem, AgentInputItem } from "./items.ts";
import type { AnyOutputGuardrail } from "./guardrail.ts";
import type { RunContext } from "./run-context.ts";
import type { Session } from "./session.ts";
import type { Tool } from "./tool.ts";
import { ConflictError, errorMessage } from "../lib/errors.ts";
import { stderrLog } from "../lib/log.ts";
import { createSlots, type Slots } from "../lib/slots.ts";
import type { StoredEntry } from "./chain.ts";
import { FORMAT_VERSION, type EntryDraft } from "./entries.ts";
import type { RunFold } from "./fold.ts";
import { frameKey, type Frame } from "./conversation.ts";
import type { RunConfig } from "./face/config.ts";
import type { RunStreamEvent } from "./face/events.ts";
import { createItemEvents } from "./face/item-events.ts";
import { pendingInputGuardrails, type Plan } from "./next-steps.ts";
import type { Recorder } from "../engine/recorder.ts";

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

/** What one activation of a run's loop works with. */
export interface ActivationOptions {
  plan: Plan;
  config: RunConfig;
  recorder: Recorder;
  context: RunContext;
  hooks: Hooks<RunHookEvents>;
  outputGuardrails: readonly AnyOutputGuardrail[];
  owner: string;
  /** Whether models are asked to stream. */
  streamed: boolean;
  signal?: AbortSignal | undefined;
  /** Told every event of the root run, in order; must not throw. */
  watch?: ((event: RunStreamEvent) => void) | undefined;
  /** A new turn limit for the root run, recorded with the claim. */
  maxTurns?: number | null | undefined;
  /** Rules for every tool that has none of its own: they may tighten what it says, not loosen. */
  policy?: ((call: GatedCall & { tool: string }) => GateVerdict | undefined) | undefined;
  /** Where the conversation is kept between runs. */
  session?: Session | undefined;
  /** Whether the context leaves the process with every outcome, and so must be JSON. */
  needsJsonContext: boolean;
  /** State to put on errors. */
  toState(): RunStateLike;
}

/** One activation: from its claim until nothing is left to do. */
export interface Activation extends ActivationOptions {
  /** The claim's number; from then on only this activation acts. */
  readonly epoch: number;
  /** The fold as it is now. */
  readonly state: RunFold;
  /** Aborts when the caller aborts, or somebody else has claimed the run. */
  readonly abort: AbortSignal;
  /** Places for tool bodies that run at once. */
  readonly slots: Slots;
  /**
   * Appends entries of a frame; outcomes always, intentions only while the claim stands.
   *
   * @param isStillMeant a further condition for intentions, asked when their turn comes
   * @throws ConflictError when an intention was overtaken
   */
  append(
    path: readonly string[],
    drafts: readonly EntryDraft[],
    isStillMeant?: () => boolean,
  ): Promise<readonly StoredEntry[]>;
  /** The frame as it is now. */
  frame(path: readonly string[]): Frame;
  /** Events of a frame: to the run's watcher, or to whoever watches the nested run. */
  emit(event: RunStreamEvent, frame: Frame): void;
  /** Notes an error that `run` throws in the end; what else can be done goes on. */
  report(error: unknown): void;
}

/** An activation, as the loop that drives it has it. */
export interface ClaimedActivation extends Activation {
  readonly reported: readonly unknown[];
  /** Aborts what runs, and lets nothing further begin. */
  stop(reason: unknown): void;
}

/** Claims the run and gives the activation its means. @throws ConflictError when overtaken */
export async function claim(options: ActivationOptions): Promise<ClaimedActivation> {
  const { recorder, owner, maxTurns } = options;
  const { journal } = recorder;
  const epoch = await appendClaim(options, {
    type: "run_claimed",
    format: FORMAT_VERSION,
    owner,
    ...(maxTurns === undefined ? {} : { maxTurns }),
  });
  const controller = new AbortController();
  const reported: unknown[] = [];
  const isOurs = (): boolean => journal.state.epoch === epoch && !controller.signal.aborted;
  const emit = createEmitter(options);
  const { plan } = options;
  const events = createItemEvents({
    graph: plan.graph,
    state: journal.state,
    emit,
    isGuarded: (frame) => pendingInputGuardrails(plan, frame).length > 0,
  });
  return {
    ...options,
    epoch,
    reported,
    abort: controller.signal,
    slots: createSlots(options.config.toolExecution?.maxFunctionToolConcurrency),
    get state() {
      return journal.state;
    },
    stop: (reason) => controller.abort(reason),
    async append(path, drafts, isStillMeant = () => true) {
      const placed = drafts.map((draft) =>
        path.length === 0 ? draft : { ...draft, path: [...path] },
      );
      const stored = await recorder.append(placed, () => isOurs() && isStillMeant());
      for (const { entry } of stored) events.told(journal.state, entry);
      return stored;
    },
    frame(path) {
      const frame = journal.state.frames.get(frameKey(path));
      if (frame === undefined) throw new Error(`No frame at ${frameKey(path)}`);
      return frame;
    },
    emit,
    report: (error) => void reported.push(error),
  };
}

async function appendClaim(
  { recorder }: ActivationOptions,
  draft: { type: "run_claimed"; format: number; owner: string; maxTurns?: number | null },
): Promise<number> {
  const { journal } = recorder;
  for (;;) {
    const before = journal.state.epoch;
    const epoch = before + 1;
    try {
      await recorder.append([{ ...draft, epoch }], () => journal.state.epoch === before);
      return epoch;
    } catch (error) {
      // Somebody may have decided meanwhile; only another claim means the run is taken.
      if (!(error instanceof ConflictError) || journal.state.epoch !== before) throw error;
    }
  }
}

function createEmitter(options: ActivationOptions): Activation["emit"] {
  return (event, frame) => {
    if (options.signal?.aborted === true) return;
    if (frame.path.length === 0) {
      options.watch?.(event);
      return;
    }
    // A nested run's events belong to whoever declared the agent as a tool.
    const parent = options.recorder.journal.state.frames.get(frameKey(frame.path.slice(0, -1)));
    const call = parent?.calls.get(frame.path.at(-1) ?? "");
    const agent = call && options.plan.graph.agents.get(call.agent);
    const declared = agent && toolsOf(agent).find((entry) => entry.name === call.item.name);
    if (call === undefined || declared?.type !== "function") return;
    const link = declared.agentTool;
    if (link !== undefined)
      void tellWatcher(link, { event, agent: link.agent, toolCall: call.item });
  };
}

/** A watcher that fails is no reason for the run to. */
async function tellWatcher(
  { options }: AgentToolLink,
  event: { event: RunStreamEvent; agent: AnyAgent; toolCall: FunctionCallItem },
): Promise<void> {
  try {
    await options.onStream?.(event);
  } catch (error) {
    stderrLog.warn(`onStream failed: ${errorMessage(error)}`);
  }
}

/** Puts the state on an error, whatever was thrown. */
export function withState(error: unknown, state: RunStateLike): Error {
  const known = error instanceof Error ? error : new Error(String(error), { cause: error });
  // One that was thrown before, by this run or another, has the state of then.
  const isFree = !("state" in known) || isStateLike(known.state);
  if (known instanceof AgentsError) known.state = state;
  else if (isFree && Object.isExtensible(known)) Object.assign(known, { state });
  return known;
}

function isStateLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getInterruptions" in value;
}
