import { chmodSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { createServerIn, findPrograms } from "../test/support/postgres-server.ts";
import type { Section } from "./harness.ts";

export const POSTGRES = "PostgreSQL";
export const SQLITE = "SQLite";

/** Where a store of each kind is made; `url` is absent for SQLite, whose file is in `directory`. */
export interface Kind {
  label: string;
  url?: string;
}

/**
 * Measures with SQLite, and beside it with the PostgreSQL of `PGURL`, or one of its own; where
 * there is none, its rows are left out with one line.
 */
export async function besidePostgres(
  name: string,
  measure: (kinds: readonly Kind[]) => Promise<Section>,
): Promise<Section> {
  const sqlite: Kind = { label: SQLITE };
  const { PGURL } = process.env;
  if (PGURL !== undefined) return measure([sqlite, { label: POSTGRES, url: PGURL }]);
  if (findPrograms() === undefined) {
    process.stderr.write(`${name}: PostgreSQL is left out: there is none here, and no PGURL\n`);
    return measure([sqlite]);
  }
  const directory = await mkdtemp(join(tmpdir(), "holdpoint-bench-postgres-"));
  // The server runs as somebody else where this runs as root.
  chmodSync(directory, 0o755);
  const server = await createServerIn(join(directory, "server"));
  try {
    await server.start();
    return await measure([sqlite, { label: POSTGRES, url: server.url }]);
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
