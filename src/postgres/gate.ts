import { setTimeout as delay } from "node:timers/promises";

import { toError } from "../lib/errors.ts";

const FIRST_TRY_MS = 20;
const LAST_TRY_MS = 1_000;

/**
 * What stands before a database that may be down. However many wait, one of them tries, less and
 * less often; when it succeeds all go on.
 */
export interface Turnstile {
  /** Resolves at once while nothing is wrong. @throws what the last try threw, when time is up */
  pass(untilMs: number): Promise<void>;
  readonly isShut: boolean;
  /** Something is wrong: nobody passes until a try succeeds. */
  shut(error: unknown): void;
  close(): void;
}

/** @param attempt resolves when the database answers */
export function createGate(attempt: () => Promise<void>): Turnstile {
  let opening: Promise<void> | undefined;
  let last: unknown;
  let waiting = 0;
  let isClosed = false;

  const isWanted = (): boolean => waiting > 0 && !isClosed;
  const openAgain = async (): Promise<void> => {
    for (let waitMs = FIRST_TRY_MS; isWanted();) {
      try {
        await attempt();
        last = undefined;
        return;
      } catch (error) {
        last = error;
      }
      // Not all processes at once: they lost it at the same time.
      await delay(waitMs * (0.75 + Math.random() / 2));
      waitMs = Math.min(waitMs * 2, LAST_TRY_MS);
    }
  };

  const isShut = (): boolean => last !== undefined || opening !== undefined;

  return {
    get isShut() {
      return isShut();
    },
    async pass(untilMs) {
      if (!isShut()) return;
      waiting += 1;
      try {
        opening ??= openAgain().finally(() => {
          opening = undefined;
        });
        await before(untilMs, opening);
      } finally {
        waiting -= 1;
      }
      if (last !== undefined) throw toError(last);
    },
    shut(error) {
      last = error;
    },
    close() {
      isClosed = true;
    },
  };
}

/** Resolves with `work`, at the latest at a time by `performance.now()`. */
export async function before(untilMs: number, work: Promise<void>): Promise<void> {
  if (untilMs === Infinity) return work;
  const limit = new AbortController();
  const leftMs = Math.max(0, untilMs - performance.now());
  const late = delay(leftMs, undefined, { signal: limit.signal }).catch(() => undefined);
  await Promise.race([work, late]);
  limit.abort();
}
