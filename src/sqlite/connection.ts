import { existsSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Clock } from "../lib/clock.ts";
import { errorMessage, HoldpointError } from "../lib/errors.ts";
import { createLog, type Log } from "../lib/log.ts";
import { makeDirectory } from "../lib/make-directory.ts";
import type { copyBefore } from "./copy-before.ts";
import { toStoreError } from "./errors.ts";
import { BUSY_TIMEOUT_MS, createRetry, type Retry } from "./retry.ts";
import { migrateSchema, newestSchemaVersion, readSchemaVersion } from "./schema.ts";

export interface SqliteOptions {
  /** Created when missing, with its directory; for this user only. */
  path: string;
  clock?: Clock | undefined;
  /** How long a file that another process keeps busy is retried; 5,000 when absent. */
  busyLimitMs?: number | undefined;
  /** Told of a copy that was made before the file was changed for this version; default stderr. */
  log?: Log | undefined;
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
  /** Another number when other connections have written to the file, of this process or others. */
  foreignVersion(): number;
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
      const { copyBefore: makeCopy } = await import("./copy-before.ts");
      const copy = await retry(() => migrate(database, { path, makeCopy }));
      if (copy !== undefined) sayCopied(options.log ?? createLog(), { path, copy });
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
  { path, retry }: { path: string; retry: Retry },
): SqliteConnection {
  const prepare = createPrepare(database);
  const attempt = async <T>(work: () => T): Promise<T> => {
    try {
      return await retry(work);
    } catch (error) {
      throw toStoreError(error, path);
    }
  };
  const commit = <T>(work: (prepare: Prepare) => T): T =>
    inTransaction(database, "BEGIN IMMEDIATE", () => work(prepare));
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
    foreignVersion() {
      try {
        return Number(prepare("PRAGMA data_version").get()?.["data_version"]);
      } catch (error) {
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
