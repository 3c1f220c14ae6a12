import type { RunStore } from "../../src/runs/run-store.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { openSqliteRunStore, type SqliteStoreOptions } from "../../src/stores/sqlite.ts";

/** The store that `--store` would open: a file, or a URL. */
export async function openPlace(
  place: string,
  options: Omit<SqliteStoreOptions, "path"> = {},
): Promise<RunStore> {
  return place.startsWith("postgres:")
    ? openPostgresRunStore({ url: place })
    : openSqliteRunStore({ path: place, ...options });
}
