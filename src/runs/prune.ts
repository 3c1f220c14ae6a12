import { setImmediate as nextTurn } from "node:timers/promises";

import type { Removal, RemovalRequest, RunStore } from "./run-store.ts";

/** How many runs are removed in one go: others write in between. */
const BATCH = 100;

/** What was removed, and how much of it stayed since it was told to nobody. */
export type Pruned = Omit<Removal, "more">;

/**
 * Removes the runs that are over and were last written before `before` (ISO 8601 UTC). A run that
 * failed in a way that can be resumed is not over. Calls of a gateway whose outcome reached nobody
 * stay, unless `untold`.
 */
export async function prune(
  store: Pick<RunStore, "removeBefore">,
  request: Omit<RemovalRequest, "limit">,
): Promise<Pruned> {
  const freed = { runs: 0, bytes: 0 };
  for (;;) {
    const { runs, bytes, more, kept } = await store.removeBefore({ ...request, limit: BATCH });
    freed.runs += runs;
    freed.bytes += bytes;
    if (!more) return { ...freed, kept };
    await nextTurn();
  }
}
