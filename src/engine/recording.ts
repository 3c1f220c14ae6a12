import type { Clock } from "../lib/clock.ts";
import type { Serial } from "../lib/slots.ts";
import type { StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
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

/** An append that is asked for. */
export interface Waiting {
  drafts: readonly AnyDraft[];
  allowed: (() => boolean) | undefined;
  /** The entries it was tried with last. */
  tried?: readonly StoredEntry[] | undefined;
  /** Those of other tries, where the texts came to be others. */
  triedBefore?: readonly (readonly StoredEntry[])[] | undefined;
  /** Whether nobody waits for it any more: an outcome that is stored when that is possible. */
  isKept?: boolean | undefined;
  resolve(entries: readonly StoredEntry[]): void;
  reject(error: unknown): void;
}

/** One that has its places in the journal. */
export interface Placed {
  waiting: Waiting;
  entries: readonly StoredEntry[];
}

/** A recorder at work. */
export interface Recording {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly sink: JournalSink;
  readonly patienceMs: number;
  /** What is not on its way to the sink, in the order of asking. */
  readonly queue: Waiting[];
  /** What is on its way: one batch at a time. */
  readonly writing: Serial;
  readonly kept: Kept;
  /** Where the batch that is on its way begins. */
  from: number | undefined;
}

/** What a recorder keeps while its store takes nothing. */
export interface Kept {
  /** Since when that is so, by `performance.now()`, and why. */
  stalled: { since: number; error: Error } | undefined;
  /** When the last write began, by `performance.now()`. */
  begunAt: number;
  /** Tries again. */
  readonly retry: () => void;
  timer: NodeJS.Timeout | undefined;
  /** How soon that is, next time. */
  delayMs: number;
  /** Why nothing waits any more, once that is so. */
  ended: Error | undefined;
  /** Outcomes that nobody waits for any more, at the end of the journal. */
  tail: readonly StoredEntry[];
}
