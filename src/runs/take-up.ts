import type { RunStreamEvent } from "../agents/face/events.ts";
import { errorMessage, isStoreFault } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Looker } from "../lib/looker.ts";
import type { ActiveRun, ActiveRuns } from "./active-runs.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import type { DriverSource } from "./driver-source.ts";
import { goOn, type GoOnMeans, type Resumed } from "./go-on.ts";
import type { RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";

/** Writes come in bursts; each burst is looked at once. */
export const SETTLE_MS = 10;
/** How long after a failure of the store its runs are tried again. */
const STORE_RETRY_MS = 1_000;
/** How long whose turn it is has to take a run up. */
const LATER_MS = 1_000;
/** How many runs are remembered in which there was nothing to do. */
const FRUITLESS_LIMIT = 1_000;
/** How long more than these are remembered. */
const FORGET_MS = 600_000;
/** How often runs are looked for that others have. */
export const LOOK_AGAIN_MS = 500;

export interface ExecutorOptions extends GoOnMeans {
  store: RunStore;
  registry: AgentRegistry;
  log: Log;
  /** Who else has runs that go on here. */
  drivers: readonly DriverSource[];
  /** How many runs go on at once; default 64, and none with 0. Others wait, or are taken by other processes. */
  maxRunsAtOnce?: number | undefined;
}

/** What an executor knows. */
export interface Work {
  readonly options: ExecutorOptions;
  readonly active: ActiveRuns;
  /** All sources whose runs this process can go on with. */
  readonly sources: readonly string[];
  /** Runs to go on with that nobody claimed yet. */
  readonly wanted: Set<RunId>;
  /** Runs that are to be looked at again when they stop here. */
  readonly again: Set<RunId>;
  readonly resumed: Map<RunId, Resumed>;
  /** Runs that others have; what ends the wait for each. */
  readonly elsewhere: Map<RunId, () => void>;
  /** Runs in which there was nothing to do when they had this many entries. */
  readonly fruitless: Map<RunId, number>;
  readonly listeners: Set<(runId: RunId, event: RunStreamEvent) => void>;
  readonly stopped: AbortController;
  readonly timers: Set<NodeJS.Timeout>;
  /** Whether runs are looked for that nobody asked for; or only this one. */
  watching: boolean | RunId;
  isClosing: boolean;
  /** Fills the free places. */
  readonly filler: Looker;
  /** Forgets the next look. */
  lookAgain: (() => void) | undefined;
}

/** Whose runs of a source are, where this process can go on with them. */
export function ownerOf(
  { registry, drivers }: Pick<ExecutorOptions, "registry" | "drivers">,
  source: string,
): RegisteredAgent | DriverSource | undefined {
  return registry.withSource(source) ?? drivers.find((driver) => driver.source === source);
}

/** Goes on with a run once it has a place here; returns at once. */
export function kick(work: Work, runId: RunId): void {
  if (work.isClosing || work.options.maxRunsAtOnce === 0) {
    leaveAlone(work, runId);
    return;
  }
  if (work.active.get(runId) !== undefined) {
    work.again.add(runId);
    return;
  }
  work.wanted.add(runId);
  work.filler.look();
}

/** Nothing comes of a wish to resume, now. */
export function leaveAlone({ resumed }: Work, runId: RunId): void {
  resumed.get(runId)?.begun();
  resumed.delete(runId);
}

/** Fills the free places: with what was asked for, and then with what anybody may take. */
export async function fillPlaces(work: Work): Promise<void> {
  const { wanted, active, stopped, options } = work;
  try {
    while (wanted.size > 0 && active.free > 0 && !stopped.signal.aborted) {
      // Together: what they write to the store is written together too.
      const next = [...wanted].slice(0, active.free);
      for (const runId of next) wanted.delete(runId);
      await Promise.all(next.map((runId) => takeUp(work, runId)));
    }
    if (wanted.size === 0 && work.watching === true && !work.isClosing) await takeAny(work);
  } catch (error) {
    options.log.warn(`cannot look for runs to go on with: ${errorMessage(error)}`);
    if (isStoreFault(error)) after(work, STORE_RETRY_MS, work.filler.look);
  }
}

/** Claims a run that somebody here asked for, whatever its row says. */
async function takeUp(work: Work, runId: RunId): Promise<void> {
  const { options, active, again } = work;
  try {
    const summary = await options.store.getRun(runId);
    const registered = summary && ownerOf(options, summary.source);
    if (active.get(runId) !== undefined) again.add(runId);
    else if (summary === undefined || registered === undefined) leaveAlone(work, runId);
    else if (await options.store.claimRun(runId, active.terms))
      begin(work, { summary, registered });
    else {
      leaveAlone(work, runId);
      await waitElsewhere(work, runId);
    }
  } catch (error) {
    leaveAlone(work, runId);
    failed(work, runId, error);
  }
}

async function takeAny(work: Work): Promise<void> {
  const { active, again, fruitless, options, sources } = work;
  const { store } = options;
  if (sources.length === 0) return;
  // Also without a place: a store that tells one process of each run then tells another.
  const limit = Math.max(0, active.free);
  const request = { ...active.terms, sources, limit, except: fruitless };
  for (const summary of await store.claim(request)) {
    if (work.isClosing) {
      await store.release(summary.runId, active.terms.owner);
      continue;
    }
    const registered = ownerOf(options, summary.source);
    // One that is let go of here at this moment is ours again: it goes on once that is done.
    if (active.get(summary.runId) !== undefined) again.add(summary.runId);
    else if (registered !== undefined) begin(work, { summary, registered });
  }
  if (active.free > 0) await lookAgain(work);
}

/** Looks again while others have runs that could be ours: a lease that ends tells nobody. */
async function lookAgain(work: Work): Promise<void> {
  const { active, options, sources } = work;
  const inMs = await options.store.nextFree({ sources, owner: active.terms.owner });
  work.lookAgain?.();
  if (inMs === undefined || work.isClosing) return;
  // Their process may die before: that tells nobody either. One that has ended and was not claimed
  // is of a run that was left out.
  const waitMs = inMs > 0 ? Math.min(inMs + SETTLE_MS, LOOK_AGAIN_MS) : LOOK_AGAIN_MS;
  work.lookAgain = after(work, waitMs, work.filler.look);
}

/** Goes on with a run whose lease is ours. */
function begin(
  work: Work,
  { summary, registered }: { summary: RunSummary; registered: RegisteredAgent | DriverSource },
): void {
  const { runId } = summary;
  work.fruitless.delete(runId);
  work.wanted.delete(runId);
  const resumption = work.resumed.get(runId);
  work.resumed.delete(runId);
  const { signal: stopped } = work.stopped;
  const signal = resumption?.signal ? AbortSignal.any([stopped, resumption.signal]) : stopped;
  const perform = async (active: ActiveRun): Promise<void> => {
    try {
      const turn = await goOn(work.options, {
        summary,
        registered,
        resumption,
        active,
        signal,
        watch(event) {
          for (const listener of work.listeners) listener(runId, event);
        },
      });
      // Whose turn it is may die before they take it.
      if (turn === "later") after(work, LATER_MS, () => kick(work, runId));
    } finally {
      const length = active.recorder?.journal.state.length;
      if (length === active.lengthBefore) noteFruitless(work, { runId, length });
    }
  };
  work.active.begin(runId, perform, (error) => {
    resumption?.begun();
    if (error !== undefined) failed(work, runId, error);
    if (work.again.delete(runId)) kick(work, runId);
    work.filler.look();
  });
}

/**
 * Of too many the oldest are forgotten: looking at one of them again writes nothing either. Only
 * after a while, or those that are forgotten would be looked at by turns, for ever.
 */
function noteFruitless(work: Work, { runId, length }: { runId: RunId; length: number }): void {
  const { fruitless } = work;
  const isNew = !fruitless.delete(runId);
  fruitless.set(runId, length);
  // The first that is too many has all forgotten that are by then.
  if (!isNew || fruitless.size !== FRUITLESS_LIMIT + 1) return;
  after(work, FORGET_MS, () => {
    for (const oldest of fruitless.keys()) {
      if (fruitless.size <= FRUITLESS_LIMIT) break;
      fruitless.delete(oldest);
    }
  });
}

function failed(work: Work, runId: RunId, error: unknown): void {
  work.options.log.warn(`run ${runId}: ${errorMessage(error)}`);
  if (!isStoreFault(error)) return;
  // Nobody else tells when the disk has room again.
  work.fruitless.delete(runId);
  after(work, STORE_RETRY_MS, () => kick(work, runId));
}

/** Takes a run up when whoever has it lets go of it, or no longer says that they live. */
async function waitElsewhere(work: Work, runId: RunId): Promise<void> {
  if (work.elsewhere.has(runId) || work.isClosing) return;
  const { changes, store } = work.options;
  const again = (): void => {
    end();
    kick(work, runId);
  };
  const unlisten = changes.listen(again, runId);
  let forget: (() => void) | undefined;
  const end = (): void => {
    work.elsewhere.delete(runId);
    unlisten();
    forget?.();
  };
  work.elsewhere.set(runId, end);
  try {
    const lease = await store.leaseOf(runId);
    // Somebody may have told meanwhile.
    if (!work.elsewhere.has(runId)) return;
    forget = after(work, Math.max(0, lease?.leftMs ?? 0) + SETTLE_MS, again);
  } catch (error) {
    // It is tried again: this wait has no end that it could be left to.
    end();
    throw error;
  }
}

/** Calls `then` later, unless the executor closes; the result forgets it. */
export function after(work: Work, waitMs: number, then: () => void): () => void {
  const { timers } = work;
  if (work.isClosing) return () => undefined;
  const timer = setTimeout(() => {
    timers.delete(timer);
    then();
  }, waitMs);
  timers.add(timer);
  return () => {
    clearTimeout(timer);
    timers.delete(timer);
  };
}
