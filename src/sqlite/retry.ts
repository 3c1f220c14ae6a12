import type { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

import { systemClock, type Clock } from "../lib/clock.ts";
import { isBusy } from "./errors.ts";

/** Settles as the first attempt does that does not find the file busy. */
export type Retry = <T>(attempt: () => T) => Promise<T>;

/** How long SQLite itself waits for a lock; the process stands still meanwhile. */
export const BUSY_TIMEOUT_MS = 250;
const BUSY_LIMIT_MS = 5_000;
const FIRST_DELAY_MS = 5;
const LONGEST_DELAY_MS = 50;

/**
 * Repeats an attempt while the file is busy. Only the first attempt of the first caller waits
 * synchronously; while anybody is known to wait, all attempts return at once and the event loop
 * goes on in between.
 */
export function createRetry(
  database: DatabaseSync,
  {
    clock = systemClock,
    busyLimitMs = BUSY_LIMIT_MS,
  }: { clock?: Clock | undefined; busyLimitMs?: number | undefined },
): Retry {
  let waiting = 0;
  const attemptNow = <T>(attempt: () => T): T => {
    if (waiting === 0) return attempt();
    database.exec("PRAGMA busy_timeout = 0");
    try {
      return attempt();
    } finally {
      database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  };
  return async (attempt) => {
    const deadline = clock.now() + busyLimitMs;
    let isWaiting = false;
    try {
      for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
        try {
          return attemptNow(attempt);
        } catch (error) {
          if (!isBusy(error) || clock.now() >= deadline) throw error;
        }
        if (!isWaiting) waiting += 1;
        isWaiting = true;
        await delay(delayMs);
      }
    } finally {
      if (isWaiting) waiting -= 1;
    }
  };
}
