import { randomUUID } from "node:crypto";

import type { AgentInputItem } from "../agents/items.ts";
import { markOwn, type OwnSession, type Sessions } from "../agents/session.ts";

/** A session that lives as long as this object. */
export class MemorySession implements OwnSession {
  readonly #sessionId: string;
  #items: AgentInputItem[];
  /** How far each run has written. */
  readonly #written = new Map<string, number>();

  constructor({
    sessionId = randomUUID(),
    initialItems = [],
  }: { sessionId?: string; initialItems?: AgentInputItem[] } = {}) {
    this.#sessionId = sessionId;
    this.#items = structuredClone(initialItems);
  }

  async getSessionId(): Promise<string> {
    return this.#sessionId;
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    if (limit !== undefined && limit <= 0) return [];
    return structuredClone(limit === undefined ? this.#items : this.#items.slice(-limit));
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    this.#add(items);
  }

  async addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void> {
    const written = this.#written.get(runId) ?? 0;
    this.#add(items.slice(Math.max(0, written - from)));
    this.#written.set(runId, Math.max(written, from + items.length));
  }

  #add(items: readonly AgentInputItem[]): void {
    this.#items.push(...structuredClone(items));
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    return this.#items.pop();
  }

  async clearSession(): Promise<void> {
    this.#items = [];
  }
}

markOwn(MemorySession);

/** Sessions by name, each as long as this process lives. */
export function createMemorySessions(): Sessions {
  const sessions = new Map<string, MemorySession>();
  return {
    session(sessionId) {
      let session = sessions.get(sessionId);
      if (session === undefined) {
        session = new MemorySession({ sessionId });
        sessions.set(sessionId, session);
      }
      return session;
    },
    close: async () => sessions.clear(),
  };
}
