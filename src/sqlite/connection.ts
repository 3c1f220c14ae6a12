import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

import type { Clock } from "../lib/clock.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { createLog, type Log } from "../lib/log.ts";
import { makeDirectory } from "../lib/make-directory.ts";
import type { copyBefore } from "./copy-before.ts";
import { isBusy, toStoreError } from "./errors.ts";
import { narrowFiles } from "./narrow-files.ts";
import { migrateSchema, newestSchemaVersion, readSchemaVersion } from "./schema.ts";
import { createWrites, type WriteOptions, type Writes } from "./writes.ts";

export interface SqliteOptions {
  /** Created when missing, with its directory; for this user only. */
  path: string;
  clock?: Clock | undefined;
  /** How long a file that another process keeps busy is waited for; 5,000 when absent. */
  busyLimitMs?: number | undefined;
  /** Told of a copy that was made before the file was changed for this version; default stderr. */
  log?: Log | undefined;
}

/** The prepared statement of a text: prepared once a connection, then kept. */
export type Prepare = (text: string) => StatementSync;

/**
 * One connection to one file, in WAL mode, where a commit is on disk before it is reported.
 *
 * Work is synchronous and may run more than once: whatever finds the file busy, or is undone with
 * others, is tried again. Errors are those of `toStoreError`.
 */
export interface SqliteConnection {
  /** Absolute. */
  readonly path: string;
  /** One statement that only reads. */
  read<T>(work: (prepare: Prepare) => T): Promise<T>;
  /**
   * Any number of statements, all or none; what `work` throws undoes them. What is written in one
   * turn of the event loop shares a transaction, unless it is to be `isAlone`. `isLazy` is for what
   * a power cut may take back: it is on disk with the next write that is not, and outlasts the
   * process like any other.
   */
  write<T>(work: (prepare: Prepare) => T, options?: WriteOptions): Promise<T>;
  /** Another number when other connections have written to the file, of this process or others. */
  foreignVersion(): number;
  /** Idempotent; afterwards everything else throws `store_unavailable`. */
  close(): void;
}

/** Settles as the first attempt does that does not find the file busy. */
type Retry = <T>(attempt: () => T) => Promise<T>;

/** How long a busy file is waited for where nobody says. */
const BUSY_LIMIT_MS = 5_000;
const FIRST_DELAY_MS = 1;
const LONGEST_DELAY_MS = 50;

/** @throws HoldpointError `store_unavailable`, `store_corrupt`, `state_incompatible` */
export async function openSqliteConnection(options: SqliteOptions): Promise<SqliteConnection> {
  const path = resolve(options.path);
  await createFile(path);
  narrowFiles(path, options.log ?? createLog());
  const database = await openDatabase(path);
  const { busyLimitMs = BUSY_LIMIT_MS } = options;
  const retry = createRetry(busyLimitMs);
  try {
    // Before anything else: a file of a newer version, or of another program, stays as it is.
    const version = await retry(() =>
      inTransaction(database, "BEGIN", () => readSchemaVersion(database, path)),
    );
    // Two processes that switch a new file to WAL at once get "database is locked" without a wait.
    await retry(() => configure(database, path));
    if (version < newestSchemaVersion) {
      const { copyBefore: makeCopy } = await import("./copy-before.ts");
      const copy = await retry(() => migrate(database, { path, makeCopy }));
      if (copy !== undefined) sayCopied(options.log ?? createLog(), { path, copy });
    }
    const { createFairTurns } = await import("./turns.ts");
    const turns = createFairTurns(path);
    const writes = createWrites(database, { turns, limitMs: busyLimitMs });
    return createConnection(database, { path, retry, writes });
  } catch (error) {
    database.close();
    throw toStoreError(error, path);
  }
}

