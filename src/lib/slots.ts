/** Lets at most so many hold a place at once; the others wait their turn, first come first. */
export interface Slots {
  /** Waits for a place; call the result to give it back. */
  take(): Promise<() => void>;
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
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return release;
    },
  };
}

/** Work that is done one after the other; what fails holds up nobody behind it. */
export interface Serial {
  take(work: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is being done, and nothing is to be. */
  settled(): Promise<void>;
}

export function createSerial(): Serial {
  let last: Promise<void> | undefined;
  return {
    async take(work) {
      const before = last;
      const mine = (async () => {
        await before?.catch(() => undefined);
        await work();
      })();
      last = mine;
      await mine;
    },
    async settled() {
      for (let seen; seen !== last;) {
        seen = last;
        await seen?.catch(() => undefined);
      }
    },
  };
}
