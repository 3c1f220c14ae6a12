import { errorMessage } from "../lib/errors.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { LEASE_MS, RENEW_MS } from "../engine/lease.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { LeaseTerms, RunStore } from "./run-store.ts";

export interface ActiveRun {
  recorder: Recorder | undefined;
  /** How many entries the run had when it was opened to go on with it. */
  lengthBefore: number;
  done: Promise<void>;
}

/** The runs that go on in this process, each under a lease that is renewed until it ends. */
export interface ActiveRuns {
  /** What their leases are taken with. */
  readonly terms: LeaseTerms;
  readonly size: number;
  /** How many more have a place. */
  readonly free: number;
  get(runId: RunId): ActiveRun | undefined;
  /**
   * Does `work` on a run whose lease was just taken, then lets go of it. Never rejects: `ended` is
   * told of what `work` threw.
   */
  begin(
    runId: RunId,
    work: (active: ActiveRun) => Promise<void>,
    ended: (error?: unknown) => void,
  ): void;
  /** Resolves when none goes on. */
  idle(): Promise<void>;
}

export function createActiveRuns(
  store: Pick<RunStore, "renew" | "release">,
  { log, limit }: { log: Log; limit: number },
): ActiveRuns {
  const active = new Map<RunId, ActiveRun>();
  const terms = { owner: createOwnerId(), leaseMs: LEASE_MS };
  let heartbeat: NodeJS.Timeout | undefined;

  const beat = async (): Promise<void> => {
    const runIds = [...active.keys()];
    const held = new Set(await store.renew(terms.owner, { ...terms, runIds }));
    // Of a lease that was lost the journal says whether somebody else goes on.
    const lost = runIds.filter((runId) => !held.has(runId));
    await Promise.all(lost.map(async (runId) => active.get(runId)?.recorder?.catchUp()));
  };

  const work = async (...[runId, perform, ended]: Parameters<ActiveRuns["begin"]>) => {
    const entry: ActiveRun = { recorder: undefined, lengthBefore: 0, done: Promise.resolve() };
    active.set(runId, entry);
    heartbeat ??= setInterval(() => void beat().catch(() => undefined), RENEW_MS);
    let failed: unknown;
    try {
      await perform(entry);
    } catch (error) {
      failed = error;
    }
    try {
      await store.release(runId, terms.owner);
    } catch (error) {
      log.warn(`run ${runId}: its lease is kept until it ends: ${errorMessage(error)}`);
    }
    active.delete(runId);
    if (active.size === 0) {
      clearInterval(heartbeat);
      heartbeat = undefined;
    }
    ended(failed);
  };

  return {
    terms,
    get size() {
      return active.size;
    },
    get free() {
      return limit - active.size;
    },
    get: (runId) => active.get(runId),
    begin(runId, perform, ended) {
      const done = work(runId, perform, ended);
      const entry = active.get(runId);
      if (entry !== undefined) entry.done = done;
    },
    async idle() {
      while (active.size > 0) await Promise.all([...active.values()].map(({ done }) => done));
    },
  };
}
