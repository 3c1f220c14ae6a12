import { readStoredLines } from "../../engine/chain.ts";
import { createJournal, type Journal } from "../../engine/journal.ts";
import type { JournalStore } from "../../engine/journal-store.ts";
import { openRun, wayInto, type Opening } from "../../engine/open-run.ts";
import type { Recorder } from "../../engine/recorder.ts";
import { isOutcome } from "../../engine/entry-kinds.ts";
import { createStoreSink } from "../../engine/store-sink.ts";
import { ConflictError } from "../../lib/errors.ts";
import type { RunId } from "../../lib/ids.ts";
import {
  decidedMeanwhile,
  entriesFor,
  isAddition,
  lateDecision,
  withoutPlace,
} from "./additions.ts";
import { atWork, busyError, joinsOf } from "./known-journals.ts";
import type { RunState } from "./run-state.ts";

type StoreOpening = Opening & { store: JournalStore };

/** Brings what a state has into the store; in a store the first decision is final. */
export async function joinStore(state: RunState, opening: StoreOpening): Promise<OpenedHere> {
  return openHere(opening, state.runId, (recorder) => addNews(recorder, state));
}

async function addNews(recorder: Recorder, state: RunState): Promise<void> {
  const { journal } = recorder;
  const drafts = state.unsaved(journal).map((stored) => withoutPlace(stored.entry));
  while (drafts.length > 0) {
    const late = lateDecision(journal, drafts);
    if (late !== undefined) throw decidedMeanwhile(late);
    try {
      await recorder.append(drafts, () => lateDecision(journal, drafts) === undefined);
      return;
    } catch (error) {
      // Somebody wrote first: what they decided is looked at anew.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}

/** A run of a store, opened. */
export interface OpenedHere {
  recorder: Recorder;
  /** Whether nobody else here begins to go on with it before whoever opened it has. */
  isHeld?: boolean;
}

/**
 * The way into a run of a store, for a process that may have gone on with it without that store, or
 * in another one: what the one journal of it here has beyond the store is stored first.
 *
 * @param join what is to be done before anybody here goes on with it
 * @throws ConflictError when the two went different ways, or this process is going on with it now
 * @throws HoldpointError `run_not_found`
 */
export async function openHere(
  opening: StoreOpening,
  runId: RunId,
  join: (recorder: Recorder) => Promise<void> = async () => undefined,
): Promise<OpenedHere> {
  const { known, store } = opening;
  const journal = known.journalOf(runId);
  const open = async (): Promise<OpenedHere> => {
    const recorder = await openRun(opening, runId);
    await join(recorder);
    return { recorder };
  };
  if (journal === undefined) return open();
  return joinsOf(journal).take(async () => {
    const way = known.ways.get(journal);
    // What is not stored yet of a way into this store, that way stores.
    if (way?.store === store) return open();
    if (atWork.has(journal)) throw busyError(runId, "this process");
    if (!(await carry(opening, runId, journal))) return open();
    const recorder = wayInto(opening, runId, journal);
    try {
      await join(recorder);
    } catch (error) {
      if (way !== undefined) known.ways.set(journal, way);
      throw error;
    }
    atWork.add(journal);
    return { recorder, isHeld: true };
  });
}

/**
 * Stores what a journal has beyond a store.
 *
 * @returns false where the store has more, or is to get no more than outcomes: whoever knows these
 * brings them
 */
async function carry(
  { store, folders }: StoreOpening,
  runId: RunId,
  journal: Journal,
): Promise<boolean> {
  for (;;) {
    const lines = await store.read(runId);
    const { entries, state } = journal;
    if (lines.some((line, seq) => entries[seq]?.line !== line)) {
      // Throws where the two went different ways.
      entriesFor(createJournal(folders, readStoredLines(lines, folders)), entries);
      return false;
    }
    const rest = entries.slice(lines.length);
    if (rest.length === 0) return true;
    const isLate = rest.some(({ entry }) => isOutcome(state, entry));
    if (isLate && rest.every(({ entry }) => isAddition(entry) || isOutcome(state, entry))) {
      return false;
    }
    try {
      await createStoreSink(store, runId).write(journal, lines.length);
    } catch (error) {
      // Somebody wrote first: that is looked at.
      if (!(error instanceof ConflictError)) throw error;
    }
  }
}
