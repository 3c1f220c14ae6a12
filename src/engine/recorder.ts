import { toIso, type Clock } from "../lib/clock.ts";
import { ConflictError } from "../lib/errors.ts";
import { readStoredLines, type StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import { isOutcome } from "./kind.ts";
import type { Journal } from "./journal.ts";

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
 */
export interface Recorder {
  readonly journal: Journal;
  readonly clock: Clock;
  /**
   * Appends `drafts` together. Outcomes among them are appended whatever happened meanwhile.
   *
   * @param allowed asked for the rest when their turn comes, and again after a conflict; those it
   * refuses are left out
   * @throws ConflictError when it refuses and nothing is left, or somebody else wrote first
   */
  append(drafts: readonly AnyDraft[], allowed?: () => boolean): Promise<readonly StoredEntry[]>;
  /** Takes in what others stored. */
  catchUp(): Promise<void>;
  /** Resolves when nothing is on its way to the sink: all that the journal has is stored then. */
  settled(): Promise<void>;
}

interface Waiting {
  drafts: readonly AnyDraft[];
  allowed: (() => boolean) | undefined;
  resolve(entries: readonly StoredEntry[]): void;
  reject(error: unknown): void;
}

interface Placed {
  waiting: Waiting;
  entries: readonly StoredEntry[];
}

export function createRecorder(
  journal: Journal,
  { clock, sink }: { clock: Clock; sink?: JournalSink | undefined },
): Recorder {
  const queue: Waiting[] = [];
  let writing: Promise<void> | undefined;

  const place = (drafts: readonly AnyDraft[]): readonly StoredEntry[] =>
    journal.place(drafts, toIso(clock.now()));

  const writeAll = async (target: JournalSink): Promise<void> => {
    while (queue.length > 0) await writeBatch(target, queue.splice(0));
  };

  const writeBatch = async (target: JournalSink, asked: Waiting[]): Promise<void> => {
    const from = journal.entries.length;
    const { batch, refused } = placeAll(asked);
    if (batch.length > 0) await writePlaced(target, batch, from);
    // Only now: what they were refused for may have been in this very batch.
    for (const waiting of refused) waiting.reject(outdated());
  };

  /** Each is asked with those before it in place: of two that exclude each other, one is left. */
  const placeAll = (asked: Waiting[]): { batch: Placed[]; refused: Waiting[] } => {
    const batch: Placed[] = [];
    const refused: Waiting[] = [];
    for (const waiting of asked) {
      try {
        const drafts = stillMeant(journal, waiting);
        if (drafts.length === 0) refused.push(waiting);
        else batch.push({ waiting, entries: place(drafts) });
      } catch (error) {
        waiting.reject(error);
      }
    }
    return { batch, refused };
  };

  const writePlaced = async (target: JournalSink, batch: Placed[], from: number): Promise<void> => {
    try {
      await target.write(journal, from);
    } catch (error) {
      journal.rollback(from);
      const isConflict = error instanceof ConflictError;
      const problem = isConflict ? await takeIn(target).catch((lost: unknown) => lost) : error;
      // Outcomes go behind the new end; the rest is thrown away and decided anew.
      const isKept = ({ waiting: { drafts, allowed } }: Placed): boolean =>
        isConflict &&
        problem === undefined &&
        (allowed === undefined || drafts.some((draft) => isOutcome(journal.state, draft)));
      for (const each of batch) if (!isKept(each)) each.waiting.reject(problem ?? error);
      queue.unshift(...batch.filter((each) => isKept(each)).map(({ waiting }) => waiting));
      return;
    }
    journal.notify();
    for (const { waiting, entries } of batch) waiting.resolve(entries);
  };

  const takeIn = async (target: JournalSink): Promise<void> => {
    const lines = await target.read(journal.entries.length);
    if (lines.length === 0) return;
    journal.extend(readStoredLines(lines, journal.state.folders));
    journal.notify();
  };

  const exclusively = async (work: () => Promise<void>): Promise<void> => {
    const before = writing;
    const mine = (async () => {
      await before?.catch(() => undefined);
      await work();
    })();
    writing = mine;
    await mine;
  };

  return {
    journal,
    clock,
    async append(drafts, allowed) {
      if (sink === undefined) {
        const meant = stillMeant(journal, { drafts, allowed });
        if (meant.length === 0) throw outdated();
        const placed = place(meant);
        journal.notify();
        return placed;
      }
      const done = new Promise<readonly StoredEntry[]>((resolve, reject) => {
        queue.push({ drafts, allowed, resolve, reject });
      });
      exclusively(() => writeAll(sink)).catch((error: unknown) => {
        for (const waiting of queue.splice(0)) waiting.reject(error);
      });
      return done;
    },
    async catchUp() {
      if (sink !== undefined) await exclusively(() => takeIn(sink));
    },
    async settled() {
      for (let seen; seen !== writing;) {
        seen = writing;
        await seen?.catch(() => undefined);
      }
    },
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

function outdated(): ConflictError {
  return new ConflictError("Another process goes on with this run");
}
