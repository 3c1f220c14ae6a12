import type { AgentInputItem } from "../agents/items.ts";
import { markOwn, type OwnSession, type Sessions } from "../agents/session.ts";
import { checkKeyText } from "../lib/key-text.ts";
import { parseText, type Row } from "../lib/rows.ts";
import type { StatementOptions } from "../postgres/connection.ts";
import { openLate } from "./open-late.ts";

const statements = {
  items: "SELECT item FROM session_items WHERE tenant = $1 AND session_id = $2 ORDER BY number",
  lastItems: `SELECT item FROM session_items WHERE tenant = $1 AND session_id = $2
    ORDER BY number DESC LIMIT $3`,
  add: "SELECT add_session_items($1, $2, $3)",
  addOfRun: "SELECT add_run_items($1, $2, $3, $4, $5)",
  pop: "SELECT pop_session_item($1, $2) AS item",
  clear: "DELETE FROM session_items WHERE tenant = $1 AND session_id = $2",
} as const;

export interface PostgresSessionsOptions {
  /** As for `createPostgresRunStore`. */
  url: string;
  tenant?: string | undefined;
}

/** Where sessions of one tenant are; opened with the first use. */
interface Place {
  tenant: string;
  ask(text: string, asked: StatementOptions): Promise<Row[]>;
}

/** A session in a PostgreSQL database, that of a run store; any number of processes may use it. */
class PostgresSession implements OwnSession {
  readonly #sessionId: string;
  readonly #place: Place;

  constructor(place: Place, sessionId: string) {
    this.#place = place;
    this.#sessionId = sessionId;
  }

  async getSessionId(): Promise<string> {
    return this.#sessionId;
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    if (limit === undefined) return (await this.#ask(statements.items)).map(parseItem);
    if (limit <= 0) return [];
    const newestFirst = await this.#ask(statements.lastItems, { values: [limit] });
    return newestFirst.toReversed().map(parseItem);
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    if (items.length === 0) return;
    // Not to be repeated: whoever has no answer reads what is there.
    await this.#ask(statements.add, { values: [toTexts(items)], again: "never" });
  }

  async addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void> {
    await this.#ask(statements.addOfRun, { values: [runId, from, toTexts(items)] });
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    const [row] = await this.#ask(statements.pop, { again: "never" });
    return row === undefined || row["item"] === null ? undefined : parseItem(row);
  }

  async clearSession(): Promise<void> {
    await this.#ask(statements.clear);
  }

  async #ask(text: string, { values = [], again }: StatementOptions = {}): Promise<Row[]> {
    checkKeyText("session id", this.#sessionId);
    const all = [this.#place.tenant, this.#sessionId, ...values];
    return this.#place.ask(text, { values: all, ...(again === "never" ? { again } : {}) });
  }
}

markOwn(PostgresSession);

/**
 * The conversations of a tenant in a PostgreSQL database, beside its runs. It is opened when a
 * session is first used.
 *
 * Every method of a session may throw HoldpointError `store_unavailable`, `state_incompatible` and,
 * for an id that cannot be stored, `invalid_input`.
 */
export function createPostgresSessions({
  url,
  tenant = "default",
}: PostgresSessionsOptions): Sessions {
  const database = openLate(
    async () => (await import("../postgres/shared.ts")).usePostgres(url),
    "Cannot use the sessions in PostgreSQL: they are closed. Open them again",
  );
  const place: Place = {
    tenant,
    ask: async (text, asked) => (await database.open()).ask(text, asked),
  };
  return {
    session: (sessionId) => new PostgresSession(place, sessionId),
    close: () => database.close(),
  };
}

function toTexts(items: readonly AgentInputItem[]): string[] {
  return items.map((item) => JSON.stringify(item));
}

function parseItem(row: Row): AgentInputItem {
  return JSON.parse(parseText(row, "item")) as AgentInputItem;
}
