import { hostname } from "node:os";

import type { Clock } from "../lib/clock.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { JournalStore } from "./journal-store.ts";

/** Names this process in claims and leases. */
export const processOwner = createOwnerId();

const LEASE_MS = 5_000;
const RENEW_MS = 1_500;

/**
 * Does `work` while this process has the lease of a run, renewed until it is done. A lease says
 * when going on is polite; that nobody is in each other's way rests on claims.
 *
 * @returns false, and nothing was done, when another living process has it
 */
export async function withLease(
  store: JournalStore,
  { runId, clock }: { runId: RunId; clock: Clock },
  work: () => Promise<void>,
): Promise<boolean> {
  const take = (): Promise<boolean> => {
    const now = clock.now();
    const { pid } = process;
    const lease = { owner: processOwner, pid, host: hostname(), expiresAt: now + LEASE_MS };
    return store.acquireLease(runId, lease, now);
  };
  if (!(await take())) return false;
  const renew = setInterval(() => void take().catch(() => undefined), RENEW_MS);
  renew.unref();
  try {
    await work();
  } finally {
    clearInterval(renew);
    await store.releaseLease(runId, processOwner);
  }
  return true;
}
