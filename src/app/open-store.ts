import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import type { Sessions } from "../agents/session.ts";
import { sha256Hex } from "../lib/digest.ts";
import type { Log } from "../lib/log.ts";
import { parseStoreName } from "../lib/store-name.ts";
import { parsePostgresUrl } from "../postgres/url.ts";
import type { RunStore } from "../runs/run-store.ts";
import { createPostgresSessions } from "../sessions/postgres.ts";
import { createSqliteSessions } from "../sessions/sqlite.ts";
import { defaultStorePath } from "../stores/default-path.ts";
import { createPostgresRunStore, createSqliteRunStore } from "../stores/late.ts";
import { seemsFine } from "../stores/look.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Runs and conversations, kept in the same place. */
export interface OpenedStore {
  store: RunStore;
  sessions: Sessions;
}

/**
 * Opens what was chosen; the driver of a kind of store is loaded when one of it is opened.
 *
 * @param choice a path, `memory`, or the URL of a PostgreSQL database; else the default path
 * @throws HoldpointError `store_unavailable`, `store_corrupt`, `state_incompatible`
 */
export async function openStore(
  choice: string | undefined,
  { env, log }: { env: Environment; log: Log },
): Promise<OpenedStore> {
  const named = parseStoreName(choice);
  switch (named.kind) {
    case "memory": {
      const [{ createMemoryRunStore }, { createMemorySessions }] = await Promise.all([
        import("../stores/memory.ts"),
        import("../sessions/memory.ts"),
      ]);
      return { store: createMemoryRunStore(), sessions: createMemorySessions() };
    }
    case "postgres": {
      const store = await createPostgresRunStore(named);
      return { store, sessions: createPostgresSessions(named) };
    }
    case "sqlite": {
      const path = storePath(named.path, env);
      const options = { path, log, stateDirectory: stateDirectory(env) };
      const store = await createSqliteRunStore(options);
      return { store, sessions: createSqliteSessions(options) };
    }
  }
}

/** Whether it can be opened as far as is known without asking a server for it. */
export function seemsOpenable(choice: string | undefined, env: Environment): boolean {
  const named = parseStoreName(choice);
  return named.kind === "sqlite" ? seemsFine(storePath(named.path, env)) : named.kind === "memory";
}

/** Where this user's state is. */
export function stateDirectory(env: Environment): string {
  return dirname(defaultStorePath({ platform: process.platform, env, home: homedir() }));
}

/**
 * The file that what this machine keeps beside a store is named after: that of the store, or one in
 * the state directory; none for a store in memory.
 */
export function storeFile(choice: string | undefined, env: Environment): string | undefined {
  const named = parseStoreName(choice);
  if (named.kind === "memory") return undefined;
  if (named.kind === "sqlite") return storePath(named.path, env);
  const { location } = parsePostgresUrl(named.url);
  return join(stateDirectory(env), `postgres-${sha256Hex(location).slice(0, 16)}`);
}

function storePath(choice: string | undefined, env: Environment): string {
  const home = homedir();
  return resolve(choice ?? defaultStorePath({ platform: process.platform, env, home }));
}
