import { isStoreFault, type ConflictError } from "../lib/errors.ts";
import { readStoredLines } from "./chain.ts";
import { isOutcome, kindIn } from "./entry-kinds.ts";
import type { Journal } from "./journal.ts";
import { settlesAsTried, stalls, takeBack } from "./kept.ts";
import type { Placed, Recording, Waiting } from "./recording.ts";

/**
 * What becomes of a batch that others forestalled: outcomes go behind the new end (S2), once that
 * can be read; the rest is thrown away, and decided anew.
 *
 * @returns false when the store tells nothing of what others wrote
 */
export async function conflicted(
  recording: Recording,
  { batch, error }: { batch: readonly Placed[]; error: ConflictError },
): Promise<boolean> {
  const { journal, queue } = recording;
  const problem = await takeIn(recording).catch((lost: unknown) => lost);
  const isFault = isStoreFault(problem);
  const again: Waiting[] = [];
  for (const { waiting } of batch) {
    const { drafts, allowed } = waiting;
    const hasOutcome = drafts.some((draft) => isOutcome(journal.state, draft));
    const isLeft =
      problem === undefined ? allowed === undefined || hasOutcome : isFault && hasOutcome;
    if (settlesAsTried(journal, waiting)) continue;
    if (isLeft) again.push(waiting);
    else waiting.reject(problem ?? error);
  }
  queue.unshift(...again);
  if (!isFault || again.length === 0) return true;
  stalls(recording, problem);
  return false;
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
    if (waiting.tried !== undefined && waiting.tried !== entries) {
      waiting.triedBefore = [...(waiting.triedBefore ?? []), waiting.tried];
    }
    waiting.tried = entries;
    if (isRead && settlesAsTried(journal, waiting)) continue;
    if (mayWait(journal, waiting)) again.push(waiting);
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
