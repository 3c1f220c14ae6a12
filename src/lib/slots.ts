import type { MaybePromise } from "./pending.ts";

/** Lets at most so many hold a place at once; the others wait their turn, first come first. */
export interface Slots {
  /** A place, at once where there is one; call the result to give it back. */
  take(): MaybePromise<() => void>;
}

/** @param limit places; `undefined` or `null` for no limit */
export function createSlots(limit?: number | null): Slots {
  let free = limit ?? Infinity;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    take() {
      if (free <= 0) return new Promise((resolve) => waiting.push(() => resolve(release)));
      free -= 1;
      return release;
    },
  };
}

/** Work that is done one after the other; what fails holds up nobody behind it. */
export interface Serial {
  take<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing is being done, and nothing is to be; `undefined` where that is so now. */
  settled(): MaybePromise<void>;
}

export function createSerial(): Serial {
  let last: Promise<unknown> | undefined;
  const settle = async (): Promise<void> => {
    for (let seen; (seen = last) !== undefined;) await seen.catch(() => undefined);
  };
  return {
    async take(work) {
      const mine = doAfter(last, work);
      last = mine;
      try {
        return await mine;
      } finally {
        if (last === mine) last = undefined;
      }
    },
    settled: () => (last === undefined ? undefined : settle()),
  };
}

async function doAfter<T>(
  before: Promise<unknown> | undefined,
  work: () => Promise<T>,
): Promise<T> {
  // Also of nothing: what is asked for in the same moment goes together.
  await before?.catch(() => undefined);
  return work();
}