async function createFile(path: string): Promise<void> {
  if (existsSync(path)) return;
  try {
    makeDirectory(dirname(path));
    // SQLite gives its side files the mode of the file itself. Opened to append: another process
    // may have made and filled it by now.
    const file = await open(path, "a", 0o600);
    await file.close();
  } catch (error) {
    throw new HoldpointError(
      "store_unavailable",
      `Cannot create the store "${path}": ${errorMessage(error)}. Use a path this user may write to`,
      { cause: error },
    );
  }
}

async function openDatabase(path: string): Promise<DatabaseSync> {
  const sqlite = await import("node:sqlite");
  try {
    return new sqlite.DatabaseSync(path);
  } catch (error) {
    throw toStoreError(error, path);
  }
}

/**
 * Of a new file: each commit writes whole pages, and most of ours change a few hundred bytes in
 * five of them.
 */
const PAGE_BYTES = 1_024;
/** So much is written ahead before it is brought to its places, as SQLite does with 4 kB pages. */
const AHEAD_BYTES = 4_096_000;

function configure(database: DatabaseSync, path: string): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  database.exec("PRAGMA journal_mode = WAL");
  const pageBytes = Number(database.prepare("PRAGMA page_size").get()?.["page_size"]);
  database.exec(`PRAGMA wal_autocheckpoint = ${Math.ceil(AHEAD_BYTES / pageBytes)}`);
  database.exec("PRAGMA synchronous = FULL");
  const journal = database.prepare("PRAGMA journal_mode").get()?.["journal_mode"];
  const synchronous = database.prepare("PRAGMA synchronous").get()?.["synchronous"];
  if (journal === "wal" && synchronous === 2) return;
  throw new HoldpointError(
    "store_unavailable",
    `Cannot use the store "${path}": its disk does not support write-ahead logging ` +
      `(journal_mode ${String(journal)}, synchronous ${String(synchronous)}). Use a local disk`,
  );
}

/** @returns the copy that was made of what the file held, if it was not new */
function migrate(
  database: DatabaseSync,
  { path, makeCopy }: { path: string; makeCopy: typeof copyBefore },
): string | undefined {
  return inTransaction(database, "BEGIN IMMEDIATE", () => {
    // Another process may have done it while this one waited.
    const version = readSchemaVersion(database, path);
    if (version === newestSchemaVersion) return undefined;
    const copy = version === 0 ? undefined : makeCopy(path, newestSchemaVersion);
    migrateSchema(database, path);
    return copy;
  });
}

function sayCopied(log: Log, { path, copy }: { path: string; copy: string }): void {
  log.info(
    `the store "${path}" was changed for this version of holdpoint; as it was before it is kept in "${copy}"`,
  );
}

function inTransaction<T>(database: DatabaseSync, begin: string, work: () => T): T {
  database.exec(begin);
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    // A full disk, for one, has rolled it back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function createConnection(
  database: DatabaseSync,
  { path, retry, writes }: { path: string; retry: Retry; writes: Writes },
): SqliteConnection {
  const prepare = createPrepare(database);
  const told = async <T>(settled: Promise<T>): Promise<T> => {
    try {
      return await settled;
    } catch (error) {
      throw toStoreError(error, path);
    }
  };
  return {
    path,
    read: (work) => told(retry(() => work(prepare))),
    write: (work, options = {}) => told(writes.add(() => work(prepare), options)),
    foreignVersion() {
      try {
        return Number(prepare("PRAGMA data_version").get()?.["data_version"]);
      } catch (error) {
        throw toStoreError(error, path);
      }
    },
    close() {
      if (!database.isOpen) return;
      writes.close();
      database.close();
    },
  };
}

function createPrepare(database: DatabaseSync): Prepare {
  const prepared = new Map<string, StatementSync>();
  return (text) => {
    const statement = prepared.get(text) ?? database.prepare(text);
    prepared.set(text, statement);
    return statement;
  };
}

/** Repeats an attempt while the file is busy; the event loop goes on in between. */
function createRetry(busyLimitMs: number): Retry {
  return async (attempt) => {
    const deadline = performance.now() + busyLimitMs;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        return attempt();
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
      }
      await delay(delayMs);
    }
  };
}
