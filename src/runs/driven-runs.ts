import type { Planner } from "../engine/driver.ts";
import type { AnyDraft } from "../engine/entries.ts";
import type { Journal } from "../engine/journal.ts";
import { startRun } from "../engine/open-run.ts";
import type { Passes } from "../engine/passes.ts";
import type { Starter } from "../engine/starter.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { Run } from "../engine/state.ts";
import { statusOf } from "../engine/status.ts";
import { createStoreSink } from "../engine/store-sink.ts";
import { isStoreFault } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { retryWord } from "./change-run.ts";
import type { Following } from "./changes.ts";
import type { Resumption } from "./go-on.ts";
import type { Intent, IntentClaim } from "./run-store.ts";
import { openRecorder, toCard, type ServiceMeans } from "./service-means.ts";

/** A driver other than that of agents, whose runs this process can go on with. */
export interface DriverSource {
  /** As `run_started.source` names it. */
  readonly source: string;
  /** What its half that plans says without an activation. */
  readonly planner: Planner;
  /** The type of its entry that says why an activation failed. */
  readonly failureType: string;
  /**
   * Goes on with a run under a lease that the caller has, until it is over or waits.
   *
   * @returns `later` where nothing was done, since it is another living process's turn first
   */
  goOn(
    recorder: Recorder,
    options: {
      signal: AbortSignal;
      resumption: Resumption | undefined;
      /** Of the store: who began what, and whether they live. */
      starter: Starter | undefined;
      /** The yeses for later calls that the store keeps. */
      passes: Passes | undefined;
    },
  ): Promise<"later" | void>;
}

/** The verbs of the service for runs whose calls do not come from agents. */
export interface DrivenVerbs {
  /**
   * Stores a run that begins with these entries; it goes on here.
   *
   * @param begin `intent`: the wish that it is begun for
   * @throws HoldpointError `intent_open` where that has a current run already
   */
  begin(begin: {
    runId: RunId;
    drafts: readonly AnyDraft[];
    intent?: IntentClaim | undefined;
  }): Promise<void>;
  /** Stores a run that went on in memory; what a power cut takes back of it is no loss. */
  keep(journal: Journal): Promise<void>;
  /** A run as its journal stands. @throws HoldpointError `run_not_found` */
  state(runId: RunId): Promise<Run>;
  /**
   * Adds what somebody outside says to a run; it goes on where it is its source's turn.
   *
   * @param isMeant asked of the run as it stands then: nothing is added where it says no
   */
  say(runId: RunId, drafts: readonly AnyDraft[], isMeant?: (run: Run) => boolean): Promise<void>;
  /** Tells of changes of a run, from now on. */
  follow(runId: RunId): Following;
  /** The runs of a wish: the current ones, and the last of the others. */
  intents(key: string): Promise<Intent[]>;
  /** Nobody is owed the outcome of a run any more. */
  delivered(runId: RunId): Promise<void>;
}

export function drivenVerbs(means: ServiceMeans): DrivenVerbs {
  const { store, changes, executor } = means;
  return {
    async begin({ runId, drafts, intent }) {
      // Before others hear of it: at their servers it would be another call.
      const letGo = await executor.reserve(runId);
      try {
        await startRun(means.recorders.opening, { runId, drafts, intent });
      } catch (error) {
        // A commit that failed may have been made all the same: then it goes on.
        const isStored = isStoreFault(error) && (await store.getRun(runId)) !== undefined;
        if (!isStored) {
          await letGo();
          throw error;
        }
      }
      executor.kick(runId);
    },
    async keep(journal) {
      const { runId } = journal.state;
      if (runId === undefined) return;
      await createStoreSink(store, runId, { toCard, mayBeLost: true }).write(journal, 0);
      if (statusOf(journal.state) !== "completed") executor.kick(runId);
    },
    state: async (runId) => (await openRecorder(means, runId)).journal.state,
    async say(runId, drafts, isMeant = () => true) {
      const recorder = await openRecorder(means, runId);
      const allowed = (): boolean => isMeant(recorder.journal.state);
      if (!allowed()) return;
      await retryWord(() => recorder.append(drafts, allowed), allowed);
      // What others wrote came in with it, and was taken for our own doing.
      executor.kick(runId);
    },
    follow: (runId) => changes.follow(runId),
    intents: async (key) => store.findIntents(key),
    delivered: async (runId) => store.closeIntent(runId),
  };
}
