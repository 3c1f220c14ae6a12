import type { PostgresConnection } from "./connection.ts";
import { newestVersion, readSchema } from "./schema.ts";

/** What a database promises of what it says that it has kept. */
export interface StoreCheck {
  /** One line each, for people. */
  facts: readonly string[];
  /** What can lose what was kept, one sentence each; empty where nothing can. */
  warnings: readonly string[];
}

const settings = `
  SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
    current_setting('full_page_writes') AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('synchronous_standby_names') AS standby_names,
    current_setting('max_connections')::integer AS max_connections,
    pg_is_in_recovery()::integer AS is_standby`;
const standbys = `
  SELECT coalesce(nullif(application_name, ''), client_addr::text, 'unnamed') AS name, sync_state
  FROM pg_stat_replication ORDER BY 1`;

/** Reads only. @throws HoldpointError `store_unavailable` */
export async function checkStore(connection: PostgresConnection): Promise<StoreCheck> {
  const [row = {}] = await connection.ask(settings);
  const replicas = await connection.ask(standbys);
  const tables = await readSchema(connection);
  const read = (name: string): string => String(row[name]);
  const lagging = replicas.filter(({ sync_state: state }) => state === "async");
  const names = replicas.map(({ name, sync_state: state }) => `${String(name)} (${String(state)})`);
  return {
    facts: [
      `PostgreSQL ${read("version")}, ${connection.location}`,
      tablesText(tables),
      `fsync ${read("fsync")}, full_page_writes ${read("full_page_writes")}, synchronous_commit ${read("synchronous_commit")}`,
      `standbys: ${names.length === 0 ? "none" : names.join(", ")}`,
      `connections: ${read("max_connections")} in all; each process of holdpoint has ten at most`,
    ],
    warnings: [
      ...(!tables.isOurs
        ? ["This schema is of another program: name another with ?schema=NAME in the URL."]
        : []),
      ...(tables.version > newestVersion
        ? ["The tables are of a newer holdpoint: this one cannot use them. Start the new version."]
        : []),
      ...(tables.version > 0 && tables.version < newestVersion
        ? ["The tables are of an older holdpoint. Run holdpoint store migrate with this URL."]
        : []),
      ...(Number(read("version").split(".")[0]) < 15
        ? ["This server is older than PostgreSQL 15, which nobody has tried."]
        : []),
      ...(row["is_standby"] === 1 ? ["This is a standby: nothing can be written here."] : []),
      ...(read("fsync") === "off"
        ? ["fsync is off: a crash of the machine can lose or damage everything. Set it on."]
        : []),
      ...(read("full_page_writes") === "off"
        ? ["full_page_writes is off: a crash of the machine can damage pages. Set it on."]
        : []),
      ...(read("synchronous_commit") === "off"
        ? [
            "synchronous_commit is off: holdpoint turns it on for what must not be lost, and nothing else here does.",
          ]
        : []),
      ...lagging.map(
        ({ name }) =>
          `Standby ${String(name)} is asynchronous: a failover to it takes back what was kept last, tool calls that ran among it. Name it in synchronous_standby_names.`,
      ),
    ],
  };
}

function tablesText({ version, isOurs }: { version: number; isOurs: boolean }): string {
  if (!isOurs) return "tables of another program, and none of holdpoint";
  if (version === 0) return "no tables yet: the first use makes them";
  return `tables of version ${version}; this program has ${newestVersion}`;
}
