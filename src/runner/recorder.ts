import { toIso, type Clock } from "../lib/clock.ts";
import { ConflictError } from "../lib/errors.ts";
import { readStoredLines, type StoredEntry } from "../journal/chain.ts";
import type { EntryDraft } from "../journal/entries.ts";
import { placeDrafts, type Journal } from "../journal/journal.ts";

/** Where a journal is kept besides this process. */
export interface JournalSink {
  /** Stores entries that are in the journal already. @throws ConflictError, and nothing is stored */
  write(journal: Journal, from: number): Promise<void>;
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
   * Appends `drafts` together.
   *
   * @param allowed asked when their turn comes, and again after a conflict; without it the drafts
   * are an outcome, which is appended whatever happened meanwhile
   * @throws ConflictError when `allowed` says no, or somebody else wrote first and it is given
   */
  append(drafts: readonly EntryDraft[], allowed?: () => boolean): Promise<readonly StoredEntry[]>;
  /** Takes in what others stored. */
  catchUp(): Promise<void>;
  /** Resolves when nothing is on its way to the sink: all that the journal has is stored then. */
  settled(): Promise<void>;
}

interface Waiting {
  drafts: readonly EntryDraft[];
  allowed: (() => boolean) | undefined;
  resolve(entries: readonly StoredEntry[]): void;
  reject(error: unknown): void;
}

export function createRecorder(
  journal: Journal,
  { clock, sink }: { clock: Clock; sink?: JournalSink | undefined },
): Recorder {
  const queue: Waiting[] = [];
  let writing: Promise<void> | undefined;

  const place = (waiting: Waiting): StoredEntry[] => {
    const placed = placeDrafts(waiting.drafts, {
      length: journal.entries.length,
      last: journal.entries.at(-1),
      at: toIso(clock.now()),
    });
    journal.extend(placed);
    return placed;
  };

  const writeAll = async (target: JournalSink): Promise<void> => {
    while (queue.length > 0) {
      const batch = queue.splice(0).filter((waiting) => isAllowed(waiting));
      if (batch.length > 0) await writeBatch(target, batch);
    }
  };

  const writeBatch = async (target: JournalSink, batch: Waiting[]): Promise<void> => {
    const from = journal.entries.length;
    const placed = batch.map((waiting) => place(waiting));
    try {
      await target.write(journal, from);
    } catch (error) {
      journal.rollback(from);
      if (!(error instanceof ConflictError)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const lost = await takeIn(target).then(
        () => undefined,
        (problem: unknown) => ({ problem }),
      );
      if (lost !== undefined) {
        for (const waiting of batch) waiting.reject(lost.problem);
        return;
      }
      // Outcomes go behind the new end; intentions are thrown away and decided anew.
      const again = batch.filter((waiting) => waiting.allowed === undefined);
      for (const waiting of batch) if (waiting.allowed !== undefined) waiting.reject(error);
      queue.unshift(...again);
      return;
    }
    journal.notify();
    batch.forEach((waiting, index) => waiting.resolve(placed[index] ?? []));
  };

  const takeIn = async (target: JournalSink): Promise<void> => {
    const lines = await target.read(journal.entries.length);
    if (lines.length === 0) return;
    journal.extend(readStoredLines(lines));
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
        if (allowed !== undefined && !allowed()) throw outdated();
        const placed = place({ drafts, allowed, resolve: () => {}, reject: () => {} });
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

function isAllowed(waiting: Waiting): boolean {
  if (waiting.allowed === undefined || waiting.allowed()) return true;
  waiting.reject(outdated());
  return false;
}

function outdated(): ConflictError {
  return new ConflictError("Another process goes on with this run");
}
