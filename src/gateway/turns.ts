import { createSerial, type Serial } from "../lib/slots.ts";

/** Work of one key is done one after the other. */
export interface Turns {
  take<T>(key: string | number, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const serials = new Map<string | number, Serial>();
  return {
    async take(key, work) {
      const serial = serials.get(key) ?? createSerial();
      serials.set(key, serial);
      try {
        return await serial.take(work);
      } finally {
        if (serial.settled() === undefined) serials.delete(key);
      }
    },
  };
}
