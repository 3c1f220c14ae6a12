import { toIso, type Clock } from "../lib/clock.ts";
import { ConflictError, isStoreFault } from "../lib/errors.ts";
import type { MaybePromise } from "../lib/pending.ts";
import { createSerial } from "../lib/slots.ts";
import type { StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import { isOutcome } from "./entry-kinds.ts";
import type { Journal } from "./journal.ts";
import {
  beginWrite,
  createKept,
  giveUp,
  placeAsTried,
  putBack,
  settlesAsTried,
  takeBack,
  untilStored,
  works,
} from "./kept.ts";
import { conflicted, stall, takeIn } from "./not-taken.ts";
import type { Waiting, Recording, Placed, JournalSink } from "./recording.ts";

/**
 * The one way into a journal. Appends are made in the order they are asked for; those asked for
 * while one is on its way to the sink go together in the next.
 *
 * A store that fails is nobody's fault here (S10): what was done or decided by the run itself is kept and
 * tried again until the store takes it. Words from outside are refused, so that who said them knows.
 */
export interface Recorder {
  readonly journal: Journal;
  /** How many entries of the journal are stored: what is on its way may stand where others wrote. */
  readonly storedLength: number;
  readonly clock: Clock;
  /** Whether it is kept besides this process, where others decide too. */
  readonly isStored: boolean;
  /**
   * Appends `drafts` together. Outcomes among them are appended whatever happened meanwhile (S2).
   *
   * @param allowed asked for the rest when their turn comes, and again after a conflict; those it
   * refuses are left out
   * @throws ConflictError when it refuses and nothing is left, or somebody else wrote first
   * @throws HoldpointError `store_unavailable` for a word, and for all once patience has ended
   */
  append(drafts: readonly AnyDraft[], allowed?: () => boolean): Promise<readonly StoredEntry[]>;
  /** Takes in what others stored. */
  catchUp(): Promise<void>;
  /** Waits while something is on its way to the sink: all that the journal has is stored then. */
  settled(): MaybePromise<void>;
  /** The same of all that was asked for, also where the store takes nothing; or throws why that is. */
  stored(options?: { orThrow?: boolean }): Promise<void>;
  /** Since when the store takes nothing, by `performance.now()`, and why. */
  readonly stalled: { since: number; error: Error } | undefined;
  /**
   * Lets nobody wait any longer for a store that takes nothing. Outcomes stay in the journal, and
   * are stored when that is possible, unless they are given up too.
   */
  giveUp(reason: Error, options?: { isForGood?: boolean }): void;
}

export interface RecorderOptions {
  clock: Clock;
  sink?: JournalSink | undefined;
  /** How long a store that fails is waited for; for ever when absent. */
  patienceMs?: number | undefined;
}

export function createRecorder(
  journal: Journal,
  { clock, sink, patienceMs = Infinity }: RecorderOptions,
): Recorder {
  const queue: Waiting[] = [];
  const writing = createSerial();
  const kept = createKept(() => flush(recording));
  const to = sink ?? nowhere;
  const means = { journal, clock, sink: to, patienceMs, queue, writing, kept };
  const recording: Recording = { ...means, from: undefined };
  return {
    journal,
    clock,
    isStored: sink !== undefined,
    get storedLength() {
      return recording.from ?? journal.entries.length - kept.tail.length;
    },
    get stalled() {
      return kept.stalled;
    },
    giveUp: (reason, options) => giveUp(recording, reason, options),
    async append(drafts, allowed) {
      if (sink === undefined) {
        const meant = stillMeant(journal, { drafts, allowed });
        if (meant.length === 0) throw outdated();
        const placed = journal.place(meant, toIso(clock.now()));
        journal.notify();
        return placed;
      }
      const { promise, resolve, reject } = Promise.withResolvers<readonly StoredEntry[]>();
      queue.push({ drafts, allowed, resolve, reject });
      flush(recording);
      return promise;
    },
    async catchUp() {
      if (sink === undefined) return;
      await writing.take(async () => {
        try {
          await takeIn(recording);
        } finally {
          putBack(recording);
        }
      });
    },
    settled: () => writing.settled(),
    stored: (options) => untilStored(recording, options),
  };
}

/** What has no sink is not queued: nothing is asked of this one. */
const nowhere: JournalSink = { write: async () => {}, read: async () => [] };

/** Has all that is asked for go to the sink, behind what is on its way. */
function flush(recording: Recording): void {
  recording.writing
    .take(() => writeAll(recording))
    .catch((error: unknown) => {
      for (const waiting of recording.queue.splice(0)) waiting.reject(error);
    });
}

async function writeAll(recording: Recording): Promise<void> {
  const { queue } = recording;
  takeBack(recording);
  while (queue.length > 0) {
    if (!(await writeBatch(recording, queue.splice(0)))) return;
  }
  works(recording);
}

/** @returns false when the store takes nothing */
async function writeBatch(recording: Recording, asked: Waiting[]): Promise<boolean> {
  const from = recording.journal.entries.length;
  recording.from = from;
  try {
    const { batch, refused } = placeAll(recording, asked);
    const goesOn = batch.length === 0 || (await writePlaced(recording, { batch, from }));
    // Only now: what they were refused for may have been in this very batch.
    for (const waiting of refused) waiting.reject(outdated());
    return goesOn;
  } finally {
    recording.from = undefined;
  }
}

/** Each is asked with those before it in place: of two that exclude each other, one is left. */
function placeAll(recording: Recording, asked: Waiting[]): { batch: Placed[]; refused: Waiting[] } {
  const batch: Placed[] = [];
  const refused: Waiting[] = [];
  for (const waiting of asked) {
    if (settlesAsTried(recording.journal, waiting)) continue;
    try {
      const drafts = stillMeant(recording.journal, waiting);
      if (drafts.length === 0) refused.push(waiting);
      else batch.push({ waiting, entries: placeAsTried(recording, { waiting, drafts }) });
    } catch (error) {
      waiting.reject(error);
    }
  }
  return { batch, refused };
}

async function writePlaced(
  recording: Recording,
  { batch, from }: { batch: readonly Placed[]; from: number },
): Promise<boolean> {
  const { journal, sink } = recording;
  try {
    await sink.write(journal, from, beginWrite(recording));
  } catch (error) {
    journal.rollback(from);
    if (error instanceof ConflictError) return conflicted(recording, { batch, error });
    if (isStoreFault(error)) return stall(recording, { batch, error });
    for (const { waiting } of batch) waiting.reject(error);
    return true;
  }
  journal.notify();
  works(recording);
  for (const { waiting, entries } of batch) waiting.resolve(entries);
  return true;
}

/** All drafts, or the outcomes among them when the rest has been overtaken. */
function stillMeant(
  { state }: Journal,
  { drafts, allowed }: Pick<Waiting, "drafts" | "allowed">,
): readonly AnyDraft[] {
  if (allowed === undefined || allowed()) return drafts;
  return drafts.filter((draft) => isOutcome(state, draft));
}

function outdated(): ConflictError {
  return new ConflictError("Another process goes on with this run");
}
