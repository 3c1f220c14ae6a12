import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

import type { Sessions } from "../agents/session.ts";
import { sha256Hex } from "../lib/digest.ts";
import type { Log } from "../lib/log.ts";
import { isPostgresUrl } from "../lib/store-url.ts";
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
  if (choice === "memory") {
    const [{ createMemoryRunStore }, { createMemorySessions }] = await Promise.all([
      import("../stores/memory.ts"),
      import("../sessions/memory.ts"),
    ]);
    return { store: createMemoryRunStore(), sessions: createMemorySessions() };
  }
  if (choice !== undefined && isPostgresUrl(choice)) {
    const options = { url: choice };
    return {
      store: await createPostgresRunStore(options),
      sessions: createPostgresSessions(options),
    };
  }
  const path = storePath(choice, env);
  const options = { path, log, stateDirectory: stateDirectory(env) };
  return { store: await createSqliteRunStore(options), sessions: createSqliteSessions(options) };
}

/** Whether it can be opened as far as is known without asking a server for it. */
export function seemsOpenable(choice: string | undefined, env: Environment): boolean {
  if (choice === "memory") return true;
  if (choice !== undefined && isPostgresUrl(choice)) return false;
  return seemsFine(storePath(choice, env));
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
  if (choice === "memory") return undefined;
  if (choice === undefined || !isPostgresUrl(choice)) return storePath(choice, env);
  const { location } = parsePostgresUrl(choice);
  return join(stateDirectory(env), `postgres-${sha256Hex(location).slice(0, 16)}`);
}

function storePath(choice: string | undefined, env: Environment): string {
  const home = homedir();
  return resolve(choice ?? defaultStorePath({ platform: process.platform, env, home }));
}
