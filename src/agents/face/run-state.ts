import type { StoredEntry } from "../../engine/chain.ts";
import { apply } from "../../engine/fold.ts";
import { createJournal, foldUntil, placeDraft, type Journal } from "../../engine/journal.ts";
import type { Run } from "../../engine/state.ts";
import { systemClock, toIso } from "../../lib/clock.ts";
import { createRunId, type RunId } from "../../lib/ids.ts";
import { bindContext } from "../activation.ts";
import type { AnyAgent } from "../agent.ts";
import { rootFrame, sharedOf } from "../conversation.ts";
import type { EntryDraft } from "../entries.ts";
import type { RunStateLike } from "../errors.ts";
import { checkAgainstAgents, createAgentGraph, type AgentGraph } from "../graph.ts";
import { toInputItems, type AgentInputItem } from "../items.ts";
import { inputOf } from "../opening.ts";
import {
  RunContext,
  type ApprovalItem,
  type ApproveOptions,
  type RejectOptions,
  type ContextCodec,
} from "../run-context.ts";
import { contextDraft, openContext, savedContext, toContext } from "../saved-context.ts";
import { agentFolders } from "../turn-fold.ts";
import type { Usage } from "../usage.ts";
import { entriesFor, placeLate } from "./additions.ts";
import { approvalDrafts, type ItemVerdict } from "./decisions.ts";
import { entriesFrom, joinKnown, type LoadOptions, type StatePlace } from "./load-state.ts";
import { checkCanAddInput } from "./pending-input.ts";
import type { RunToolApprovalItem } from "./run-items.ts";
import { currentAgent, frameHistory, interruptions } from "./run-view.ts";
import { writeState, type SerializedState } from "./state-text.ts";

const stateBrand = Symbol.for("holdpoint.run-state");

/** How a state is written. */
export type SaveOptions = Pick<ContextCodec, "contextSerializer">;

/** A run as it stands at one point: what happened, and decisions that are not acted on yet. */
export class RunState<
  TContext = unknown,
  TAgent extends AnyAgent = AnyAgent,
