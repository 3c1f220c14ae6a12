import type { Frame as EngineFrame, Call, Run } from "../engine/state.ts";
import { rootFrame as engineRoot } from "../engine/frames.ts";
import type { JsonValue } from "../lib/json.ts";
import type { SavedContext } from "./context-parts.ts";
import type { EntryOf, Start } from "./entries.ts";
import {
  toInputItems,
  type AgentInputItem,
  type AgentOutputItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "./items.ts";
import { Usage } from "./usage.ts";

/** The root run of agents, or a nested one. */
export type Frame = EngineFrame<Conversation>;

/** What a model's response left to do. */
export interface Turn {
  readonly agent: string;
  readonly number: number;
  /** The response without repeated calls. */
  readonly items: AgentOutputItem[];
  /** Calls in the order of the response; repetitions of finished ones are not here. */
  readonly calls: Call[];
  /** How many of them have no output yet. */
  open: number;
  /** Whether the response repeated calls that were made before. */
  readonly repeats: boolean;
  /** Why nothing of this response may run. */
  readonly violation: string | undefined;
}

/** Whom a call gave the conversation, and the output that says so. */
export type HandedOff = Pick<EntryOf<"handed_off">, "to" | "output">;

/** An item that the run made: as it is, and who made it. */
export type RunRecord =
  | { readonly type: "output" | "input"; readonly agent: string; readonly raw: AgentInputItem }
  | CallRecord;

/** What came of a call; a handoff also says whom it gave the conversation. */
export type CallRecord = {
  readonly agent: string;
  readonly raw: FunctionCallResultItem;
  readonly call: Call;
} & ({ readonly type: "result" } | { readonly type: "handoff"; readonly to: string });

/** What all frames of a run share. */
export interface Shared {
  usage: Usage;
  context: JsonValue | undefined;
  /** What the context had beside that. */
  contextMarks: Omit<SavedContext, "context">;
  conversationId: string | undefined;
  previousResponseId: string | undefined;
  /** Whether the provider keeps the history, by conversation or by chained responses. */
  isServerManaged: boolean;
}

/** What a frame of agents is: a conversation with models, handoffs included. */
export interface Conversation {
  readonly shared: Shared;
  /** The agent whose turn it is. */
  agent: string;
  /** Responses since this agent took over. */
  agentTurns: number;
  input: string | AgentInputItem[];
  maxTurns: number | null;
  readonly firstMaxTurns: number | null;
  reasoningItemIdPolicy: Start["reasoningItemIdPolicy"];
  /**
   * What the next model call is sent: settled turns only, outputs in call order. In a session
   * `prior` and the input go in front.
   */
  history: AgentInputItem[];
  /** Where in `history` the part begins that a server-side conversation has not seen. */
  unseenFrom: number;
  /** Outputs that only a server-side conversation waits for. */
  owed: FunctionCallResultItem[];
  /** Added while paused; goes in front of the next response. */
  pendingInput: AgentInputItem[];
  /** Late outcomes that no model was told yet; they go with the next request. */
  news: AgentInputItem[];
  /** Items of settled turns, in the order of `newItems`. */
  records: RunRecord[];
  responses: EntryOf<"model_responded">[];
  turn: Turn | undefined;
  turns: number;
  /** The number of the turn that each call came with. */
  readonly turnOf: Map<Call, number>;
  /** Calls that handed off, or were handoffs not taken. */
  readonly handoffs: Map<Call, HandedOff>;
  /** Agents that used a tool, one of the provider's too. */
  usedTools: Set<string>;
  /** A model call that must not be repeated blindly, and has no answer. */
  requested: { seq: number; epoch: number; at: string } | undefined;
  /** Whether the last answer was to such a call. */
  wasRequested: boolean;
  /** The input as items, as the model is sent it. */
  opening: AgentInputItem[];
  /** Every item of the run in order, whatever filters left of it: what a session gets. */
  transcript: AgentInputItem[];
  /** Where in `transcript` the outputs of the turn go. */
  outputsFrom: number;
  /** How much of `transcript` the session has. */
  savedTo: number;
  /** A session write whose end is not recorded. */
  saving: EntryOf<"session_saving"> | undefined;
  /** What the run's session held before; absent without a session, and once it was compacted. */
  prior: PriorItems | undefined;
}

/** What a session held before a run, and in which order it is sent with the run's input. */
export interface PriorItems {
  /** Of an own session by count and digest: the journal only refers to them. */
  readonly history: SessionHistory;
  /** A number counts through the session's items, then the run's input; without it, all as is. */
  readonly order: ItemOrder | undefined;
}

type SessionHistory = NonNullable<Start["history"]>;

/** Items by their number, and new ones. */
export type ItemOrder = readonly (number | AgentInputItem[])[];

/** The root frame of a run of agents. */
export function rootFrame(run: Run): Frame | undefined {
  return engineRoot(run) as Frame | undefined;
}

const NO_FRAMES: ReadonlyMap<string, Frame> = new Map();

/** The frames of a run of agents; none of a run whose calls come from elsewhere. */
export function framesOf(run: Run): ReadonlyMap<string, Frame> {
  // One that has no entry yet may be of agents too.
  const isOfAgents = run.folder === undefined || run.driver === "agents";
  return isOfAgents ? (run.frames as ReadonlyMap<string, Frame>) : NO_FRAMES;
}

/** What all frames of a run share; of none before its first entry. */
export function sharedOf(run: Run): Shared {
  return framesOf(run).get("")?.data.shared ?? createShared();
}

/** The item of a call: models propose them as items. */
export function itemOf({ item }: Call): FunctionCallItem {
  return item as FunctionCallItem;
}

/** The last request that is about a model call. */
export function askedOf({ approvals }: Frame) {
  return approvals.findLast(({ kind }) => kind === "model_outcome_unknown");
}

/** The last request for more turns. */
export function budgetOf({ approvals }: Frame) {
  return approvals.findLast(({ kind }) => kind === "budget");
}

/** How many turns a frame may take, with what was granted on the way; `null` without limit. */
export function turnLimit({ approvals, data: { maxTurns, firstMaxTurns } }: Frame): number | null {
  if (maxTurns === null) return null;
  // Each approved request grants as many as the run started with.
  const granted = approvals.filter(
    ({ kind, decision, isVoid }) =>
      kind === "budget" && decision?.decision === "approved" && !isVoid,
  ).length;
  return maxTurns + granted * (firstMaxTurns ?? 0);
}

export function createShared(): Shared {
  return {
    usage: new Usage(),
    context: undefined,
    contextMarks: {},
    conversationId: undefined,
    previousResponseId: undefined,
    isServerManaged: false,
  };
}

export function createConversation(shared: Shared, agent: string, start: Start): Conversation {
  return {
    shared,
    agent,
    agentTurns: 0,
    input: start.input,
    maxTurns: start.maxTurns,
    firstMaxTurns: start.maxTurns,
    reasoningItemIdPolicy: start.reasoningItemIdPolicy,
    ...openingItems(start),
    unseenFrom: 0,
    owed: [],
    pendingInput: [],
    news: [],
    records: [],
    responses: [],
    turn: undefined,
    turns: 0,
    turnOf: new Map(),
    handoffs: new Map(),
    usedTools: new Set(),
    requested: undefined,
    wasRequested: false,
    outputsFrom: 0,
    savedTo: 0,
    saving: undefined,
  };
}

/** What a run starts with: items to send, items to save, and items that its session has. */
function openingItems({
  input: given,
  history,
  order,
}: Start): Pick<Conversation, "history" | "opening" | "transcript" | "prior"> {
  const opening = toInputItems(given);
  if (history === undefined) {
    return { history: [...opening], opening, transcript: [...opening], prior: undefined };
  }
  const count = countItems(history);
  // What a callback made of history and input: all but the history is new to the session.
  const fresh = order?.flatMap((ref) => {
    if (typeof ref !== "number") return ref;
    return ref < count ? [] : opening.slice(ref - count, ref - count + 1);
  });
  return { history: [], opening, transcript: fresh ?? [...opening], prior: { history, order } };
}

function countItems(history: SessionHistory): number {
  return "items" in history ? history.items.length : history.count;
}

/** The items that an order names, and those it brings. */
export function resolveOrder(items: readonly AgentInputItem[], order: ItemOrder): AgentInputItem[] {
  return order.flatMap((ref) => (typeof ref === "number" ? items.slice(ref, ref + 1) : ref));
}

/** `prior` with its items and the input in the order `next`, which counts what is sent by now. */
export function reorder(
  { history, order }: PriorItems,
  { opening, next }: { opening: readonly AgentInputItem[]; next: ItemOrder },
): PriorItems {
  const all = Array.from({ length: countItems(history) + opening.length }, (_, index) => index);
  const now = (order ?? all).flatMap((ref): [...ItemOrder] =>
    typeof ref === "number" ? [ref] : ref.map((item) => [item]),
  );
  const sent = next.flatMap((ref) => (typeof ref === "number" ? now.slice(ref, ref + 1) : [ref]));
  return { history, order: sent };
}
