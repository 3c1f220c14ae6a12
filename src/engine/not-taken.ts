import type { ConflictError } from "../lib/errors.ts";
import { readStoredLines, type StoredEntry } from "./chain.ts";
import type { Journal } from "./journal.ts";
import { stalls, takeBack } from "./kept.ts";
import type { Placed, Recording, Waiting } from "./recorder.ts";
import { isOutcome, kindIn } from "./state.ts";

/**
 * What becomes of a batch that others forestalled: outcomes go behind the new end (S2); the rest is
 * thrown away, and decided anew.
 */
export async function conflicted(
  recording: Recording,
  { batch, error }: { batch: readonly Placed[]; error: ConflictError },
): Promise<void> {
  const { journal, queue } = recording;
  const problem = await takeIn(recording).catch((lost: unknown) => lost);
  const again: Waiting[] = [];
  for (const { waiting } of batch) {
    const { drafts, allowed, tried } = waiting;
    const isOurs = allowed === undefined || drafts.some((draft) => isOutcome(journal.state, draft));
    if (tried !== undefined && isThere(journal, waiting, tried)) waiting.resolve(tried);
    else if (problem === undefined && isOurs) again.push(waiting);
    else waiting.reject(problem ?? error);
  }
  queue.unshift(...again);
}

/**
 * What becomes of a batch with which the store failed, perhaps after it had written: reading tells.
 * What is not a word waits.
 *
 * @returns false: the store takes nothing
 */
export async function stall(
  recording: Recording,
  { batch, error }: { batch: readonly Placed[]; error: Error },
): Promise<false> {
  const { journal, queue } = recording;
  const isRead = await takeIn(recording).then(
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
  stalls(recording, error);
  return false;
}

/** Takes in what others stored. */
export async function takeIn(recording: Recording): Promise<void> {
  const { journal, sink } = recording;
  takeBack(recording);
  const lines = await sink.read(journal.entries.length);
  if (lines.length === 0) return;
  journal.extend(readStoredLines(lines, journal.state.folders));
  journal.notify();
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
