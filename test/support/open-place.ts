import { parseStoreName } from "../../src/lib/store-name.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { openSqliteRunStore, type SqliteStoreOptions } from "../../src/stores/sqlite.ts";

/** The store that `--store` would open: a file, or a URL. */
export async function openPlace(
  place: string,
  options: Omit<SqliteStoreOptions, "path"> = {},
): Promise<RunStore> {
  const named = parseStoreName(place);
  return named.kind === "postgres"
    ? openPostgresRunStore(named)
    : openSqliteRunStore({ path: place, ...options });
}
