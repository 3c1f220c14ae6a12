import type { AgentInputItem } from "./items.ts";

/**
 * Where the items of a conversation live between runs. Must keep the order of `addItems`; an
 * `addItems` that rejects may have written a part: what is there is found again by reading back.
 */
export interface Session {
  getSessionId(): Promise<string>;
  /** The last `limit` items in order, all of them without one. */
  getItems(limit?: number): Promise<AgentInputItem[]>;
  addItems(items: AgentInputItem[]): Promise<void>;
  /** Removes and returns the last item; `undefined` when there is none. */
  popItem(): Promise<AgentInputItem | undefined>;
  clearSession(): Promise<void>;
  /** An item of `getItems` as models are sent it, where that differs. */
  prepareHistoryItemForModelInput?(item: AgentInputItem): AgentInputItem;
}

/** The conversations of one place, by name. */
export interface Sessions {
  session(sessionId: string): Session;
  close(): Promise<void>;
}

const own = new WeakSet<object>();

/**
 * A session of this package: each item of a run is written once however often it is tried, and a
 * run refers to earlier items instead of holding them.
 */
export interface OwnSession extends Session {
  /**
   * Adds the items of a run that are not there yet; `from` is the number of the first one within
   * the run. Atomic.
   */
  addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void>;
}

/** Says that a session keeps what `OwnSession` promises. */
export function markOwn(session: OwnSession): void {
  own.add(session);
}

export function isOwnSession(session: Session): session is OwnSession {
  return own.has(session);
}

/** Combines what a session holds with new input; what it returns is what the model is sent. */
export type SessionInputCallback = (
  historyItems: AgentInputItem[],
  newItems: AgentInputItem[],
) => AgentInputItem[] | Promise<AgentInputItem[]>;
