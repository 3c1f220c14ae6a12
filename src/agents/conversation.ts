import {
  toInputItems,
  type AgentInputItem,
  type AgentOutputItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "./items.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Approval } from "../engine/approvals.ts";
import type { CallKind, EntryOf } from "./entries.ts";

/** One function call of a model, from proposal to output. */
export interface Call {
  readonly item: FunctionCallItem;
  /** The agent whose model proposed it. */
  readonly agent: string;
  /** Number of the response it came with, from 0. */
  readonly turn: number;
  /** The request that stands for it now; a new one replaces it. */
  approval: Approval | undefined;
  started: { seq: number; epoch: number; attempt: number; at: string } | undefined;
  /** What it is; absent where format 1 did not say it. */
  readonly kind: CallKind | undefined;
  /** What closed it: a body's outcome, or an answer in its place. Absent while open. */
  finished: EntryOf<"tool_finished" | "call_answered"> | undefined;
  /** What an attempt came to after the call was closed by something else. */
  late: EntryOf<"tool_finished"> | undefined;
  /** The error of an attempt that nobody turned into an output. */
  error: EntryOf<"tool_finished">["error"] | undefined;
  /** The approver's arguments, where an attempt was started with such. */
  edited: JsonValue | undefined;
  /** Whether a nested run was started for it. */
  nested: boolean;
  /** Set on a call that handed off, or was a handoff not taken. */
  handoff: EntryOf<"handed_off"> | undefined;
}

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
  readonly responseId: string | undefined;
}

/** An item that the run made: as it is, and who made it. */
export interface RunRecord {
  readonly type: "output" | "result" | "handoff" | "input";
  readonly agent: string;
  readonly raw: AgentInputItem;
  /** The call behind a result or handoff. */
  readonly call?: Call | undefined;
}

/** One run of one agent, handoffs included: the root run, or a nested one. */
export interface Frame {
  readonly path: readonly string[];
  readonly key: string;
  readonly startedAgent: string;
  readonly startedAt: string;
  /** The agent whose turn it is. */
  agent: string;
  /** Responses since this agent took over. */
  agentTurns: number;
  input: string | AgentInputItem[];
  maxTurns: number | null;
  /** Requests for more turns; each approved one grants as many as the run started with. */
  budgets: Approval[];
  readonly firstMaxTurns: number | null;
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
  calls: Map<string, Call>;
  /** Agents that used a tool, one of the provider's too. */
  usedTools: Set<string>;
  guardrails: EntryOf<"guardrail_ran">[];
  /** A model call that must not be repeated blindly, and has no answer. */
  requested: { seq: number; epoch: number; at: string } | undefined;
  /** The last request that is about the run and not about a call. */
  asked: Approval | undefined;
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
  end: EntryOf<"run_completed" | "run_failed" | "run_cancelled"> | undefined;
}

/** What a session held before a run, and in which order it is sent with the run's input. */
export interface PriorItems {
  /** Of an own session by count and digest: the journal only refers to them. */
  readonly history: SessionHistory;
  /** A number counts through the session's items, then the run's input; without it, all as is. */
  readonly order: ItemOrder | undefined;
}

type SessionHistory = NonNullable<EntryOf<"run_started">["history"]>;

/** Items by their number, and new ones. */
export type ItemOrder = readonly (number | AgentInputItem[])[];

/** The key of a path; `undefined` and `[]` are the root run. */
export function frameKey(path: readonly string[] | undefined): string {
  return path === undefined || path.length === 0 ? "" : JSON.stringify(path);
}

/** How many turns a frame may take, with what was granted on the way; `null` without limit. */
export function turnLimit({ maxTurns, firstMaxTurns, budgets }: Frame): number | null {
  if (maxTurns === null) return null;
  const granted = budgets.filter(({ decision }) => decision?.decision === "approved").length;
  return maxTurns + granted * (firstMaxTurns ?? 0);
}

export function isOver(frame: Frame): boolean {
  return frame.end !== undefined;
}

/** Whether nothing more comes of a call. */
export function isAnswered(call: Call): boolean {
  return call.finished !== undefined || call.handoff !== undefined;
}

export function createFrame(entry: EntryOf<"run_started">): Frame {
  const path = entry.path ?? [];
  return {
    path,
    key: frameKey(path),
    startedAgent: entry.agent,
    startedAt: entry.at,
    agent: entry.agent,
    agentTurns: 0,
    input: entry.input,
    maxTurns: entry.maxTurns,
    budgets: [],
    firstMaxTurns: entry.maxTurns,
    ...openingItems(entry),
    unseenFrom: 0,
    owed: [],
    pendingInput: [],
    news: [],
    records: [],
    responses: [],
    turn: undefined,
    turns: 0,
    calls: new Map(),
    usedTools: new Set(),
    guardrails: [],
    requested: undefined,
    asked: undefined,
    outputsFrom: 0,
    savedTo: 0,
    saving: undefined,
    end: undefined,
  };
}

/** What a run starts with: items to send, items to save, and items that its session has. */
function openingItems({
  input: given,
  history,
  order,
}: EntryOf<"run_started">): Pick<Frame, "history" | "opening" | "transcript" | "prior"> {
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
