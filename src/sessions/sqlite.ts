import { randomUUID } from "node:crypto";

import type { AgentInputItem } from "../agents/items.ts";
import { markOwn, type OwnSession, type Sessions } from "../agents/session.ts";
import type { Prepare, SqliteConnection, SqliteOptions } from "../sqlite/connection.ts";
import { checkKeyText } from "../lib/key-text.ts";
import { parseFirst, parseNumber, parseText, type Row } from "../lib/rows.ts";
import { openLate, type OpenedLate } from "./open-late.ts";

/** Every statement on the tables, so that a test can ask SQLite which index each one takes. */
export const sessionStatements = {
  items: "SELECT item FROM session_items WHERE session_id = ? ORDER BY number",
  lastItems: "SELECT item FROM session_items WHERE session_id = ? ORDER BY number DESC LIMIT ?",
  lastNumber: "SELECT number FROM session_items WHERE session_id = ? ORDER BY number DESC LIMIT 1",
  last: "SELECT number, item FROM session_items WHERE session_id = ? ORDER BY number DESC LIMIT 1",
  add: "INSERT INTO session_items (session_id, number, item) VALUES (?, ?, ?)",
  remove: "DELETE FROM session_items WHERE session_id = ? AND number = ?",
  clear: "DELETE FROM session_items WHERE session_id = ?",
  written: "SELECT written FROM session_runs WHERE session_id = ? AND run_id = ?",
  setWritten: `
    INSERT INTO session_runs (session_id, run_id, written) VALUES (?, ?, ?)
    ON CONFLICT (session_id, run_id) DO UPDATE SET written = excluded.written`,
} as const;

export interface SQLiteSessionOptions extends SqliteOptions {
  /** Names the conversation within the file; a new one when absent. */
  sessionId?: string | undefined;
}

/**
 * A session in an SQLite file, that of a run store or another one; any number of processes may use
 * it at once. The file is opened when it is first needed.
 *
 * Every method may throw HoldpointError `store_unavailable`, `store_corrupt`, for a file of a newer
 * version or of another program `state_incompatible`, and `invalid_input` for an id that a file
 * cannot keep.
 */
export class SQLiteSession implements OwnSession {
  readonly #sessionId: string;
  readonly #file: OpenedLate<SqliteConnection>;
  readonly #closesFile: boolean;

  /** @param shared a file that is not closed with the session */
  constructor(options: SQLiteSessionOptions, shared?: OpenedLate<SqliteConnection>) {
    const { sessionId = randomUUID() } = options;
    this.#sessionId = sessionId;
    this.#file = shared ?? createSessionFile(options);
    this.#closesFile = shared === undefined;
  }

  async getSessionId(): Promise<string> {
    return this.#sessionId;
  }

  async getItems(limit?: number): Promise<AgentInputItem[]> {
    if (limit !== undefined && limit <= 0) return [];
    const { read } = await this.#open();
    return read((prepare) => {
      if (limit === undefined) {
        return prepare(sessionStatements.items).all(this.#sessionId).map(parseItem);
      }
      const newestFirst = prepare(sessionStatements.lastItems).all(this.#sessionId, limit);
      return newestFirst.toReversed().map(parseItem);
    });
  }

  async addItems(items: AgentInputItem[]): Promise<void> {
    const { write } = await this.#open();
    await write((prepare) => addItems(prepare, this.#sessionId, items));
  }

  async addRunItems(runId: string, from: number, items: AgentInputItem[]): Promise<void> {
    const { write } = await this.#open();
    const place = [this.#sessionId, runId] as const;
    await write((prepare) => {
      const row = prepare(sessionStatements.written).get(...place);
      const written = parseFirst(row, (known) => parseNumber(known, "written")) ?? 0;
      const to = from + items.length;
      if (to <= written) return;
      addItems(prepare, this.#sessionId, items.slice(Math.max(0, written - from)));
      prepare(sessionStatements.setWritten).run(...place, to);
    });
  }

  async popItem(): Promise<AgentInputItem | undefined> {
    const { write } = await this.#open();
    return write((prepare) => {
      const last = prepare(sessionStatements.last).get(this.#sessionId);
      if (last === undefined) return undefined;
      prepare(sessionStatements.remove).run(this.#sessionId, parseNumber(last, "number"));
      return parseItem(last);
    });
  }

  async clearSession(): Promise<void> {
    const { write } = await this.#open();
    await write((prepare) => void prepare(sessionStatements.clear).run(this.#sessionId));
  }

  async #open(): Promise<SqliteConnection> {
    checkKeyText("session id", this.#sessionId);
    return this.#file.open();
  }

  /** Idempotent; afterwards everything else throws `store_unavailable`. */
  async close(): Promise<void> {
    if (this.#closesFile) await this.#file.close();
  }
}

markOwn(SQLiteSession);

/** Opens the file when a session is first used. */
export function createSqliteSessions(options: SqliteOptions): Sessions {
  const file = createSessionFile(options);
  return {
    session: (sessionId) => new SQLiteSession({ ...options, sessionId }, file),
    close: () => file.close(),
  };
}

function createSessionFile(options: SqliteOptions): OpenedLate<SqliteConnection> {
  const closed = `Cannot use the store "${options.path}": it is closed. Open it again`;
  return openLate(async () => {
    const { openSqliteConnection } = await import("../sqlite/connection.ts");
    return openSqliteConnection(options);
  }, closed);
}

function addItems(prepare: Prepare, sessionId: string, items: readonly AgentInputItem[]): void {
  const last = prepare(sessionStatements.lastNumber).get(sessionId);
  let number = parseFirst(last, (row) => parseNumber(row, "number")) ?? -1;
  for (const item of items) {
    number += 1;
    prepare(sessionStatements.add).run(sessionId, number, JSON.stringify(item));
  }
}

function parseItem(row: Row): AgentInputItem {
  return JSON.parse(parseText(row, "item")) as AgentInputItem;
}
