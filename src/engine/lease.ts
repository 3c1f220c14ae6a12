import type { Clock } from "../lib/clock.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { JournalStore } from "./journal-store.ts";

/** Names this process in claims and leases. */
export const processOwner = createOwnerId();

/** How long a lease lasts, and how often it is renewed. */
export const LEASE_MS = 5_000;
export const RENEW_MS = 1_500;

/**
 * Does `work` while this process has the lease of a run, renewed until it is done. A lease says
 * when going on is polite; that nobody is in each other's way rests on claims.
 *
 * @param of `clock` is not asked: leases go by the store's
 * @returns false, and nothing was done, when another living process has it
 */
export async function withLease(
  store: JournalStore,
  { runId }: { runId: RunId; clock?: Clock | undefined },
  work: () => Promise<void>,
): Promise<boolean> {
  const owner = processOwner;
  if (!(await store.claimRun(runId, { owner, leaseMs: LEASE_MS }))) return false;
  const renew = async (): Promise<void> => {
    await store.renew(owner, { leaseMs: LEASE_MS, runIds: [runId] });
  };
  const timer = setInterval(() => void renew().catch(() => undefined), RENEW_MS);
  timer.unref();
  try {
    await work();
  } finally {
    clearInterval(timer);
    await store.release(runId, owner);
  }
  return true;
}
