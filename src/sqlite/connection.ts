import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Clock } from "../lib/clock.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { makeDirectory } from "../lib/make-directory.ts";
import { isBusy, toStoreError } from "./errors.ts";
import { BUSY_TIMEOUT_MS, createRetry, type Retry } from "./retry.ts";
import { migrateSchema, newestSchemaVersion, readSchemaVersion } from "./schema.ts";

export interface SqliteOptions {
  /** Created when missing, with its directory; for this user only. */
  path: string;
  clock?: Clock | undefined;
  /** How long a file that another process keeps busy is retried; 5,000 when absent. */
  busyLimitMs?: number | undefined;
}

/** The prepared statement of a text: prepared once a connection, then kept. */
export type Prepare = (text: string) => StatementSync;

/**
 * One connection to one file, in WAL mode, where a commit is on disk before it is reported.
 *
 * Work is synchronous and may run more than once: whatever finds the file busy is rolled back and
 * tried again. Errors are those of `toStoreError`.
 */
export interface SqliteConnection {
  /** Absolute. */
  readonly path: string;
  /** One statement that only reads. */
  read<T>(work: (prepare: Prepare) => T): Promise<T>;
  /** Any number of statements in one transaction; what `work` throws undoes them. */
  write<T>(work: (prepare: Prepare) => T): Promise<T>;
  /**
   * The same for what a power cut may take back: on disk with the next `write`. It outlasts the
   * process like any other.
   */
  writeLazily<T>(work: (prepare: Prepare) => T): Promise<T>;
  /** Grows when any process, this one included, has written to the file. */
  countChanges(): number;
  /** Idempotent; afterwards everything else throws `store_unavailable`. */
  close(): void;
}

/** @throws HoldpointError `store_unavailable`, `store_corrupt`, `state_incompatible` */
export async function openSqliteConnection(options: SqliteOptions): Promise<SqliteConnection> {
  const path = resolve(options.path);
  await createFile(path);
  const database = await openDatabase(path);
  const retry = createRetry(database, options);
  try {
    // Before anything else: a file of a newer version, or of another program, stays as it is.
    const version = await retry(() =>
      inTransaction(database, "BEGIN", () => readSchemaVersion(database, path)),
    );
    // Two processes that switch a new file to WAL at once get "database is locked" without a wait.
    await retry(() => configure(database, path));
    if (version < newestSchemaVersion) {
      await retry(() =>
        inTransaction(database, "BEGIN IMMEDIATE", () => migrateSchema(database, path)),
      );
    }
    return await retry(() => createConnection(database, { path, retry }));
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
    return new sqlite.DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw toStoreError(error, path);
  }
}

function configure(database: DatabaseSync, path: string): void {
  database.exec("PRAGMA journal_mode = WAL");
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
  { path, retry }: { path: string; retry: Retry },
): SqliteConnection {
  const prepare = createPrepare(database);
  const changes = createChangeCounter(prepare);
  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return await retry(work);
    } catch (error) {
      throw toStoreError(error, path);
    }
  };
  const commit = <T>(work: (prepare: Prepare) => T): T => {
    const result = inTransaction(database, "BEGIN IMMEDIATE", () => work(prepare));
    changes.committed();
    return result;
  };
  return {
    path,
    read: (work) => attempt(() => work(prepare)),
    write: (work) => attempt(() => commit(work)),
    writeLazily: (work) =>
      attempt(() => {
        database.exec("PRAGMA synchronous = NORMAL");
        try {
          return commit(work);
        } finally {
          database.exec("PRAGMA synchronous = FULL");
        }
      }),
    countChanges() {
      try {
        return changes.count();
      } catch (error) {
        // Whatever keeps the file busy shows when it is done.
        if (isBusy(error)) return changes.last();
        throw toStoreError(error, path);
      }
    },
    close() {
      if (database.isOpen) database.close();
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

interface ChangeCounter {
  /** Looks for changes of this connection: `data_version` shows only those of others. */
  committed(): void;
  count(): number;
  /** The last count, without asking the file. */
  last(): number;
}

function createChangeCounter(prepare: Prepare): ChangeCounter {
  const readVersion = (): number => Number(prepare("PRAGMA data_version").get()?.["data_version"]);
  const countOwn = (): number =>
    Number(prepare("SELECT total_changes() AS changes").get()?.["changes"]);
  let version = readVersion();
  let own = countOwn();
  let changes = 0;
  return {
    committed() {
      const current = countOwn();
      if (current !== own) changes += 1;
      own = current;
    },
    count() {
      const current = readVersion();
      if (current !== version) changes += 1;
      version = current;
      return changes;
    },
    last: () => changes,
  };
}
