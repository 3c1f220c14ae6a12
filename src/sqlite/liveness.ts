import { closeSync, existsSync, openSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { randomUUID } from "node:crypto";

import { makeDirectory } from "../lib/make-directory.ts";
import { isBusy, toStoreError } from "./errors.ts";

/** How long the own lock is waited for: whoever looks at it has it for an instant. */
const LOCK_TIMEOUT_MS = 5_000;
const ENDING = ".db";

/**
 * Who lives, told by locks and not by process ids: each instance holds the exclusive lock of a
 * small file of its own, `<store>.live/<instance>.db`. The system lets go of it when the process
 * ends, however it ends, and keeps it while the process is stopped.
 *
 * It serves every store of this machine that has a path, whatever that keeps its runs in: SQLite is
 * only what locks a file alike on all systems.
 */
export interface Liveness {
  /** Names whoever holds this. */
  readonly instance: string;
  /** Takes the lock, the first time. @throws HoldpointError `store_unavailable` */
  hold(): void;
  /** Whether an instance of this host lives; the file of one that does not is removed. */
  isAlive(instance: string): boolean;
  /** Whether the instance behind a lease or a start lives, as far as this host can tell. */
  livesAs(of: { instance?: string | undefined; host: string }): boolean | "unknown";
  /** Lets go. Idempotent. */
  close(): void;
}

/** @param storePath the file or folder of the store, beside which the locks are */
export async function openLiveness(storePath: string): Promise<Liveness> {
  const { DatabaseSync: Database } = await import("node:sqlite");
  const directory = `${storePath}.live`;
  const instance = randomUUID();
  const fileOf = (name: string): string => join(directory, `${name}${ENDING}`);
  let held: DatabaseSync | undefined;

  const lock = (): DatabaseSync => {
    for (;;) {
      makeDirectory(directory);
      // Closed before SQLite locks it: closing any handle on a file gives its locks up.
      closeSync(openSync(fileOf(instance), "a", 0o600));
      const database = new Database(fileOf(instance), { timeout: LOCK_TIMEOUT_MS });
      try {
        begin(database);
      } catch (error) {
        // One that is left open may have the lock.
        database.close();
        throw error;
      }
      // Somebody may have found it before it was locked, and removed it.
      if (existsSync(fileOf(instance))) return database;
      database.close();
    }
  };

  const isAlive = (name: string): boolean => {
    if (name === instance) return held !== undefined;
    // What is no name of ours is no file of ours: its leases last until they expire.
    if (!/^[\w-]+$/.test(name)) return true;
    return isLocked(Database, fileOf(name));
  };

  return {
    instance,
    hold() {
      if (held !== undefined) return;
      try {
        held = lock();
        for (const name of readdirSync(directory)) {
          if (name.endsWith(ENDING)) isAlive(name.slice(0, -ENDING.length));
        }
      } catch (error) {
        throw toStoreError(error, fileOf(instance));
      }
    },
    isAlive,
    livesAs({ instance: other, host }) {
      if (other === undefined || host !== hostname()) return "unknown";
      return isAlive(other);
    },
    close() {
      if (held === undefined) return;
      // While it is locked, so that nobody takes it for one to remove.
      rmSync(fileOf(instance), { force: true });
      held.close();
      held = undefined;
    },
  };
}

/** Whether somebody holds the lock of a file; one that nobody holds is removed. */
function isLocked(Database: typeof DatabaseSync, file: string): boolean {
  let database: DatabaseSync | undefined;
  try {
    // Not created when it is gone.
    database = new Database(new URL(`${pathToFileURL(file).href}?mode=rw`), { timeout: 0 });
    begin(database);
    // Removed while it is locked: its owner, if it is only just coming, will see that.
    rmSync(file, { force: true });
    return false;
  } catch (error) {
    return isBusy(error) || existsSync(file);
  } finally {
    database?.close();
  }
}

function begin(database: DatabaseSync): void {
  // No journal beside it: nothing is ever written.
  database.exec("PRAGMA journal_mode = MEMORY");
  database.exec("BEGIN EXCLUSIVE");
}