> implements RunStateLike {
  readonly [stateBrand] = true;
  readonly runId: RunId;
  /** The application's context; bound to this state's decisions. */
  readonly context: RunContext<TContext>;
  readonly #graph: AgentGraph;
  readonly #journal: Journal;
  /** How many of the journal's entries this state has seen. */
  #length: number;
  /** Decisions and input that are in no journal yet. */
  #tail: StoredEntry[];
  #folded: { key: string; state: Run } | undefined;

  private constructor(parts: StatePlace & { graph: AgentGraph; context: RunContext<TContext> }) {
    this.#graph = parts.graph;
    this.#journal = parts.journal;
    this.#length = parts.length;
    this.#tail = parts.tail;
    this.context = parts.context;
    this.runId = parts.journal.state.runId ?? createRunId();
  }

  /** A state that has seen the whole of `journal`. */
  static at<TContext = unknown, TAgent extends AnyAgent = AnyAgent>(
    journal: Journal,
    graph: AgentGraph,
    context: RunContext<TContext>,
  ): RunState<TContext, TAgent> {
    const length = journal.entries.length;
    return new RunState({ graph, journal, length, tail: [], context });
  }

  /**
   * Reads what `toString` wrote. The text is trusted input: checked for its form and its chain of
   * hashes, which whoever can write texts can recompute.
   *
   * @throws HoldpointError `state_incompatible`, `unknown_agent`; nothing of the text is in them
   */
  static async fromString<TContext = unknown, TAgent extends AnyAgent = AnyAgent>(
    agent: TAgent,
    text: string,
    options: LoadOptions<TContext> = {},
  ): Promise<RunState<TContext, TAgent>> {
    return RunState.#load(agent, text, options);
  }

  /** The same for what `toJSON` gave. */
  static async fromJSON<TContext = unknown, TAgent extends AnyAgent = AnyAgent>(
    agent: TAgent,
    value: unknown,
    options: LoadOptions<TContext> = {},
  ): Promise<RunState<TContext, TAgent>> {
    return RunState.#load(agent, value, options);
  }

  /** The same, with this context in place of the one in the text; decisions are the text's. */
  static async fromStringWithContext<TContext = unknown, TAgent extends AnyAgent = AnyAgent>(
    agent: TAgent,
    text: string,
    context: TContext | RunContext<TContext>,
  ): Promise<RunState<TContext, TAgent>> {
    return RunState.#load(agent, text, toContext(context));
  }

  static async #load<TContext, TAgent extends AnyAgent>(
    agent: TAgent,
    written: unknown,
    given: RunContext | LoadOptions,
  ): Promise<RunState<TContext, TAgent>> {
    const graph = createAgentGraph(agent);
    const loaded = createJournal(agentFolders, await entriesFrom(graph, written));
    checkAgainstAgents(loaded.state, graph);
    const context =
      given instanceof RunContext
        ? given
        : openContext(savedContext(loaded.state), { given: given.context, codec: given });
    const state = new RunState({ graph, context, ...joinKnown(loaded) });
    state.bindContext();
    return state as RunState<TContext, TAgent>;
  }

  get usage(): Usage {
    return sharedOf(this.#state).usage;
  }

  /** Turns taken so far: one per model call. */
  get currentTurn(): number {
    return rootFrame(this.#state)?.data.turns ?? 0;
  }

  get maxTurns(): number | null {
    return rootFrame(this.#state)?.data.maxTurns ?? null;
  }

  /** Calls that the run stopped for, inner runs' among them; decided ones until it goes on. */
  getInterruptions(): RunToolApprovalItem[] {
    return interruptions(this.#state, this.#graph);
  }

  /**
   * Approves a pending call. Of several decisions on one call the last counts until the run goes
   * on.
   *
   * @throws UserError when the item is not pending in this run, was changed, or with arguments
   * that do not fit the tool's schema
   */
  approve(item: ApprovalItem, options: ApproveOptions = {}): void {
    this.#decide({ item, verdict: "approved", options });
  }

  /** Rejects a pending call. @throws UserError like `approve` */
  reject(item: ApprovalItem, options: RejectOptions = {}): void {
    this.#decide({ item, verdict: "rejected", options });
  }

  #decide(given: ItemVerdict): void {
    this.#add(approvalDrafts(this.#state, this.#graph, given));
  }

  /** The agent whose turn it is, or was last. */
  get currentAgent(): TAgent {
    return currentAgent(this.#state, this.#graph) as TAgent;
  }

  /** What the run was started with, in a session behind what that held. */
  get input(): string | AgentInputItem[] {
    const frame = rootFrame(this.#state);
    return frame === undefined ? [] : inputOf(this.#journal, frame);
  }

  /** Input and everything made since, as input for another run. */
  get history(): AgentInputItem[] {
    const frame = rootFrame(this.#state);
    return frame === undefined ? [] : structuredClone(frameHistory(this.#journal, frame));
  }

  /** Input that was added and that no model has seen yet; a copy. */
  get pendingInput(): AgentInputItem[] {
    return structuredClone(rootFrame(this.#state)?.data.pendingInput ?? []);
  }

  /**
   * Adds input that the model sees after the outputs of the calls that are open now.
   *
   * @throws UserError when the run may end before that
   */
  addInput(input: string | AgentInputItem[]): void {
    checkCanAddInput(this.#state, this.#graph);
    this.#add([{ type: "input_added", items: structuredClone(toInputItems(input)) }]);
  }

  /** Takes back what `pendingInput` shows. */
  clearPendingInput(): void {
    if (this.pendingInput.length > 0) this.#add([{ type: "input_cleared" }]);
  }

  /** @param options of `JSON.stringify`, the name of the member that the state is */
  toJSON(options?: string | SaveOptions): SerializedState {
    const codec = typeof options === "object" ? options : {};
    // A text that is written so says nothing of how the run writes its context.
    const own = codec.contextSerializer === undefined ? undefined : codec;
    const extra = this.#place(contextDraft(this.context, this.#state, own));
    return writeState([...this.#entries(), ...extra]);
  }

  /** All entries, once each, as compact JSON; `fromString` reads it. @throws UserError */
  toString(options?: SaveOptions): string {
    return JSON.stringify(this.toJSON(options));
  }

  /** What happened until here and what was decided since, folded. Not to be changed. */
  get fold(): Run {
    return this.#state;
  }

  get graph(): AgentGraph {
    return this.#graph;
  }

  /**
   * The journal to go on with: decisions of this state are in it then.
   *
   * @throws ConflictError when the run went on meanwhile and a decision here comes too late
   */
  toJournal(): Journal {
    const tail = this.#tail;
    const journal = this.#journal;
    if (tail.length > 0) {
      if (this.#length === journal.entries.length) journal.extend(tail);
      else placeLate(journal, tail);
      journal.notify();
    }
    this.#tail = [];
    this.#length = journal.entries.length;
    this.#folded = undefined;
    return journal;
  }

  /**
   * Entries of this state that `journal`, the one of its store, does not have.
   *
   * @throws ConflictError when the store has another course of the run
   */
  unsaved(journal: Journal): StoredEntry[] {
    return entriesFor(journal, this.#entries());
  }

  #entries(): StoredEntry[] {
    return [...this.#journal.entries.slice(0, this.#length), ...this.#tail];
  }

  #add(drafts: readonly EntryDraft[]): void {
    this.#tail.push(...this.#place(drafts));
    this.#folded = undefined;
  }

  /** Entries of drafts behind those that this state has; they are in no journal yet. */
  #place(drafts: readonly EntryDraft[]): StoredEntry[] {
    const at = toIso(systemClock.now());
    const run = this.#state;
    let last = this.#tail.at(-1) ?? this.#journal.entries[this.#length - 1];
    return drafts.map((draft) => (last = placeDraft(draft, { run, last, at })));
  }

  get #state(): Run {
    const { entries } = this.#journal;
    if (this.#tail.length === 0 && this.#length === entries.length) return this.#journal.state;
    const key = `${this.#length}+${this.#tail.length}`;
    if (this.#folded?.key !== key) {
      const state = foldUntil(this.#journal, this.#length);
      for (const { entry } of this.#tail) apply(state, entry);
      this.#folded = { key, state };
    }
    return this.#folded.state;
  }

  /** What contexts answer by: the decisions of this state. */
  bindContext(): void {
    const state = (): Run => this.#state;
    bindContext(this.context, { state, decide: (given) => this.#decide(given) });
  }
}

export function isRunState(value: unknown): value is RunState {
  return typeof value === "object" && value !== null && stateBrand in value;
}
