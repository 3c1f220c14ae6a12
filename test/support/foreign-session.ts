import type { AgentInputItem } from "../../src/agents/items.ts";
import type { Session } from "../../src/agents/session.ts";

/** What a write of a foreign session does that goes wrong. */
export type WriteFault =
  /** Writes this many items, then fails. */
  | { written: number }
  /** Writes everything; the answer is lost. */
  | "answer_lost";

/**
 * A session as users write them: it promises nothing but the interface. As a service would, it
 * gives ids, if it is told to, and puts texts into parts.
 */
export class ForeignSession implements Session {
  readonly #sessionId: string;
  readonly #normalises: boolean;
  #items: AgentInputItem[] = [];
  #ids = 0;
  /** What goes wrong with the next writes; beyond them all goes well. */
  readonly faults: (WriteFault | undefined)[] = [];
  /** How many items each write brought. */
  readonly writes: number[] = [];
  reads = 0;

  constructor({
    sessionId = "foreign",
    normalises = false,
    initialItems = [],
  }: {
    sessionId?: string;
    normalises?: boolean;
    initialItems?: AgentInputItem[];
  } = {}) {
    this.#sessionId = sessionId;
    this.#normalises = normalises;
    this.#items = structuredClone(initialItems);
  }

  async getSessionId(): Promise<string> {
    return this.#sessionId;
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    this.reads += 1;
    if (limit !== undefined && limit <= 0) return [];
    return structuredClone(limit === undefined ? this.#items : this.#items.slice(-limit));
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    const fault = this.faults.shift();
    this.writes.push(items.length);
    const written = typeof fault === "object" ? items.slice(0, fault.written) : items;
    this.#items.push(...structuredClone(written).map((item) => this.#keep(item)));
    if (fault !== undefined) throw new Error("The session is out of order");
  }

  #keep(item: AgentInputItem): AgentInputItem {
    if (!this.#normalises) return item;
    this.#ids += 1;
    const kept = { ...item, id: `item_${this.#ids}` };
    if ("role" in kept && kept.role === "user" && typeof kept.content === "string") {
      kept.content = [{ type: "input_text", text: kept.content }];
    }
    if (kept.type === "function_call_result") {
      const { output } = kept;
      const isText = typeof output === "object" && "type" in output && output.type === "text";
      return { ...kept, name: kept.callId, output: isText ? output.text : output };
    }
    return kept;
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    return this.#items.pop();
  }

  async clearSession(): Promise<void> {
    this.#items = [];
  }
}
