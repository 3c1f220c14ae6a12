import type { Client } from "pg";

const PATIENCE_MS = 5_000;
/** Clocks that are kept right differ by less. */
const SAME_MS = 500;

/** What time it is at a server. */
export interface ServerClock {
  /** How far it is ahead of this process; 0 where they are nearly the same. */
  aheadMs(): number;
  /** @throws what the driver throws, after five seconds at the latest */
  ask(client: Client): Promise<void>;
}

export function createServerClock(): ServerClock {
  let aheadMs = 0;
  return {
    aheadMs: () => aheadMs,
    async ask(client) {
      const asked = { text: "SELECT wall_ms() AS now", query_timeout: PATIENCE_MS };
      const before = Date.now();
      const { rows } = await client.query(asked as { text: string });
      const tookMs = Date.now() - before;
      // Of an answer that was long on its way nobody knows when it was given.
      if (tookMs > SAME_MS) return;
      const ms = Math.round(Number(rows[0]?.now) - before - tookMs / 2);
      aheadMs = Math.abs(ms) < SAME_MS ? 0 : ms;
    },
  };
}
