import { join } from "node:path";

import { hasPostgres, makeSchemaUrl } from "./postgres.ts";
import { useTempDirectory } from "./temp-directory.ts";

/**
 * A kind of store that several processes share. Many tests run on each of them: a new one is named
 * here, opened in `open-place.ts` and `run-services.ts`, and broken in `store-faults.ts`.
 */
export type PlaceKind = "SQLite" | "PostgreSQL";

/** The same by the names that `useSite` takes. */
export const siteKinds = { SQLite: "sqlite", PostgreSQL: "postgres" } as const satisfies Record<
  PlaceKind,
  string
>;

/** Where stores can be that several processes share. */
export const placeKinds: readonly PlaceKind[] = [
  "SQLite",
  ...(hasPostgres() ? ["PostgreSQL" as const] : []),
];

/** Makes what `--store` takes: a file, or a URL; to be called where tests are declared. */
export function usePlaces(kind: PlaceKind): () => Promise<string> {
  const tempDirectory = useTempDirectory();
  return async () =>
    kind === "PostgreSQL" ? makeSchemaUrl() : join(await tempDirectory(), "runs.db");
}

/** A store as it stands in a command that a person is told: without a password. */
export function shownStore(place: string): string {
  if (!place.startsWith("postgres:")) return place;
  const url = new URL(place);
  url.password = "";
  return `'${url.href}'`;
}
