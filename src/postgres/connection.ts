import { setTimeout as delay } from "node:timers/promises";

import type { Client, ClientConfig, Pool, PoolClient } from "pg";

import { sha256 } from "../lib/digest.ts";
import type { Row } from "../lib/rows.ts";
import { createSlots, type Slots } from "../lib/slots.ts";
import { loadDriver, type Driver } from "./driver.ts";
import { closedError, isLost, isUndone, toStoreError } from "./errors.ts";
import { createGate, type Turnstile } from "./gate.ts";
import type { PostgresPlace } from "./url.ts";

/** With the one that listens a process has ten at most, also where it opens a second store. */
const MOST_CONNECTIONS = 8;
const IDLE_MS = 30_000;
const CONNECT_MS = 5_000;
/** How long a statement may take: what takes longer does not come back. */
const STATEMENT_MS = 15_000;
/** How long a database that is down is waited for. */
const PATIENCE_MS = 5_000;
/** How long a statement waits at most that was undone for another's sake: not all at one moment. */
const MOST_UNDONE_MS = 20;

/** Seconds after which the server looks whether a silent host is there; gone is who misses three. */
const KEEPALIVES =
  "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/** What a statement can be given. */
export type Value = string | number | boolean | null | readonly (string | number | null)[];

export interface StatementOptions {
  values?: readonly Value[];
  /** How long a database that is down is waited for, in milliseconds; default 5,000. */
  waitMs?: number | undefined;
  /**
   * What to ask when the answer to the first try was lost, so that it may have been done; absent
   * where doing it twice is no harm; `never` where it must not be.
   */
  again?: readonly Value[] | "never" | undefined;
}

/**
 * Connections to one database, opened when they are needed. A statement is prepared once on each.
 * Errors are those of `toStoreError`.
 */
export interface PostgresConnection extends PostgresPlace {
  /** One statement, which is a transaction of its own. */
  ask(text: string, asked?: StatementOptions): Promise<Row[]>;
  /** A connection of its own, which is not counted among the others. Close it. */
  connect(): Promise<Client>;
  readonly gate: Turnstile;
  readonly isClosed: boolean;
  /** Idempotent; afterwards everything else throws `store_unavailable`. */
  close(): Promise<void>;
}

export async function openPostgres(place: PostgresPlace): Promise<PostgresConnection> {
  const driver = await loadDriver();
  const config = configFor(place);
  const pool = new driver.Pool({
    ...config,
    max: MOST_CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    allowExitOnIdle: true,
  });
  // One that is lost while nobody uses it is replaced by the next that is needed.
  pool.on("error", () => undefined);
  // One that is lost while it is used fails what it was used for; it says so itself, besides.
  pool.on("connect", (client) => client.on("error", () => undefined));
  const gate = createGate(async () => {
    const client = await pool.connect();
    try {
      await client.query("SELECT 1");
      client.release();
    } catch (error) {
      client.release(true);
      throw error;
    }
  });
  const state = { isClosed: false };
  // One is left for who tries whether the database answers.
  const slots = createSlots(MOST_CONNECTIONS - 1);
  return {
    ...place,
    gate,
    get isClosed() {
      return state.isClosed;
    },
    ask: (text, asked = {}) => ask({ place, gate, slots, pool, state }, text, asked),
    connect: () => connect(driver, config),
    async close() {
      if (state.isClosed) return;
      state.isClosed = true;
      gate.close();
      await pool.end();
    },
  };
}

function configFor({ connectionString, schema }: PostgresPlace): ClientConfig {
  return {
    connectionString,
    application_name: "holdpoint",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: STATEMENT_MS,
    keepAlive: true,
    // What a server sets for everybody else would change what is found, or how it is told; and it
    // would keep the lock of a host that is gone for two hours.
    options: `${KEEPALIVES} -c search_path=${schema} -c default_transaction_isolation=read\\ committed -c client_min_messages=warning -c jit=off`,
  };
}

async function connect({ Client: New }: Driver, config: ClientConfig): Promise<Client> {
  const client = new New(config);
  // It is told of by the end of the connection, too.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Whether what a connection waits for keeps the process alive; the driver's types do not know of it. */
export function keepAwake(client: Client, isOn: boolean): void {
  const { ref, unref } = client as Client & { ref?: () => void; unref?: () => void };
  (isOn ? ref : unref)?.call(client);
}

interface Means {
  place: PostgresPlace;
  gate: Turnstile;
  slots: Slots;
  pool: Pick<Pool, "connect">;
  state: { isClosed: boolean };
}

/** Waits for a turn: of many that come while the database is down, few find out for themselves. */
async function enter({ gate, slots }: Means, untilMs: number): Promise<() => void> {
  for (;;) {
    await gate.pass(untilMs);
    const leave = await slots.take();
    if (!gate.isShut) return leave;
    leave();
  }
}

async function ask(
  means: Means,
  text: string,
  { values = [], again = values, waitMs = PATIENCE_MS }: StatementOptions,
): Promise<Row[]> {
  const { place, gate, pool, state } = means;
  const untilMs = performance.now() + waitMs;
  let given = values;
  for (;;) {
    if (state.isClosed) throw closedError(place.location);
    let client: PoolClient | undefined;
    let leave: (() => void) | undefined;
    try {
      leave = await enter(means, untilMs);
      client = await pool.connect();
      const { rows } = await client.query<Row>(statementOf(text, given));
      client.release();
      return rows;
    } catch (error) {
      const mayBeDone = client !== undefined;
      client?.release(isLost(error));
      if (isUndone(error) && performance.now() < untilMs) {
        leave?.();
        leave = undefined;
        await delay(Math.random() * MOST_UNDONE_MS);
        continue;
      }
      if (!isLost(error)) throw toStoreError(error, place.location);
      gate.shut(error);
      if (state.isClosed) throw closedError(place.location);
      const isOver = performance.now() >= untilMs;
      if (isOver || (mayBeDone && again === "never")) throw toStoreError(error, place.location);
      if (mayBeDone && again !== "never") given = again;
    } finally {
      leave?.();
    }
  }
}

const names = new Map<string, string>();

/** Prepared under a name of its own, which is the same for the same text. */
function statementOf(text: string, values: readonly Value[]) {
  const name = names.get(text) ?? `hp_${sha256(text).slice(0, 24)}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}
