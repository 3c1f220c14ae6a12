import type { MaybePromise } from "../lib/pending.ts";
import { setTimeout as delay } from "node:timers/promises";

import { isStoreFault } from "../lib/errors.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { JournalStore } from "./journal-store.ts";

/** Names this process in claims and leases. */
export const processOwner = createOwnerId();

/** How long a lease lasts, and how often it is renewed. */
export const LEASE_MS = 5_000;
export const RENEW_MS = 1_500;
/** How soon a store that failed is asked again for a lease. */
const RETRY_MS = 100;

/**
 * Does `work` while this process has the lease of a run, renewed until it is done. A lease says
 * when going on is polite; that nobody is in each other's way rests on claims.
 *
 * @param of `patienceMs`: how long a store that fails is asked again for the lease
 * @returns false, and nothing was done, when another living process has it
 */
export async function withLease(
  store: JournalStore,
  { runId, patienceMs = 0 }: { runId: RunId; patienceMs?: number | undefined },
  work: () => Promise<void>,
): Promise<boolean> {
  const owner = processOwner;
  const claimed = await patiently(patienceMs, () =>
    store.claimRun(runId, { owner, leaseMs: LEASE_MS }),
  );
  if (!claimed) return false;
  const renew = async (): Promise<void> => {
    await store.renew(owner, { leaseMs: LEASE_MS, runIds: [runId] });
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
  timer.unref();
  try {
    await work();
  } finally {
    clearInterval(timer);
    // One that cannot be let go of ends by itself.
    await (async () => store.release(runId, owner))().catch(() => undefined);
  }
  return true;
}

/** Repeats `work` while the store fails, for so long. */
async function patiently<T>(patienceMs: number, work: () => MaybePromise<T>): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isStoreFault(error) || performance.now() >= deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}
