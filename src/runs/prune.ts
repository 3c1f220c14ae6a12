import { setImmediate as nextTurn } from "node:timers/promises";

import type { RunStore } from "./run-store.ts";

/** How many runs are removed in one go: others write in between. */
const BATCH = 100;

/**
 * Removes the runs that are over and were last written before `before` (ISO 8601 UTC). A run that
 * failed in a way that can be resumed is not over.
 */
export async function prune(
  store: Pick<RunStore, "removeBefore">,
  before: string,
): Promise<{ runs: number; bytes: number }> {
  const freed = { runs: 0, bytes: 0 };
  for (;;) {
    const { runs, bytes, more } = await store.removeBefore({ before, limit: BATCH });
    freed.runs += runs;
    freed.bytes += bytes;
    if (!more) return freed;
    await nextTurn();
  }
}
