import { answerOf } from "../lib/pending.ts";
import type { Run } from "../engine/state.ts";
import { sharedOf, type ItemOrder } from "./conversation.ts";
import type { Start } from "./entries.ts";
import { UserError } from "./errors.ts";
import { toInputItems, type AgentInputItem } from "./items.ts";
import { digestItems } from "./opening.ts";
import { isOwnSession, type Session, type SessionInputCallback } from "./session.ts";

/** What a run's first entry says of the session it goes on with, and what that holds by then. */
export interface OpenedSession {
  start: Pick<Start, "input" | "history" | "order">;
  sessionId: string;
  items: AgentInputItem[];
}

/** @throws UserError when the callback does not return a list */
export async function openSession(
  session: Session,
  input: string | AgentInputItem[],
  combine: SessionInputCallback | undefined,
): Promise<OpenedSession> {
  // One after the other: a session at a provider may be made by the first of them.
  const sessionId = await session.getSessionId();
  const held = await session.getItems();
  const items = held.map((item) => session.prepareHistoryItemForModelInput?.(item) ?? item);
  const history = isOwnSession(session)
    ? { count: items.length, digest: digestItems(items) }
    : { items };
  const start = { input, history };
  if (combine === undefined) return { start, sessionId, items };
  const given = toInputItems(input);
  const combined: unknown = await answerOf(
    combine(structuredClone(items), structuredClone(given)),
    "The sessionInputCallback",
  );
  if (!Array.isArray(combined)) {
    throw new UserError("sessionInputCallback must return a list of items");
  }
  const order = orderOf(combined as AgentInputItem[], [...items, ...given]);
  return { start: { ...start, order }, sessionId, items };
}

/** Names each item by its place among `known`, or keeps it where it is new. Each place once. */
export function orderOf(
  items: readonly AgentInputItem[],
  known: readonly AgentInputItem[],
): [...ItemOrder] {
  const places = new Map<string, number[]>();
  known.forEach((item, index) => {
    const text = JSON.stringify(item);
    places.set(text, [...(places.get(text) ?? []), index]);
  });
  return items.map((item) => places.get(JSON.stringify(item))?.shift() ?? [item]);
}

/**
 * @throws UserError when a run of a session is taken up without it or with another one, or one
 * whose history the provider keeps is with a session
 */
export async function checkSession(run: Run, session: Session | undefined): Promise<void> {
  const { sessionId, live } = run;
  if (sharedOf(run).isServerManaged && session !== undefined) throw twoHistories();
  // A run that is over has nothing to say to its session any more.
  if (sessionId === undefined || live.size === 0) return;
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

export function twoHistories(): UserError {
  return new UserError(
    "A session and a conversation at the provider both keep the history: use one of them. conversationId, previousResponseId and autoPreviousResponseId do not go with session",
  );
}
