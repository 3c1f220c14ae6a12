import type { RunStore } from "../runs/run-store.ts";
import type { PostgresRunStoreOptions } from "./postgres.ts";
import type { SqliteStoreOptions } from "./sqlite.ts";

// What a kind of store needs is loaded when one of it is opened.

/**
 * A store in a PostgreSQL database (15 or newer), which any number of machines may share. Needs the
 * package `pg`. In an empty schema the tables are made.
 *
 * @throws HoldpointError `store_unavailable`, `invalid_input`; `state_incompatible` for tables of
 * another version or of another program, which are left as they are.
 */
export async function createPostgresRunStore(options: PostgresRunStoreOptions): Promise<RunStore> {
  const { openPostgresRunStore } = await import("./postgres.ts");
  return openPostgresRunStore(options);
}

/**
 * A store in one file, which any number of processes of this machine may have open at once.
 *
 * @throws HoldpointError `store_unavailable`, `store_corrupt`; `state_incompatible` for a file of
 * a newer version or of another program, which is left as it is.
 */
export async function createSqliteRunStore(options: SqliteStoreOptions): Promise<RunStore> {
  const { openSqliteRunStore } = await import("./sqlite.ts");
  return openSqliteRunStore(options);
}
