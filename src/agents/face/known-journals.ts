import type { RunId } from "../../lib/ids.ts";
import type { Journal } from "../../engine/journal.ts";

const known = new Map<RunId, WeakRef<Journal>>();
const forgotten = new FinalizationRegistry<RunId>((runId) => {
  if (known.get(runId)?.deref() === undefined) known.delete(runId);
});

/**
 * The one journal that this process has of a run, so that two states of it cannot go two ways.
 * Held weakly: it lasts as long as somebody has a state of the run.
 */
export function knownJournal(runId: RunId): Journal | undefined {
  return known.get(runId)?.deref();
}

export function rememberJournal(runId: RunId, journal: Journal): void {
  known.set(runId, new WeakRef(journal));
  forgotten.register(journal, runId);
}
