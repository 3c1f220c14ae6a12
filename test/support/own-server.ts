import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

import { createServerIn, type PostgresServer } from "./postgres-server.ts";

/** A PostgreSQL of the test's own, which it may stop, kill or set; it is gone after the test. */
export async function startOwnServer(): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), "holdpoint-postgres-"));
  // Whoever the server runs as reaches what is theirs in it.
  chmodSync(directory, 0o755);
  const server = await createServerIn(join(directory, "server"));
  onTestFinished(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  await server.start();
  return server;
}
