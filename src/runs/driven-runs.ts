import type { AnyDraft } from "../engine/entries.ts";
import type { Journal } from "../engine/journal.ts";
import { startRun } from "../engine/open-run.ts";
import type { Run } from "../engine/state.ts";
import { statusOf } from "../engine/status.ts";
import { createStoreSink, openWish } from "../engine/store-sink.ts";
import { HoldpointError, isStoreFault } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { retryWord } from "./change-run.ts";
import type { Following } from "./changes.ts";
import type { Intent } from "./run-store.ts";
import type { IntentClaim } from "../engine/journal-store.ts";
import { openRecorder, toCard, type ServiceMeans } from "./service-means.ts";

/** The verbs of the service for runs whose calls do not come from agents. */
export interface DrivenVerbs {
  /**
   * Stores a run that begins with these entries; it goes on here.
   *
   * @param begin `intent`: the wish that it is begun for; what that closes is in the store by then
   * @throws HoldpointError `intent_open` where that has a current run already, or one that it would
   * close is not over after all
   */
  begin(begin: {
    runId: RunId;
    drafts: readonly AnyDraft[];
    intent?: IntentClaim | undefined;
  }): Promise<void>;
  /** Stores a run that went on in memory; what a power cut takes back of it is no loss. */
  keep(journal: Journal): Promise<void>;
  /**
   * A run as its journal stands, with what is on its way to the store; or, `isSettled`, once nothing
   * is: only what a body did is never taken back. @throws HoldpointError `run_not_found`
   */
  state(runId: RunId, options?: { isSettled?: boolean }): Promise<Run>;
  /** Whether the process that went on with a run last is another one, and is known to live. */
  isElsewhere(run: Run): Promise<boolean>;
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
  /** Since when the store may have lost runs; see `StoreHistory.unknownSince`. */
  unknownSince(): Promise<string | undefined>;
  /**
   * Nobody is owed the outcome of a run any more: its wish is closed once the store has that
   * outcome, which may have been told before.
   */
  delivered(runId: RunId): Promise<void>;
}

export function drivenVerbs(means: ServiceMeans): DrivenVerbs {
  const { store, changes, executor } = means;
  return {
    async begin({ runId, drafts, intent }) {
      for (const closed of intent?.closes ?? []) {
        if (!(await isMet(means, closed, { orThrow: true }))) throw notOver(closed);
      }
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
    async state(runId, { isSettled = false } = {}) {
      const recorder = await openRecorder(means, runId);
      if (isSettled) await recorder.settled();
      return recorder.journal.state;
    },
    async isElsewhere({ process }) {
      const { starter } = store;
      if (process === undefined || starter === undefined) return false;
      if (process.instance === starter.process.instance) return false;
      return (await starter.isAlive(process)) === true;
    },
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
    unknownSince: async () => store.history?.unknownSince(),
    async delivered(runId) {
      if (await isMet(means, runId)) await store.closeIntent(runId);
    },
  };
}

/**
 * Whether nothing more comes of the wish of a run, by what the store has. One that was closed over
 * an outcome that only this process knows would be met as a new one, should this process die.
 */
async function isMet(
  means: ServiceMeans,
  runId: RunId,
  options?: { orThrow: boolean },
): Promise<boolean> {
  const recorder = await openRecorder(means, runId);
  await recorder.stored(options);
  return openWish(recorder.journal.state) === undefined;
}

function notOver(runId: RunId): HoldpointError {
  return new HoldpointError("intent_open", `Run "${runId}" is not over after all. Look again`);
}
