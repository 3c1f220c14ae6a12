import type { Journal } from "../engine/journal.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { resolveOrder, rootFrame, type Frame, type PriorItems } from "./conversation.ts";
import { isFunctionCall, sinceCompaction, type AgentInputItem } from "./items.ts";
import type { Session } from "./session.ts";
import { resultItem } from "./tool-output.ts";

/** What the sessions of runs held when these began, where the journal only refers to it. */
const held = new WeakMap<Journal, readonly AgentInputItem[]>();

/** Notes what a run's session held when the run began. */
export function rememberHistory(journal: Journal, items: readonly AgentInputItem[]): void {
  held.set(journal, items);
}

/**
 * Reads what a run that goes on needs of its session, once for all of this process.
 *
 * @throws HoldpointError `state_incompatible` when it is not there any more
 */
export async function loadHistory(journal: Journal, session: Session | undefined): Promise<void> {
  const frame = rootFrame(journal.state);
  if (frame === undefined || !journal.state.live.has(frame.key)) return;
  const { history } = frame.data.prior ?? {};
  if (history === undefined || "items" in history) return;
  if (history.count === 0 || held.has(journal)) return;
  const items = (await session?.getItems())?.slice(0, history.count);
  if (items?.length !== history.count || digestItems(items) !== history.digest) {
    throw new HoldpointError(
      "state_incompatible",
      "Cannot go on with this run: the session's earlier items are not those that it was started with",
    );
  }
  rememberHistory(journal, items);
}

export function digestItems(items: readonly AgentInputItem[]): string {
  return sha256(JSON.stringify(items));
}

function knownItems(
  journal: Journal,
  { history }: PriorItems,
): readonly AgentInputItem[] | undefined {
  if ("items" in history) return history.items;
  return history.count === 0 ? [] : held.get(journal);
}

/**
 * What a frame began with: what its session held, as far as this process has read it, and its
 * input.
 */
export function openingOf(journal: Journal, frame: Frame): AgentInputItem[] {
  const { prior, opening } = frame.data;
  if (prior === undefined) return opening;
  const items = knownItems(journal, prior);
  if (items === undefined) return opening;
  return prior.order === undefined
    ? [...sinceCompaction(items), ...opening]
    : resolveOrder([...items, ...opening], prior.order);
}

/** The input of a frame, as it was given; in a session with what that held before. A copy. */
export function inputOf(journal: Journal, frame: Frame): string | AgentInputItem[] {
  return structuredClone(
    frame.data.prior === undefined ? frame.data.input : openingOf(journal, frame),
  );
}

/** All items of a frame that its model is sent, but for those that are added or still open. */
export function historyOf(journal: Journal, frame: Frame): AgentInputItem[] {
  if (frame.data.prior === undefined) return frame.data.history;
  return [...closeCalls(openingOf(journal, frame)), ...frame.data.history];
}

/**
 * Puts an output behind every call that has none: providers refuse a conversation with a call that
 * an earlier run left open.
 */
function closeCalls(items: readonly AgentInputItem[]): AgentInputItem[] {
  const answered = new Set(
    items.flatMap((item) => (item.type === "function_call_result" ? [item.callId] : [])),
  );
  const closed: AgentInputItem[] = [];
  let open: AgentInputItem[] = [];
  for (const item of items) {
    // Calls of one response stay together.
    if (!isFunctionCall(item)) closed.push(...open.splice(0));
    else if (!answered.has(item.callId)) open.push(resultItem(item, NOT_RECORDED));
    closed.push(item);
  }
  return [...closed, ...open];
}

const NOT_RECORDED = "No output of this call was recorded. It may not have run.";
