import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { Client } from "pg";

import { keepAwake, type PostgresConnection } from "./connection.ts";
import { closedError, toStoreError } from "./errors.ts";
import { before } from "./gate.ts";

const PATIENCE_MS = 5_000;
const HEARTBEAT_MS = 5_000;
const FAREWELL_MS = 2_000;

/**
 * The connection that a store keeps: it has the lock that says that this instance lives, and hears
 * what others write. The server lets go of the lock when the process ends, however it ends, and
 * keeps it while the process is stopped. A line that is lost is made again.
 */
export interface Line {
  /** Names whoever holds this. */
  readonly instance: string;
  /** Resolves when it stands. @throws HoldpointError `store_unavailable` after five seconds */
  hold(): Promise<void>;
  /** Lets go. Idempotent. */
  close(): Promise<void>;
}

export interface LineOptions {
  tenant: string;
  /** Told of what others write, with the run where it is known. */
  told(runId: string | undefined): void;
  /** The line stands again; what was said meanwhile was not heard. */
  restored(): Promise<void>;
}

export function createLine(connection: PostgresConnection, options: LineOptions): Line {
  const instance = randomUUID();
  let client: Client | undefined;
  let opening: Promise<void> | undefined;
  let last: unknown;
  let hasStood = false;
  let isClosed = false;

  const lost = (of: Client): void => {
    if (client !== of) return;
    client = undefined;
    if (!isClosed) stand().catch(() => undefined);
  };

  const openOnce = async (): Promise<void> => {
    const made = await openLine(connection, { ...options, instance, lost });
    if (isClosed) return made.end().catch(() => undefined);
    client = made;
    keepAlive(made, () => client === made);
  };

  const isWanted = (): boolean => client === undefined && !isClosed;
  const openAgain = async (): Promise<void> => {
    for (let tries = 0; isWanted(); tries += 1) {
      try {
        await openOnce();
      } catch (error) {
        last = error;
        connection.gate.shut(error);
        await pause(tries);
        continue;
      }
      // It may be lost again while this is asked.
      if (!isClosed && hasStood) await options.restored().catch(() => undefined);
      hasStood = true;
    }
  };

  const stand = (): Promise<void> =>
    (opening ??= openAgain().finally(() => {
      opening = undefined;
    }));

  return {
    instance,
    async hold() {
      if (isClosed) throw closedError(connection.location);
      if (client !== undefined) return;
      await before(performance.now() + PATIENCE_MS, stand());
      if (client === undefined) throw toStoreError(last, connection.location);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      const open = client;
      client = undefined;
      if (open !== undefined) await end(open, instance);
    },
  };
}

/** Longer each time. Who has nothing else to do does not wait for a database. */
async function pause(tries: number): Promise<void> {
  await delay(Math.min(20 * 2 ** tries, 1_000), undefined, { ref: false });
}

async function end(open: Client, instance: string): Promise<void> {
  keepAwake(open, true);
  const farewell = sayFarewell(open, instance).catch(() => undefined);
  await before(performance.now() + FAREWELL_MS, farewell);
  await open.end().catch(() => undefined);
}

/** A connection with the lock of this instance, that hears what others write. */
async function openLine(
  connection: PostgresConnection,
  { instance, tenant, told, lost }: LineOptions & { instance: string; lost(of: Client): void },
): Promise<Client> {
  await connection.gate.pass(Infinity);
  const made = await connection.connect();
  try {
    made.once("end", () => lost(made));
    made.on("notification", ({ payload = "" }) => {
      const [by, runId] = payload.split(" ", 2);
      if (by !== instance) told(runId === "" ? undefined : runId);
    });
    await made.query("SELECT pg_advisory_lock(lock_of($1))", [instance]);
    const { rows } = await made.query("SELECT channel_of($1) AS channel", [tenant]);
    await made.query(`LISTEN ${made.escapeIdentifier(String(rows[0]?.channel))}`);
  } catch (error) {
    await made.end().catch(() => undefined);
    throw error;
  }
  return made;
}

/** Its leases are free at once, which those of one that only falls silent are not. */
async function sayFarewell(client: Client, instance: string): Promise<void> {
  await client.query("UPDATE leases SET missed_at = 0 WHERE instance = $1", [instance]);
  await client.query("SELECT pg_advisory_unlock_all()");
}

/** What is lost without a word is noticed by asking. */
function keepAlive(client: Client, isInUse: () => boolean): void {
  keepAwake(client, false);
  const timer = setInterval(() => {
    if (!isInUse()) {
      clearInterval(timer);
      return;
    }
    const text = "SELECT 1";
    const asked = client.query({ text, query_timeout: HEARTBEAT_MS } as { text: string });
    asked.catch(() => client.end());
  }, HEARTBEAT_MS);
  timer.unref();
}
