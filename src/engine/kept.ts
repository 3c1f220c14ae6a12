import { toIso } from "../lib/clock.ts";
import { sha256 } from "../lib/digest.ts";
import { hashBefore, type StoredEntry } from "./chain.ts";
import type { AnyDraft } from "./entries.ts";
import { isOutcome } from "./entry-kinds.ts";
import type { Journal } from "./journal.ts";
import type { Recording, Waiting, Kept } from "./recording.ts";

/** How soon a store that failed is tried again, at first and at last. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;
/** How long others may keep a store busy before it counts as failing. */
const BUSY_MS = 5_000;

export function createKept(retry: () => void): Kept {
  return {
    stalled: undefined,
    begunAt: 0,
    retry,
    timer: undefined,
    delayMs: FIRST_RETRY_MS,
    ended: undefined,
    tail: [],
  };
}

/** Notes that a write begins. @returns how long others may keep the store busy meanwhile */
export function beginWrite({ kept, patienceMs }: Recording): number {
  kept.begunAt = performance.now();
  const waitedMs = kept.stalled === undefined ? 0 : kept.begunAt - kept.stalled.since;
  return Math.max(0, Math.min(BUSY_MS, patienceMs - waitedMs));
}

/** The store has taken what there was. */
export function works({ kept, queue }: Recording): void {
  if (queue.length > 0) return;
  clearTimeout(kept.timer);
  kept.stalled = undefined;
  kept.delayMs = FIRST_RETRY_MS;
}

/** The store failed: it is tried again, and once patience ends nobody waits for it any longer. */
export function stalls(recording: Recording, error: Error): void {
  const { kept, queue, patienceMs } = recording;
  kept.stalled = { since: kept.stalled?.since ?? kept.begunAt, error };
  const isOver = performance.now() - kept.stalled.since >= patienceMs;
  if (kept.ended !== undefined) giveUp(recording, kept.ended, { isForGood: true });
  else if (isOver) giveUp(recording, error);
  clearTimeout(kept.timer);
  if (queue.length === 0) return;
  kept.timer = setTimeout(kept.retry, kept.delayMs);
  // Who was told already does not keep the process alive for it.
  if (queue.every(({ isKept }) => isKept === true)) kept.timer.unref();
  kept.delayMs = Math.min(kept.delayMs * 2, LAST_RETRY_MS);
}

/** As `Recorder.giveUp` says. */
export function giveUp(
  recording: Recording,
  reason: Error,
  { isForGood = false }: { isForGood?: boolean } = {},
): void {
  const { journal, queue, kept } = recording;
  if (isForGood) kept.ended = reason;
  const waiting = queue.splice(0);
  for (const { drafts, tried, isKept } of isForGood ? [] : waiting) {
    const outcomes = drafts.filter((draft) => isOutcome(journal.state, draft));
    if (outcomes.length === 0) continue;
    const same = isKept === true ? tried : undefined;
    queue.push({ drafts: outcomes, allowed: undefined, tried: same, isKept: true, ...nobody });
  }
  if (queue.length === 0) clearTimeout(kept.timer);
  // What is known is in the journal by the time that anybody is told.
  putBack(recording);
  for (const { reject } of waiting) reject(reason);
}

/** Gives drafts their places; the same texts as before, where nobody wrote meanwhile. */
export function placeAsTried(
  { journal, clock }: Recording,
  { waiting, drafts }: { waiting: Waiting; drafts: readonly AnyDraft[] },
): readonly StoredEntry[] {
  const { tried = [] } = waiting;
  const isSame = tried.length === drafts.length && follows(journal, tried);
  if (!isSame) return journal.place(drafts, toIso(clock.now()));
  journal.extend(tried);
  return tried;
}

/** Settles an append that was stored at a try of before, as somebody has read since. */
export function settlesAsTried(journal: Journal, waiting: Waiting): boolean {
  const { tried, triedBefore = [] } = waiting;
  const tries = tried === undefined ? triedBefore : [...triedBefore, tried];
  const stored = tries.find((each) => hasTried(journal, waiting, each));
  if (stored !== undefined) waiting.resolve(stored);
  return stored !== undefined;
}

/**
 * Whether the journal has what was tried: the same texts at the same places, and of outcomes that
 * nobody waits for the same facts, which a state may have brought into the store.
 */
function hasTried(
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

/** Takes outcomes that are not stored out of the journal, so that its end is the store's. */
export function takeBack({ journal, queue, kept }: Recording): void {
  const { tail } = kept;
  const from = journal.entries.length - tail.length;
  // Who went on with the journal without this store has what it knows.
  const isThere = tail.every(({ line }, index) => journal.entries[from + index]?.line === line);
  if (isThere && tail.length > 0) journal.rollback(from);
  if (!isThere) queue.splice(0, queue.length, ...queue.filter(({ isKept }) => isKept !== true));
  kept.tail = [];
}

/** Puts them back: whoever has the journal knows them. */
export function putBack(recording: Recording): void {
  const { journal, queue, kept } = recording;
  const before = journal.entries.length;
  for (const waiting of queue) {
    if (waiting.isKept === true) {
      waiting.tried = placeAsTried(recording, { waiting, drafts: waiting.drafts });
    }
  }
  kept.tail = journal.entries.slice(before);
  if (kept.tail.length > 0) journal.notify();
}

/** Waits until nothing waits for the store any more; or throws why something does. */
export async function untilStored(
  { journal, queue, kept, writing }: Recording,
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
