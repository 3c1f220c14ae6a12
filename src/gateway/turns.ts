/** Work of one key is done one after the other. */
export interface Turns {
  take<T>(key: string | number, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const last = new Map<string | number, Promise<unknown>>();
  return {
    async take(key, work) {
      const before = last.get(key);
      const mine = (async () => {
        await before?.catch(() => undefined);
        return work();
      })();
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}
