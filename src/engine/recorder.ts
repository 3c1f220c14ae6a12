import { toIso, type Clock } from "../lib/clock.ts";
import { createSerial } from "../lib/slots.ts";
import type { MaybePromise } from "../lib/pending.ts";
import { ConflictError, isStoreFault } from "../lib/errors.ts";
import { readStoredLines, type StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import type { Journal } from "./journal.ts";
import { isOutcome, kindIn } from "./state.ts";
import { createKept, untilStored, type Kept } from "./kept.ts";

/** Where a journal is kept besides this process. */
export interface JournalSink {
  /**
   * Stores entries that are in the journal already.
   *
   * @param waitMs how long others may keep it busy
   * @throws ConflictError, and nothing is stored
   */
  write(journal: Journal, from: number, waitMs?: number): Promise<void>;
  /** Lines that are stored from `fromSeq` on. */
  read(fromSeq: number): Promise<string[]>;
}

/**
 * The one way into a journal. Appends are made in the order they are asked for; those asked for
 * while one is on its way to the sink go together in the next.
 *
 * A store that fails is nobody's fault here (S10): what was done or decided by the run itself is kept and
 * tried again until the store takes it. Words from outside are refused, so that who said them knows.
 */
export interface Recorder {
  readonly journal: Journal;
  readonly clock: Clock;
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

/** An append that is asked for. */
export interface Waiting {
  drafts: readonly AnyDraft[];
  allowed: (() => boolean) | undefined;
  /** The entries it was tried with last. */
  tried?: readonly StoredEntry[] | undefined;
  /** Whether nobody waits for it any more: an outcome that is stored when that is possible. */
  isKept?: boolean | undefined;
  resolve(entries: readonly StoredEntry[]): void;
  reject(error: unknown): void;
}

interface Placed {
  waiting: Waiting;
  entries: readonly StoredEntry[];
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
  const kept: Kept = createKept(journal, { clock, queue, retry: () => flush() });

  const writeAll = async (target: JournalSink): Promise<void> => {
    kept.takeBack();
    while (queue.length > 0) {
      if (!(await writeBatch(target, queue.splice(0)))) return;
    }
    kept.works();
  };

  /** @returns false when the store takes nothing */
  const writeBatch = async (target: JournalSink, asked: Waiting[]): Promise<boolean> => {
    const from = journal.entries.length;
    const { batch, refused } = placeAll(asked);
    const goesOn = batch.length === 0 || (await writePlaced(target, batch, from));
    // Only now: what they were refused for may have been in this very batch.
    for (const waiting of refused) waiting.reject(outdated());
    return goesOn;
  };

  /** Each is asked with those before it in place: of two that exclude each other, one is left. */
  const placeAll = (asked: Waiting[]): { batch: Placed[]; refused: Waiting[] } => {
    const batch: Placed[] = [];
    const refused: Waiting[] = [];
    for (const waiting of asked) {
      try {
        const drafts = stillMeant(journal, waiting);
        if (drafts.length === 0) refused.push(waiting);
        else batch.push({ waiting, entries: kept.place(waiting, drafts) });
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { batch, refused };
  };

  const writePlaced = async (
    target: JournalSink,
    batch: Placed[],
    from: number,
  ): Promise<boolean> => {
    try {
      await target.write(journal, from, kept.waitMs(patienceMs));
    } catch (error) {
      journal.rollback(from);
      if (error instanceof ConflictError) await conflicted(target, batch, error);
      else if (isStoreFault(error)) return stall(target, batch, error);
      else for (const { waiting } of batch) waiting.reject(error);
      return true;
    }
    journal.notify();
    kept.works();
    for (const { waiting, entries } of batch) waiting.resolve(entries);
    return true;
  };

  /** Outcomes go behind the new end; the rest is thrown away and decided anew. */
  const conflicted = async (
    target: JournalSink,
    batch: Placed[],
    error: ConflictError,
  ): Promise<void> => {
    const problem = await takeIn(target).catch((lost: unknown) => lost);
    const again: Waiting[] = [];
    for (const { waiting } of batch) {
      const { drafts, allowed, tried } = waiting;
      const isOurs =
        allowed === undefined || drafts.some((draft) => isOutcome(journal.state, draft));
      if (tried !== undefined && isThere(journal, waiting, tried)) waiting.resolve(tried);
      else if (problem === undefined && isOurs) again.push(waiting);
      else waiting.reject(problem ?? error);
    }
    queue.unshift(...again);
  };

  /** The store failed, perhaps after it had written: reading tells. What is not a word waits. */
  const stall = async (target: JournalSink, batch: Placed[], error: Error): Promise<false> => {
    const isRead = await takeIn(target).then(
      () => true,
      () => false,
    );
    const again: Waiting[] = [];
    for (const { waiting, entries } of batch) {
      waiting.tried = entries;
      if (isRead && isThere(journal, waiting, entries)) waiting.resolve(entries);
      else if (mayWait(journal, waiting)) again.push(waiting);
      else waiting.reject(error);
    }
    queue.unshift(...again);
    kept.stalls(error, patienceMs);
    return false;
  };

  const takeIn = async (target: JournalSink): Promise<void> => {
    kept.takeBack();
    const lines = await target.read(journal.entries.length);
    if (lines.length === 0) return;
    journal.extend(readStoredLines(lines, journal.state.folders));
    journal.notify();
  };

  const flush = (): void => {
    if (sink === undefined) return;
    writing
      .take(() => writeAll(sink))
      .catch((error: unknown) => {
        for (const waiting of queue.splice(0)) waiting.reject(error);
      });
  };

  return {
    journal,
    clock,
    get stalled() {
      return kept.stalled;
    },
    giveUp: (reason, options) => kept.giveUp(reason, options),
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
      flush();
      return promise;
    },
    async catchUp() {
      if (sink === undefined) return;
      await writing.take(async () => {
        try {
          await takeIn(sink);
        } finally {
          kept.putBack();
        }
      });
    },
    settled: () => writing.settled(),
    stored: (options) => untilStored({ journal, queue, kept, writing }, options),
  };
}

/** All drafts, or the outcomes among them when the rest has been overtaken. */
function stillMeant(
  { state }: Journal,
  { drafts, allowed }: Pick<Waiting, "drafts" | "allowed">,
): readonly AnyDraft[] {
  if (allowed === undefined || allowed()) return drafts;
  return drafts.filter((draft) => isOutcome(state, draft));
}

/** Whether nobody outside waits to be told what came of it. */
function mayWait({ state, entries }: Journal, { drafts }: Waiting): boolean {
  return entries.length > 0 && drafts.some((draft) => kindIn(state, draft) !== "word");
}

/**
 * Whether the journal has what was tried: the same texts at the same places, and of outcomes that
 * nobody waits for the same facts, which a state may have brought into the store.
 */
function isThere(
  { entries }: Journal,
  { isKept }: Waiting,
  tried: readonly StoredEntry[],
): boolean {
  if (tried.every(({ entry, line }) => entries[entry.seq]?.line === line)) return true;
  if (isKept !== true) return false;
  const said = new Set(entries.slice(tried[0]?.entry.seq).map(factOf));
  return tried.every((stored) => said.has(factOf(stored)));
}

function factOf({ entry: { seq: _seq, at: _at, prev: _prev, ...fact } }: StoredEntry): string {
  return JSON.stringify(fact);
}

function outdated(): ConflictError {
  return new ConflictError("Another process goes on with this run");
}
