import { setTimeout as delay } from "node:timers/promises";

import { isStoreFault } from "../lib/errors.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { JournalStore, LeaseTerms } from "./journal-store.ts";

/** Names this process in claims and leases. */
export const processOwner = createOwnerId();

/** How long a lease lasts, and how often it is renewed. */
const LEASE_MS = 5_000;
const RENEW_MS = 1_500;
/** How soon a store that failed is asked again for a lease. */
const RETRY_MS = 100;

/**
 * The leases that one owner has of runs of a store. A lease says when going on is polite; that
 * nobody is in each other's way rests on claims.
 */
export interface Leases {
  /** What leases are taken with. */
  readonly terms: LeaseTerms;
  /**
   * Does `work` under the lease of a run, which was just taken, and renews it until that is done.
   *
   * @param told of a lease that was lost meanwhile: whether somebody else goes on, the journal
   *   says; and of one that cannot be let go of, which ends by itself
   */
  under(
    runId: RunId,
    work: () => Promise<void>,
    told?: { lost(): Promise<void>; kept(error: unknown): void },
  ): Promise<void>;
}

export function createLeases(
  store: Pick<JournalStore, "renew" | "release">,
  owner: string,
): Leases {
  const terms = { owner, leaseMs: LEASE_MS };
  const held = new Map<RunId, (() => Promise<void>) | undefined>();
  let heartbeat: NodeJS.Timeout | undefined;
  const renew = async (): Promise<void> => {
    const runIds = [...held.keys()];
    const renewed = new Set(await store.renew(owner, { ...terms, runIds }));
    await Promise.all(runIds.map(async (runId) => renewed.has(runId) || held.get(runId)?.()));
  };
  return {
    terms,
    async under(runId, work, told) {
      held.set(runId, told?.lost);
      heartbeat ??= setInterval(() => void renew().catch(() => undefined), RENEW_MS).unref();
      try {
        await work();
      } finally {
        held.delete(runId);
        await (async () => store.release(runId, owner))().catch(told?.kept ?? (() => undefined));
        if (held.size === 0) {
          clearInterval(heartbeat);
          heartbeat = undefined;
        }
      }
    },
  };
}

const leasesHere = new WeakMap<JournalStore, Leases>();

/** The leases that this process has of runs of a store that nobody serves. */
function leasesOf(store: JournalStore): Leases {
  const leases = leasesHere.get(store) ?? createLeases(store, processOwner);
  leasesHere.set(store, leases);
  return leases;
}

/**
 * Does `work` while this process has the lease of a run.
 *
 * @param of `patienceMs`: how long a store that fails is asked again for the lease
 * @returns false, and nothing was done, when another living process has it
 */
export async function withLease(
  store: JournalStore,
  { runId, patienceMs = 0 }: { runId: RunId; patienceMs?: number | undefined },
  work: () => Promise<void>,
): Promise<boolean> {
  const leases = leasesOf(store);
  if (!(await patiently(patienceMs, () => store.claimRun(runId, leases.terms)))) return false;
  await leases.under(runId, work);
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
