import { setTimeout as delay } from "node:timers/promises";

import { isBusy } from "./errors.ts";

/** Settles as the first attempt does that does not find the file busy. */
export type Retry = <T>(attempt: () => T) => Promise<T>;

/** How long a busy file is waited for where nobody says. */
export const BUSY_LIMIT_MS = 5_000;
const FIRST_DELAY_MS = 1;
const LONGEST_DELAY_MS = 50;

/** Repeats an attempt while the file is busy; the event loop goes on in between. */
export function createRetry(busyLimitMs: number): Retry {
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
