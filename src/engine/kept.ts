import { toIso, type Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import type { Serial } from "../lib/slots.ts";
import { hashBefore, type StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import type { Journal } from "./journal.ts";
import { isOutcome } from "./state.ts";
import type { Waiting } from "./recorder.ts";

/** How soon a store that failed is tried again, at first and at last. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
/** How long others may keep a store busy before it counts as failing. */
const BUSY_MS = 5_000;

/** What a recorder keeps while its store takes nothing. */
export interface Kept {
  readonly stalled: { since: number; error: Error } | undefined;
  /** The store failed: it is tried again, and once patience ends nobody waits for it any longer. */
  stalls(error: Error, patienceMs: number): void;
  /** The store has taken what there was. */
  works(): void;
  /** How long a busy store may be waited for by a write that begins now. */
  waitMs(patienceMs: number): number;
  /** Gives drafts their places; the same texts as before, where nobody wrote meanwhile. */
  place(waiting: Waiting, drafts: readonly AnyDraft[]): readonly StoredEntry[];
  giveUp(reason: Error, options?: { isForGood?: boolean }): void;
  /** Takes outcomes that are not stored out of the journal, so that its end is the store's. */
  takeBack(): void;
  /** Puts them back: whoever has the journal knows them. */
  putBack(): void;
}

export function createKept(
  journal: Journal,
  { clock, queue, retry }: { clock: Clock; queue: Waiting[]; retry: () => void },
): Kept {
  let stalled: { since: number; error: Error } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let delayMs = FIRST_RETRY_MS;
  let begunAt = 0;
  /** Why nothing waits any more, once that is so. */
  let ended: Error | undefined;
  /** Outcomes that nobody waits for any more, at the end of the journal. */
  let tail: readonly StoredEntry[] = [];

  const place = (waiting: Waiting, drafts: readonly AnyDraft[]): readonly StoredEntry[] => {
    const { tried = [] } = waiting;
    const isSame = tried.length === drafts.length && follows(journal, tried);
    if (!isSame) return journal.place(drafts, toIso(clock.now()));
    journal.extend(tried);
    return tried;
  };

  const putBack = (): void => {
    const before = journal.entries.length;
    for (const waiting of queue) {
      if (waiting.isKept === true) waiting.tried = place(waiting, waiting.drafts);
    }
    tail = journal.entries.slice(before);
    if (tail.length > 0) journal.notify();
  };

  const giveUp: Kept["giveUp"] = (reason, { isForGood = false } = {}) => {
    if (isForGood) ended = reason;
    const waiting = queue.splice(0);
    for (const { drafts, tried, isKept } of isForGood ? [] : waiting) {
      const outcomes = drafts.filter((draft) => isOutcome(journal.state, draft));
      if (outcomes.length === 0) continue;
      const same = isKept === true ? tried : undefined;
      queue.push({ drafts: outcomes, allowed: undefined, tried: same, isKept: true, ...nobody });
    }
    if (queue.length === 0) clearTimeout(timer);
    // What is known is in the journal by the time that anybody is told.
    putBack();
    for (const { reject } of waiting) reject(reason);
  };

  return {
    get stalled() {
      return stalled;
    },
    place,
    putBack,
    giveUp,
    waitMs(patienceMs) {
      begunAt = performance.now();
      const waitedMs = stalled === undefined ? 0 : begunAt - stalled.since;
      return Math.max(0, Math.min(BUSY_MS, patienceMs - waitedMs));
    },
    stalls(error, patienceMs) {
      stalled = { since: stalled?.since ?? begunAt, error };
      const isOver = performance.now() - stalled.since >= patienceMs;
      if (ended !== undefined) giveUp(ended, { isForGood: true });
      else if (isOver) giveUp(error);
      clearTimeout(timer);
      if (queue.length === 0) return;
      timer = setTimeout(retry, delayMs);
      // Who was told already does not keep the process alive for it.
      if (queue.every(({ isKept }) => isKept === true)) timer.unref();
      delayMs = Math.min(delayMs * 2, LAST_RETRY_MS);
    },
    works() {
      if (queue.length > 0) return;
      clearTimeout(timer);
      stalled = undefined;
      delayMs = FIRST_RETRY_MS;
    },
    takeBack() {
      const from = journal.entries.length - tail.length;
      // Who went on with the journal without this store has what it knows.
      const isThere = tail.every(({ line }, index) => journal.entries[from + index]?.line === line);
      if (isThere && tail.length > 0) journal.rollback(from);
      if (!isThere) queue.splice(0, queue.length, ...queue.filter(({ isKept }) => isKept !== true));
      tail = [];
    },
  };
}

/** Waits until nothing waits for the store any more; or throws why something does. */
export async function untilStored(
  {
    journal,
    queue,
    kept,
    writing,
  }: { journal: Journal; queue: readonly Waiting[]; kept: Kept; writing: Serial },
  { orThrow = false }: { orThrow?: boolean } = {},
): Promise<void> {
  await writing.settled();
  while (queue.length > 0 && kept.stalled !== undefined) {
    if (orThrow) throw kept.stalled.error;
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    const unwatch = journal.watch(resolve);
    await changed;
    unwatch();
    await writing.settled();
  }
}

const nobody = { resolve: () => undefined, reject: () => undefined };

/** Whether entries that have their places already go on where the journal ends. */
function follows({ entries }: Journal, tried: readonly StoredEntry[]): boolean {
  const [first] = tried;
  const last = entries.at(-1);
  if (first?.entry.seq !== entries.length) return false;
  return hashBefore(first) === (last === undefined ? undefined : sha256(last.line));
}
