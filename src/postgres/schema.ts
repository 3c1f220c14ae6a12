import type { Client } from "pg";

import { HoldpointError } from "../lib/errors.ts";
import type { PostgresConnection } from "./connection.ts";
import { toStoreError } from "./errors.ts";
import { createFunctions } from "./functions.ts";
import { pastAndGrants, sealedGrants } from "./past-and-grants.ts";
import { removal } from "./removal.ts";
import { seals } from "./seals.ts";
import { createTables } from "./tables.ts";
import { turns } from "./turns.ts";

/** What makes each version of the one before. Never changed, only added to. */
const migrations: readonly string[] = [
  `${createTables}${createFunctions}`,
  pastAndGrants,
  sealedGrants,
  turns,
  removal,
  seals,
];

export const newestVersion = migrations.length;

/** What a schema is, before it is used. */
interface Found {
  /** 0 where there is nothing yet. */
  version: number;
  isOurs: boolean;
  losesCommits: boolean;
}

/**
 * Makes sure that the tables are those of this version; in an empty schema they are made.
 *
 * @throws HoldpointError `state_incompatible` for another version, or what is not ours;
 * `store_unavailable` where a server may lose what it says that it has kept. Nothing is written.
 */
export async function prepareSchema(connection: PostgresConnection): Promise<void> {
  const found = await find(connection);
  assertUsable(connection, found);
  if (found.version === newestVersion) return;
  if (found.version > 0) {
    throw incompatible(
      connection,
      `its tables are of version ${found.version}, and this program needs version ${newestVersion}. Run holdpoint store migrate with its URL`,
    );
  }
  await migrateSchema(connection);
}

/** @returns the versions before and after; those of one that needs nothing are equal */
export async function migrateSchema(
  connection: PostgresConnection,
): Promise<{ from: number; to: number }> {
  assertUsable(connection, await find(connection));
  let client: Client | undefined;
  try {
    client = await connection.connect();
    return await migrate(client, connection);
  } catch (error) {
    throw toStoreError(error, connection.location);
  } finally {
    await client?.end();
  }
}

/** What the tables are. Reads only. @throws HoldpointError `store_unavailable` */
export async function readSchema(
  connection: PostgresConnection,
): Promise<Pick<Found, "version" | "isOurs">> {
  return find(connection);
}

async function migrate(
  client: Client,
  connection: PostgresConnection,
): Promise<{ from: number; to: number }> {
  const { schema } = connection;
  await client.query("BEGIN");
  // Those who come meanwhile wait, and find it done.
  await client.query("SELECT pg_advisory_xact_lock(hashtextextended('holdpoint migrate', 0))");
  const found = await find({
    ...connection,
    ask: async (text, { values = [] } = {}) => (await client.query(text, [...values])).rows,
  });
  assertUsable(connection, found);
  const { version: from } = found;
  if (from === 0) {
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query("CREATE TABLE holdpoint_version (version integer NOT NULL)");
    await client.query("INSERT INTO holdpoint_version VALUES (0)");
  }
  for (const migration of migrations.slice(from)) await client.query(migration);
  await client.query({
    text: "UPDATE holdpoint_version SET version = $1",
    values: [newestVersion],
  });
  await client.query("COMMIT");
  return { from, to: newestVersion };
}

async function find({ ask, schema }: Pick<PostgresConnection, "ask" | "schema">): Promise<Found> {
  const [row] = await ask(
    `SELECT to_regclass($1 || '.holdpoint_version') IS NOT NULL AS is_ours,
      EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = $1) AS is_used,
      current_setting('fsync') = 'off' AS loses_commits`,
    { values: [schema] },
  );
  const { is_ours: isOurs, is_used: isUsed, loses_commits: losesCommits } = row ?? {};
  const flags = { isOurs: Boolean(isOurs) || !isUsed, losesCommits: Boolean(losesCommits) };
  if (!isOurs) return { version: 0, ...flags };
  const [known] = await ask("SELECT version FROM holdpoint_version");
  return { version: Number(known?.["version"] ?? 0), ...flags };
}

function assertUsable(
  connection: PostgresConnection,
  { isOurs, losesCommits, version }: Found,
): void {
  const { schema, location } = connection;
  if (!isOurs) {
    throw incompatible(
      connection,
      `its schema "${schema}" has tables of another program. They were left as they are: name another schema with ?schema=NAME in the URL`,
    );
  }
  if (version > newestVersion) {
    throw incompatible(
      connection,
      `its tables are of version ${version}, of a newer holdpoint; this one knows up to ${newestVersion}. Start the new version`,
    );
  }
  if (!losesCommits) return;
  throw new HoldpointError(
    "store_unavailable",
    `Cannot use the store "${location}": its server runs with fsync = off, and may lose what it said it has kept. Set fsync = on`,
  );
}

function incompatible({ location }: PostgresConnection, reason: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot use the store "${location}": ${reason}`);
}
