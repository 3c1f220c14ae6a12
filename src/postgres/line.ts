import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import type { Client } from "pg";

import { keepAwake, type PostgresConnection } from "./connection.ts";
import { closedError, toStoreError } from "./errors.ts";
import { before } from "./gate.ts";
import { createServerClock, type ServerClock } from "./server-clock.ts";
import { NOBODY } from "./turns.ts";

const PATIENCE_MS = 5_000;
const HEARTBEAT_MS = 5_000;
const FAREWELL_MS = 2_000;

/** What is told of a run that was written: see `Told` of the store port. */
export interface TurnOf {
  turn: "here" | "elsewhere" | "nobody";
  dueInMs?: number;
}

/**
 * The connection that a store keeps: it has the lock that says that this instance lives, and hears
 * what others write. The server lets go of the lock when the process ends, however it ends, and
 * keeps it while the process is stopped. A line that is lost is made again.
 */
export interface Line {
  /** Names whoever holds this. */
  readonly instance: string;
  /** How far the server's clock is ahead of this process's; 0 where they are nearly the same. */
  aheadMs(): number;
  /** Resolves when it stands. @throws HoldpointError `store_unavailable` after five seconds */
  hold(): Promise<void>;
  /** Lets go. Idempotent. */
  close(): Promise<void>;
}

export interface LineOptions {
  tenant: string;
  /** Told of what others write, with the run and what else is said of it where that is known. */
  told(runId: string | undefined, of?: TurnOf): void;
  /** The line stands again; what was said meanwhile was not heard. */
  restored(): Promise<void>;
}

export function createLine(connection: PostgresConnection, options: LineOptions): Line {
  const instance = randomUUID();
  let client: Client | undefined;
  const clock = createServerClock();
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
    const made = await openLine(connection, { ...options, instance, clock, lost });
    if (isClosed) return made.end().catch(() => undefined);
    client = made;
  };

  const isWanted = (): boolean => client === undefined && !isClosed;
  const openAgain = async (): Promise<void> => {
    for (let tries = 0; isWanted(); tries += 1) {
      try {
        await openOnce();
      } catch (error) {
        last = error;
        await pause(connection, error, tries);
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
    aheadMs: clock.aheadMs,
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
async function pause({ gate }: PostgresConnection, error: unknown, tries: number): Promise<void> {
  gate.shut(error);
  await delay(Math.min(20 * 2 ** tries, 1_000), undefined, { ref: false });
}

async function end(open: Client, instance: string): Promise<void> {
  keepAwake(open, true);
  const farewell = sayFarewell(open, instance).catch(() => undefined);
  await before(performance.now() + FAREWELL_MS, farewell);
  await open.end().catch(() => undefined);
}

interface OpenLineOptions extends LineOptions {
  instance: string;
  clock: ServerClock;
  lost(of: Client): void;
}

/** A connection with the lock of this instance, that hears what others write. */
async function openLine(
  connection: PostgresConnection,
  { instance, tenant, clock, told, lost }: OpenLineOptions,
): Promise<Client> {
  await connection.gate.pass(Infinity);
  const made = await connection.connect();
  try {
    made.once("end", () => lost(made));
    made.on("notification", ({ payload = "" }) => {
      const [by, runId, turn, dueInMs] = payload.split(" ", 4);
      const isKnown = turn !== undefined && runId !== "";
      const of = isKnown ? toTold({ turn, dueInMs }, instance) : undefined;
      // What this one writes it knows; but whose turn it is then, it does not.
      if (by !== instance || of?.turn === "here") told(runId === "" ? undefined : runId, of);
    });
    await made.query("SELECT pg_advisory_lock(lock_of($1))", [instance]);
    const { rows } = await made.query("SELECT channel_of($1) AS channel", [tenant]);
    await made.query(`LISTEN ${made.escapeIdentifier(String(rows[0]?.channel))}`);
    await clock.ask(made);
    keepAlive(made, clock);
  } catch (error) {
    await made.end().catch(() => undefined);
    throw error;
  }
  return made;
}

/** As `tell` of the schema has written it. */
function toTold(of: { turn: string; dueInMs: string | undefined }, instance: string): TurnOf {
  const dueInMs = Number.parseInt(of.dueInMs ?? "", 10);
  return {
    turn: of.turn === NOBODY ? "nobody" : of.turn === instance ? "here" : "elsewhere",
    ...(Number.isNaN(dueInMs) ? {} : { dueInMs }),
  };
}

/** Its leases are free at once, which those of one that only falls silent are not. */
async function sayFarewell(client: Client, instance: string): Promise<void> {
  await client.query("UPDATE leases SET missed_at = 0 WHERE instance = $1", [instance]);
  await client.query("DELETE FROM workers WHERE instance = $1", [instance]);
  await client.query("SELECT pg_advisory_unlock_all()");
}

/** What is lost without a word is noticed by asking; what is asked is what time it is there. */
function keepAlive(client: Client, clock: ServerClock): void {
  keepAwake(client, false);
  const timer = setInterval(() => void clock.ask(client).catch(() => client.end()), HEARTBEAT_MS);
  client.once("end", () => clearInterval(timer));
  timer.unref();
}
