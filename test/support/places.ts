import { join } from "node:path";

import { hasPostgres, makeSchemaUrl } from "./postgres.ts";
import { useTempDirectory } from "./temp-directory.ts";

export type PlaceKind = "SQLite" | "PostgreSQL";

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
