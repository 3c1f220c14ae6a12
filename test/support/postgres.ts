import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { Client } from "pg";

import type { Clock } from "../../src/lib/clock.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { createSteadyClock } from "../../src/lib/clock.ts";
import { createServerIn, findPrograms } from "./postgres-server.ts";

/** Where the server of this test run is, made by the first test that needs one. */
const directory = process.env["HOLDPOINT_TEST_POSTGRES"] ?? "";

/**
 * Whether tests that need PostgreSQL can run: `PGURL` names one, or its programs are here. With
 * `CI=true` they must.
 */
export function hasPostgres(): boolean {
  if (process.env["PGURL"] !== undefined || findPrograms() !== undefined) return true;
  if (process.env["CI"] === "true") {
    throw new Error("There is no PostgreSQL here: install Debian's postgresql, or set PGURL");
  }
  sayMissing();
  return false;
}

function sayMissing(): void {
  const said = join(directory, "missing");
  if (existsSync(said)) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(said, "");
  process.stderr.write("Tests of PostgreSQL are skipped: there is none here (README: Tests)\n");
}

/** The URL of a database of this test run. */
export async function postgresUrl(): Promise<string> {
  const { PGURL } = process.env;
  if (PGURL !== undefined) return PGURL;
  const ready = join(directory, "url");
  if (!existsSync(ready) && isFirst()) {
    const server = await createServerIn(join(directory, "server"));
    await server.start();
    writeFileSync(`${ready}.new`, server.url);
    renameSync(`${ready}.new`, ready);
  }
  while (!existsSync(ready)) await delay(50);
  return readFileSync(ready, "utf8");
}

/** Of several processes that run tests one makes the server. */
function isFirst(): boolean {
  mkdirSync(directory, { recursive: true });
  try {
    mkdirSync(join(directory, "starting"));
    return true;
  } catch {
    return false;
  }
}

/** The URL of an empty schema of the caller's own. */
export async function makeSchemaUrl(): Promise<string> {
  const url = new URL(await postgresUrl());
  url.searchParams.set("schema", `t_${randomUUID().replaceAll("-", "")}`);
  return url.href;
}

/** The URL of a store, which shows its location only. */
export async function urlOf({ location }: Pick<RunStore, "location">): Promise<string> {
  const url = new URL(location);
  url.password = new URL(await postgresUrl()).password;
  return url.href;
}

/** Asks the schema of a URL as a person with `psql` does. */
export async function psql(url: string, text: string): Promise<Record<string, unknown>[]> {
  const place = new URL(url);
  const schema = place.searchParams.get("schema") ?? "holdpoint";
  place.searchParams.delete("schema");
  const client = new Client({
    connectionString: place.href,
    options: `-c search_path=${schema},public`,
  });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Opens a store in the schema of a URL; with a clock, the server's shows what that one shows. */
export async function openPostgresStore(
  url: string,
  { clock, auditKey }: { clock?: Clock | undefined; auditKey?: string | undefined } = {},
): Promise<RunStore> {
  const store = await openPostgresRunStore({ url, auditKey });
  return clock === undefined ? store : withClock(store, url, createSteadyClock(clock));
}

const CLOCK = `
  CREATE TABLE IF NOT EXISTS still_clock (ms bigint NOT NULL);
  CREATE OR REPLACE FUNCTION store_ms() RETURNS bigint LANGUAGE sql STABLE
    AS 'SELECT max(ms) FROM still_clock';`;

/** The server's own clock cannot be set: its function is replaced, and told the time before each call. */
async function withClock(store: RunStore, url: string, clock: Clock): Promise<RunStore> {
  await psql(url, `${CLOCK} INSERT INTO still_clock VALUES (${clock.now()})`);
  const place = new URL(url);
  const schema = place.searchParams.get("schema") ?? "";
  place.searchParams.delete("schema");
  const client = new Client({ connectionString: place.href });
  await client.connect();
  let told = clock.now();
  let telling: Promise<unknown> = Promise.resolve();
  // Calls that come at once all wait until the server knows the time.
  const tell = async (): Promise<void> => {
    const now = clock.now();
    if (now !== told) {
      told = now;
      telling = client.query(`UPDATE ${schema}.still_clock SET ms = greatest(ms, ${now})`);
    }
    await telling;
  };
  return new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || key === "watch" || key === "aheadMs") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        if (key === "close") await client.end().catch(() => undefined);
        else await tell();
        return Reflect.apply(value, target, args);
      };
    },
  });
}
