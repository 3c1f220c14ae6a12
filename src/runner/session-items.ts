import { UserError } from "../agent/errors.ts";
import { isFunctionCall, toInputItems, type AgentInputItem } from "../agent/items.ts";
import { isOwnSession, type Session, type SessionInputCallback } from "../agent/session.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { EntryDraft } from "../journal/entries.ts";
import { resolveOrder, type Frame } from "../journal/frame.ts";
import { resultItem } from "../journal/turns.ts";
import type { Activation } from "./activation.ts";

type RunStarted = Extract<EntryDraft, { type: "run_started" }>;

export type OpenedSession = Pick<RunStarted, "input" | "sessionId" | "history" | "order">;

/** What a run's first entry says of the session it goes on with. */
export async function openSession(
  session: Session,
  input: string | AgentInputItem[],
  combine: SessionInputCallback | undefined,
): Promise<OpenedSession> {
  const [sessionId, items] = await Promise.all([session.getSessionId(), session.getItems()]);
  const history = isOwnSession(session)
    ? { count: items.length, digest: digestItems(items) }
    : { items };
  // Calls that a cancelled run left behind would make providers refuse the whole conversation.
  const closed = closingOutputs(items);
  const whole = closed.length === 0 ? input : [...closed, ...toInputItems(input)];
  if (combine === undefined) return { input: whole, sessionId, history };
  const given = toInputItems(whole);
  const combined: unknown = await combine(structuredClone(items), structuredClone(given));
  if (!Array.isArray(combined)) {
    throw new UserError("sessionInputCallback must return a list of items");
  }
  const order = orderOf(combined as AgentInputItem[], [...items, ...given]);
  return { input: whole, sessionId, history, order };
}

/** An output for every call of the history that has none. */
function closingOutputs(items: readonly AgentInputItem[]): AgentInputItem[] {
  const answered = new Set(
    items.flatMap((item) => (item.type === "function_call_result" ? [item.callId] : [])),
  );
  return items
    .filter((item) => isFunctionCall(item))
    .filter(({ callId }) => !answered.has(callId))
    .map((call) => resultItem(call, "This call was cancelled. It was not run."));
}

/** Names each item by its place among `known`, or keeps it where it is new. Each place once. */
export function orderOf(
  items: readonly AgentInputItem[],
  known: readonly AgentInputItem[],
): (number | AgentInputItem[])[] {
  const places = new Map<string, number[]>();
  known.forEach((item, index) => {
    const text = JSON.stringify(item);
    places.set(text, [...(places.get(text) ?? []), index]);
  });
  return items.map((item) => places.get(JSON.stringify(item))?.shift() ?? [item]);
}

function digestItems(items: readonly AgentInputItem[]): string {
  return sha256(JSON.stringify(items));
}

/** @throws UserError when a run of a session is taken up without it, or with another one */
export async function checkSession(
  sessionId: string | undefined,
  session: Session | undefined,
): Promise<void> {
  if (sessionId === undefined) return;
  if (session === undefined) {
    throw new UserError(
      `Cannot go on with this run without its session "${sessionId}": pass { session }, or its outputs would be lost to the conversation`,
    );
  }
  const given = await session.getSessionId();
  if (given !== sessionId) {
    throw new UserError(
      `Cannot go on with this run: it belongs to session "${sessionId}", and "${given}" was given`,
    );
  }
}

const loaded = new WeakMap<Activation, AgentInputItem[]>();

/** The items that a model is sent before a frame's own history; read from the session once. */
export async function priorItems(activation: Activation, frame: Frame): Promise<AgentInputItem[]> {
  const { prior } = frame;
  if (prior === undefined) return [];
  let items = loaded.get(activation);
  if (items === undefined) {
    items = await readPrior(activation, prior);
    loaded.set(activation, items);
  }
  return prior.order === undefined ? items : resolveOrder([...items, ...frame.opening], prior.order);
}

async function readPrior(
  { session }: Activation,
  { count, digest }: { count: number; digest: string },
): Promise<AgentInputItem[]> {
  if (count === 0 || session === undefined) return [];
  const items = (await session.getItems()).slice(0, count);
  if (items.length === count && digestItems(items) === digest) return items;
  throw new HoldpointError(
    "state_incompatible",
    "Cannot go on with this run: the session's earlier items are not those that it was started with",
  );
}
