// Lists over many runs: one run that waits is made, and its rows are copied by the database itself.
import { DatabaseSync } from "node:sqlite";

import { Client } from "pg";

import type { RunService } from "../build/runs/run-service.js";
import { quantile, type Figures } from "../harness.ts";
import { openDesk, openWaiting, toPlace, type Where } from "./stores.ts";

const PAGE = 100;
const DEEP = 10;
const ROUNDS = 20;

interface Size {
  runs: number;
  /** How many of them wait for a person; the others are over. */
  pending: number;
}

/** Milliseconds of a page of 100, and of the tenth after it. */
export async function lists({ runs, pending, ...where }: Where & Size): Promise<Figures> {
  const place = toPlace(where);
  await openWaiting(place);
  const begin = performance.now();
  if (where.url === undefined) fillSqlite(place, { runs, pending });
  else await fillPostgres(place, { runs, pending });
  const fillSeconds = (performance.now() - begin) / 1_000;
  const desk = await openDesk(place);
  const [waiting, all, byStatus, byAgent] = [
    pendingPages(desk),
    runPages(desk, {}),
    runPages(desk, { status: "completed" }),
    runPages(desk, { agent: "Bench 7" }),
  ];
  const figures = {
    pendingMs: await medianOf(async () => waiting()),
    pendingDeepMs: await medianOf(async () => waiting(await cursorOf(waiting))),
    runsMs: await medianOf(async () => all()),
    runsDeepMs: await medianOf(async () => all(await cursorOf(all))),
    byStatusMs: await medianOf(async () => byStatus()),
    byAgentMs: await medianOf(async () => byAgent()),
    fillSeconds,
  };
  const { count, more } = await desk.pending({ limit: 1 });
  if (pending > 1_000 ? !more : count !== pending)
    throw new Error(`${count} approvals are pending`);
  await desk.close();
  if (where.url !== undefined) await dropSchema(place);
  return figures;
}

type Pages = (cursor?: string) => Promise<{ length: number; next?: string | undefined }>;

function pendingPages(desk: RunService): Pages {
  return async (cursor) => {
    const { approvals, nextCursor } = await desk.pending({ limit: PAGE, cursor });
    return { length: approvals.length, next: nextCursor };
  };
}

function runPages(desk: RunService, filter: { status?: "completed"; agent?: string }): Pages {
  return async (cursor) => {
    const { runs, nextCursor } = await desk.list({ ...filter, limit: PAGE, cursor });
    return { length: runs.length, next: nextCursor };
  };
}

const cursors = new Map<Pages, string | undefined>();

/** Where the tenth page ends. */
async function cursorOf(pages: Pages): Promise<string | undefined> {
  if (cursors.has(pages)) return cursors.get(pages);
  let cursor: string | undefined;
  for (let page = 0; page < DEEP; page += 1) cursor = (await pages(cursor)).next ?? cursor;
  cursors.set(pages, cursor);
  return cursor;
}

async function medianOf(look: () => ReturnType<Pages>): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS + 3; round += 1) {
    const begin = performance.now();
    const { length } = await look();
    costs.push(performance.now() - begin);
    if (length !== PAGE) throw new Error(`${length} on a page`);
  }
  return quantile(costs.slice(3), 0.5);
}

/** What is different in each copy; `i` counts them, from 1. The first ones wait. */
function columnsOf(
  { pending }: Size,
  { at, text, isTrue, isFalse }: { at: string; text: string; isTrue: string; isFalse: string },
): Record<string, string> {
  const over = `i > ${pending - 1}`;
  return {
    run_id: `'run_copy' || ${text}`,
    approval_id: `'apr_copy' || ${text}`,
    created_at: at,
    updated_at: at,
    agent: "'Bench ' || (i % 20)",
    status: `CASE WHEN ${over} THEN 'completed' ELSE 'awaiting_approval' END`,
    runnable: isFalse,
    is_over: `CASE WHEN ${over} THEN ${isTrue} ELSE ${isFalse} END`,
    card: `replace(replace(card, approval_id, 'apr_copy' || ${text}), run_id, 'run_copy' || ${text})`,
  };
}

function copying(
  table: string,
  { names, columns, from }: { names: string[]; columns: Record<string, string>; from: string },
): string {
  const values = names.map((name) => columns[name] ?? name).join(", ");
  return `INSERT INTO ${table} (${names.join(", ")}) SELECT ${values} FROM (SELECT * FROM ${table} LIMIT 1) AS model, ${from}`;
}

function fillSqlite(path: string, size: Size): void {
  const database = new DatabaseSync(path);
  const columns = columnsOf(size, {
    at: "strftime('%Y-%m-%dT%H:%M:%fZ', created_at, '-' || i || ' seconds')",
    text: "i",
    isTrue: "1",
    isFalse: "0",
  });
  const namesOf = (table: string): string[] =>
    database
      .prepare("SELECT name FROM pragma_table_info(?)")
      .all(table)
      .map(({ name }) => String(name));
  const copy = (table: string, count: number): void => {
    const from = `(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) SELECT i FROM n) AS n`;
    database.exec(copying(table, { names: namesOf(table), columns, from }));
  };
  database.exec("BEGIN");
  copy("runs", size.runs - 1);
  copy("approvals", size.pending - 1);
  database.exec("COMMIT");
  database.close();
}

async function fillPostgres(url: string, size: Size): Promise<void> {
  const client = await connectTo(url);
  const columns = columnsOf(size, {
    at: `to_char((created_at::timestamptz - i * interval '1 second') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    text: "i::text",
    isTrue: "true",
    isFalse: "false",
  });
  const copy = async (table: string, count: number): Promise<void> => {
    const { rows } = await client.query<{ name: string }>({
      text: "SELECT column_name AS name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
      values: [table],
    });
    const names = rows.map(({ name }) => name);
    const from = `generate_series(1, ${count}) AS n (i)`;
    await client.query(copying(table, { names, columns, from }));
    // As the server does by itself after a minute.
    await client.query(`ANALYZE ${table}`);
  };
  await copy("runs", size.runs - 1);
  await copy("approvals", size.pending - 1);
  await client.end();
}

async function dropSchema(url: string): Promise<void> {
  const client = await connectTo(url);
  await client.query(`DROP SCHEMA ${new URL(url).searchParams.get("schema") ?? ""} CASCADE`);
  await client.end();
}

async function connectTo(url: string): Promise<Client> {
  const place = new URL(url);
  const schema = place.searchParams.get("schema") ?? "";
  place.searchParams.delete("schema");
  const options = `-c search_path=${schema}`;
  const client = new Client({ connectionString: place.href, options });
  await client.connect();
  return client;
}
