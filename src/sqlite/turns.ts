import { closeSync, existsSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { makeDirectory } from "../lib/make-directory.ts";
import { isBusy } from "./errors.ts";

/**
 * The turn to wait for the lock of a store, which has no queue of its own: a process that commits
 * without pause would keep all others out. Whoever wants the lock takes the turn first and has it
 * until the lock is theirs, so that nobody comes between. The turn is a lock too: the system takes
 * it from a process that ends.
 *
 * It is politeness: whoever cannot have it for long goes on without.
 */
export interface FairTurns {
  /**
   * Whether it is ours now; where nobody ever waited there is none, and everybody has it.
   *
   * @param waits whether the lock was found taken: then the turn is made where there is none
   */
  take(waits: boolean): boolean;
  leave(): void;
  close(): void;
}

/** @param storePath the file of the store; the lock is beside it */
export function createFairTurns(storePath: string): FairTurns {
  const file = `${storePath}.live/turn`;
  let database: DatabaseSync | undefined;
  let isOurs = false;
  let isUsable = true;

  const open = (): DatabaseSync => {
    makeDirectory(dirname(file));
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
    const opened = new DatabaseSync(file);
    // No journal beside it: nothing is ever written.
    opened.exec("PRAGMA journal_mode = MEMORY");
    return opened;
  };

  const close = (): void => {
    database?.close();
    database = undefined;
    isOurs = false;
    isUsable = false;
  };

  return {
    take(waits) {
      if (isOurs || !isUsable) return true;
      if (database === undefined && !waits && !existsSync(file)) return true;
      try {
        database ??= open();
        database.exec("BEGIN EXCLUSIVE");
        isOurs = true;
      } catch (error) {
        if (isBusy(error)) return false;
        // Where it cannot be made, everybody goes without; one that is left open may have it.
        close();
      }
      return true;
    },
    leave() {
      if (!isOurs) return;
      isOurs = false;
      try {
        database?.exec("ROLLBACK");
      } catch {
        close();
      }
    },
    close,
  };
}
