import { errorMessage } from "../lib/errors.ts";
import { createOwnerId, type RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { createLeases } from "../engine/lease.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { RunStore } from "./run-store.ts";
import type { LeaseTerms } from "../engine/journal-store.ts";

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
  const leases = createLeases(store, createOwnerId());

  const work = async (...[runId, perform, ended]: Parameters<ActiveRuns["begin"]>) => {
    const entry: ActiveRun = { recorder: undefined, lengthBefore: 0, done: Promise.resolve() };
    active.set(runId, entry);
    let failed: unknown;
    const performed = leases.under(runId, async () => perform(entry), {
      lost: async () => entry.recorder?.catchUp(),
      kept: (error) =>
        log.warn(`run ${runId}: its lease is kept until it ends: ${errorMessage(error)}`),
    });
    await performed.catch((error: unknown) => {
      failed = error;
    });
    active.delete(runId);
    ended(failed);
  };

  return {
    terms: leases.terms,
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
