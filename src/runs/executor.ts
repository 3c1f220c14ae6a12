import type { RunStreamEvent } from "../agents/face/events.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { RunId } from "../lib/ids.ts";
import { createLooker } from "../lib/looker.ts";
import { createActiveRuns } from "./active-runs.ts";
import type { Resumption } from "./driver-source.ts";
import { lookAround, watch } from "./look-for-runs.ts";
import {
  fillPlaces,
  kick,
  leaveAlone,
  ownerOf,
  type ExecutorOptions,
  type Work,
} from "./take-up.ts";

const MAX_RUNS_AT_ONCE = 256;

/** Goes on with the runs whose agents this process has, whoever watches. */
export interface Executor {
  /** The recorder of a run that goes on here now. */
  recorderOf(runId: RunId): Recorder | undefined;
  /**
   * Goes on with a run if its agent is ours, once nobody else is at it and there is a place;
   * returns at once. A run that failed is left alone.
   */
  kick(runId: RunId): void;
  /**
   * Takes the lease of a run that is about to be stored, so that it goes on here and nowhere else
   * as long as this process lives; polite only, and never in the way.
   *
   * @returns what lets go of it, where the run is not stored after all
   */
  reserve(runId: RunId): Promise<() => Promise<void>>;
  /** The same for a run that failed; resolves when it goes on, or was left alone. */
  resume(runId: RunId, request: Resumption): Promise<void>;
  /** Whether runs of a source can go on here. */
  goesOnWith(source: string): boolean;
  /** Looks for runs that can go on, now and on every change from now on; or only for this one. */
  watch(only?: RunId): void;
  /** Events of runs that go on here. */
  listen(listener: (runId: RunId, event: RunStreamEvent) => void): () => void;
  /** Starts nothing new; after `graceMs` aborts what still runs. */
  close(graceMs: number): Promise<void>;
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { store, log, registry, drivers, maxRunsAtOnce = MAX_RUNS_AT_ONCE } = options;
  const work: Work = {
    options,
    active: createActiveRuns(store, { log, limit: maxRunsAtOnce }),
    sources: [...registry.sources, ...drivers.map(({ source }) => source)],
    wanted: new Set(),
    again: new Set(),
    resumed: new Map(),
    elsewhere: new Map(),
    fruitless: new Map(),
    listeners: new Set(),
    stopped: new AbortController(),
    timers: new Set(),
    watching: false,
    isClosing: false,
    filler: createLooker(() => fillPlaces(work)),
    lookAgain: undefined,
  };
  let unwatch: (() => void) | undefined;
  return {
    recorderOf: (runId) => work.active.get(runId)?.recorder,
    kick: (runId) => kick(work, runId),
    reserve: (runId) => reserve(work, runId),
    resume: (runId, request) => resume(work, runId, request),
    goesOnWith: (source) => maxRunsAtOnce > 0 && ownerOf(options, source) !== undefined,
    watch(only) {
      if (maxRunsAtOnce === 0) return;
      work.watching = only ?? true;
      unwatch ??= watch(work);
      void lookAround(work);
    },
    listen(listener) {
      work.listeners.add(listener);
      return () => work.listeners.delete(listener);
    },
    async close(graceMs) {
      unwatch?.();
      await close(work, graceMs);
    },
  };
}

async function reserve(
  { options, active, isClosing }: Work,
  runId: RunId,
): Promise<() => Promise<void>> {
  const { store, maxRunsAtOnce } = options;
  if (!isClosing && maxRunsAtOnce !== 0) {
    await (async () => store.claimRun(runId, active.terms))().catch(() => undefined);
  }
  return async () => {
    await (async () => store.release(runId, active.terms.owner))().catch(() => undefined);
  };
}

async function resume(work: Work, runId: RunId, request: Resumption): Promise<void> {
  // What made it fail may still be on its way out.
  for (let at = work.active.get(runId); at !== undefined; at = work.active.get(runId))
    await at.done;
  if (work.isClosing) return;
  const { promise, resolve: begun } = Promise.withResolvers<void>();
  leaveAlone(work, runId);
  work.resumed.set(runId, { ...request, begun });
  kick(work, runId);
  await promise;
}

async function close(work: Work, graceMs: number): Promise<void> {
  work.isClosing = true;
  for (const timer of work.timers) clearTimeout(timer);
  for (const end of work.elsewhere.values()) end();
  const limit = setTimeout(() => work.stopped.abort(new Error("The process is closing")), graceMs);
  // What was asked for before is begun yet, where it finds a place.
  await work.filler.idle();
  while (work.active.size > 0) {
    await work.active.idle();
    await work.filler.idle();
  }
  clearTimeout(limit);
  for (const runId of work.resumed.keys()) leaveAlone(work, runId);
}
