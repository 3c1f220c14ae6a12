import { isFunctionCall, toInputItems, type AgentInputItem } from "../agents/items.ts";
import { canonicalJson } from "../lib/json.ts";
import type { DraftOf } from "../agents/entries.ts";
import {
  cannotRead,
  type ForeignItem,
  type ForeignResponse,
  type ForeignRun,
} from "./foreign-run.ts";

/** A response, and what the items around it say of it. */
export interface ForeignTurn {
  readonly response: ForeignResponse;
  /** Whose turn it was, where an item is left that says so. */
  readonly agent: string | undefined;
  /** Input that it was sent for the first time. */
  readonly admitted: AgentInputItem[];
}

/** The responses of a run with the input between them; `late` is input that none of them saw. */
export function toTurns({ responses, items }: ForeignRun): {
  turns: ForeignTurn[];
  late: AgentInputItem[];
} {
  const agents = new Map<number, string>();
  const admitted = new Map<number, AgentInputItem[]>();
  const keys = responses.map(({ output }) => new Set(output.map((item) => keyOf(item))));
  let at = 0;
  let waiting: AgentInputItem[] = [];
  for (const item of items) {
    if (item.type === "input") waiting.push(item.raw);
    if (item.type !== "made") continue;
    const key = keyOf(item.raw);
    const found = keys.findIndex((own, index) => index >= at && own.has(key));
    if (found < 0) continue;
    at = found;
    if (!agents.has(found)) agents.set(found, item.agent);
    if (waiting.length > 0) admitted.set(found, waiting);
    waiting = [];
  }
  const turns = responses.map((response, index) => ({
    response,
    agent: agents.get(index),
    admitted: admitted.get(index) ?? [],
  }));
  return { turns, late: waiting };
}

/** What an item is known by: a call and its result by the call's id, anything else by what it says. */
export function keyOf(item: AgentInputItem): string {
  if (isFunctionCall(item)) return `call ${item.callId}`;
  if (item.type === "function_call_result") return `result ${item.callId}`;
  return canonicalJson(item);
}

/** What the entries so far make of the conversation, and where the last handoff was. */
export interface ToldSoFar {
  readonly keys: string[];
  handoff: { readonly draft: DraftOf<"handed_off">; readonly at: number } | undefined;
}

/**
 * Compares what the entries make of a run with what the state sends the next model, and puts what a
 * filter of its last handoff left into that handoff's entry.
 *
 * @throws HoldpointError when the state's items are not those of its responses
 */
export function settleConversation(run: ForeignRun, { keys, handoff }: ToldSoFar): void {
  const kept = run.items.filter(({ type }) => type !== "asked");
  const wanted = kept.map(({ raw }) => keyOf(raw));
  if (isSame(wanted, keys)) return;
  const since = handoff === undefined ? 0 : keys.length - handoff.at;
  const from = wanted.length - since;
  if (handoff === undefined || from < 0 || !isSame(wanted.slice(from), keys.slice(handoff.at))) {
    throw cannotRead(
      "its items are not those of its responses, so what a model would be sent cannot be told",
    );
  }
  const before = keys.slice(0, handoff.at);
  handoff.draft.filter = {
    input: toInputItems(run.input).map((_, index) => index),
    ...(typeof run.input === "string" ? { isText: true as const } : {}),
    items: kept.slice(0, from).map((item) => placeOf(item, before)),
  };
}

/** By its number where it is one of the run's, else as it is. */
function placeOf({ raw }: ForeignItem, before: readonly string[]): number | AgentInputItem[] {
  const index = before.indexOf(keyOf(raw));
  return index < 0 ? [raw] : index;
}

/** The same items, results in any place: each is told behind all calls of its response. */
function isSame(wanted: readonly string[], told: readonly string[]): boolean {
  return (
    isEqual(withoutResults(wanted), withoutResults(told)) &&
    isEqual(resultsOf(wanted), resultsOf(told))
  );
}

function withoutResults(keys: readonly string[]): string[] {
  return keys.filter((key) => !isResult(key));
}

function resultsOf(keys: readonly string[]): string[] {
  return keys.filter((key) => isResult(key)).toSorted();
}

function isResult(key: string): boolean {
  return key.startsWith("result ");
}

function isEqual(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((key, index) => key === others[index]);
}
