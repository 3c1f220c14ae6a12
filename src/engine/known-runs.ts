import type { RunId } from "../lib/ids.ts";
import type { JournalStore } from "./journal-store.ts";
import type { Journal } from "./journal.ts";
import type { Recorder } from "./recorder.ts";

/** A recorder, and where it keeps its journal. */
export interface KnownWay {
  readonly recorder: Recorder;
  readonly store: JournalStore | undefined;
  readonly patienceMs: number | undefined;
}

/**
 * The one journal that there is here of each run, so that two who have it cannot go two ways, and
 * the way into it. Held weakly: it lasts as long as somebody works with it.
 */
export interface KnownRuns {
  journalOf(runId: RunId): Journal | undefined;
  remember(runId: RunId, journal: Journal): void;
  readonly ways: WeakMap<Journal, KnownWay>;
  /** Notes a recorder as the one used last, which is the last to go. */
  keep(runId: RunId, recorder: Recorder): void;
}

/** @param options `keep`: how many of those used last are kept though nobody works with them */
export function createKnownRuns({ keep: most = 0 }: { keep?: number } = {}): KnownRuns {
  const journals = new Map<RunId, WeakRef<Journal>>();
  const kept = new Map<RunId, Recorder>();
  const forgotten = new FinalizationRegistry<RunId>((runId) => {
    if (journals.get(runId)?.deref() === undefined) journals.delete(runId);
  });
  return {
    journalOf: (runId) => journals.get(runId)?.deref(),
    ways: new WeakMap(),
    remember(runId, journal) {
      journals.set(runId, new WeakRef(journal));
      forgotten.register(journal, runId);
    },
    keep(runId, recorder) {
      if (most === 0) return;
      kept.delete(runId);
      kept.set(runId, recorder);
      if (kept.size <= most) return;
      // One that keeps what the store does not take is the only one that knows it.
      const idle = [...kept].filter(([, { stalled }]) => stalled === undefined);
      for (const [oldest] of idle.slice(0, kept.size - most)) kept.delete(oldest);
    },
  };
}
