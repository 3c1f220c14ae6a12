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
