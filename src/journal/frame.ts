import {
  toInputItems,
  type AgentInputItem,
  type AgentOutputItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "../agent/items.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Approval } from "./approvals.ts";
import type { EntryOf } from "./entries.ts";

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
  /** Absent while open. An entry with an error and no output leaves the call in doubt. */
  finished: EntryOf<"tool_finished"> | undefined;
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
  /** What the next model call is sent: settled turns only, outputs in call order. */
  history: AgentInputItem[];
  /** Where in `history` the part begins that a server-side conversation has not seen. */
  unseenFrom: number;
  /** Outputs that only a server-side conversation waits for. */
  owed: FunctionCallResultItem[];
  /** Added while paused; goes in front of the next response. */
  pendingInput: AgentInputItem[];
  /** Items of settled turns, in the order of `newItems`. */
  records: RunRecord[];
  responses: EntryOf<"model_responded">[];
  turn: Turn | undefined;
  turns: number;
  calls: Map<string, Call>;
  /** Agents that used a tool. */
  usedTools: Set<string>;
  guardrails: EntryOf<"guardrail_ran">[];
  /** A model call that must not be repeated blindly, and has no answer. */
  requested: { seq: number; epoch: number; at: string } | undefined;
  /** The last request that is about the run and not about a call. */
  asked: Approval | undefined;
  /** What the run began with, as the model is sent it: history that the journal holds, input. */
  opening: AgentInputItem[];
  /** Every item of the run in order, whatever filters left of it: what a session gets. */
  transcript: AgentInputItem[];
  /** How much of `transcript` the session has. */
  savedTo: number;
  /** A session write whose end is not recorded. */
  saving: EntryOf<"session_saving"> | undefined;
  /** Session items that the model is sent before `history`; the journal only refers to them. */
  prior: PriorItems | undefined;
  end: EntryOf<"run_completed" | "run_failed" | "run_cancelled"> | undefined;
}

/** Items of an own session: by count and digest, and in which order they are sent. */
export interface PriorItems {
  readonly count: number;
  readonly digest: string;
  /** A number counts through the session's items, then the run's input; without it, all as is. */
  readonly order: readonly (number | AgentInputItem[])[] | undefined;
}

/** The key of a path; `undefined` and `[]` are the root run. */
export function frameKey(path: readonly string[] | undefined): string {
  return path === undefined || path.length === 0 ? "" : JSON.stringify(path);
}

export function isOver(frame: Frame): boolean {
  return frame.end !== undefined;
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
    ...openingItems(entry),
    unseenFrom: 0,
    owed: [],
    pendingInput: [],
    records: [],
    responses: [],
    turn: undefined,
    turns: 0,
    calls: new Map(),
    usedTools: new Set(),
    guardrails: [],
    requested: undefined,
    asked: undefined,
    savedTo: 0,
    saving: undefined,
    end: undefined,
  };
}

/** What a run starts with: items to send, items to save, and items that only a session has. */
function openingItems({
  input: given,
  history: before,
  order,
}: EntryOf<"run_started">): Pick<Frame, "history" | "opening" | "transcript" | "prior"> {
  const input = toInputItems(given);
  if (before === undefined) {
    return { history: [...input], opening: input, transcript: [...input], prior: undefined };
  }
  const count = "items" in before ? before.items.length : before.count;
  // What a callback made of history and input: all but the history is new to the session.
  const fresh = order?.flatMap((ref) => {
    if (typeof ref !== "number") return ref;
    return ref < count ? [] : input.slice(ref - count, ref - count + 1);
  });
  const transcript = fresh ?? [...input];
  if ("items" in before) {
    const all = [...before.items, ...input];
    const opening = order === undefined ? all : resolveOrder(all, order);
    return { history: [...opening], opening, transcript, prior: undefined };
  }
  const prior = { count, digest: before.digest, order };
  return { history: order === undefined ? [...input] : [], opening: input, transcript, prior };
}

/** The items that an order names, and those it brings. */
export function resolveOrder(
  items: readonly AgentInputItem[],
  order: readonly (number | AgentInputItem[])[],
): AgentInputItem[] {
  return order.flatMap((ref) => (typeof ref === "number" ? items.slice(ref, ref + 1) : ref));
}
