import type { Clock } from "../lib/clock.ts";
import type { RunId } from "../lib/ids.ts";
import { agentFolders } from "../agents/turn-fold.ts";
import { createJournal } from "../engine/journal.ts";
import { createRecorder, type JournalSink, type Recorder } from "../engine/recorder.ts";
import { createStoreSink, type ToCard } from "../engine/store-sink.ts";
import type { RunStore, RunSummary } from "./run-store.ts";

/** How many journals are kept that nobody works with. */
const KEPT = 32;

/** The ways into stored journals; those used last are kept, so that opening one costs what is new. */
export interface Recorders {
  /** A recorder of a stored run that has all its entries. */
  open(summary: RunSummary): Promise<Recorder>;
  /** Whether a recorder is storing entries of a run: what is told of it then is its own doing. */
  isWriting(runId: RunId): boolean;
}

export interface RecordersOptions {
  store: RunStore;
  clock: Clock;
  /** What lists shall show of an approval. */
  toCard?: ToCard | undefined;
}

export function createRecorders({ store, clock, toCard }: RecordersOptions): Recorders {
  const kept = new Map<RunId, Recorder>();
  const writing = new Set<RunId>();
  const create = ({ runId }: RunSummary): Recorder => {
    const sink = createStoreSink(store, runId, { toCard });
    return createRecorder(createJournal(agentFolders), {
      clock,
      sink: noting(sink, { runId, writing }),
    });
  };
  return {
    async open(summary) {
      const { runId } = summary;
      const recorder = kept.get(runId) ?? create(summary);
      // The one used last is the last to go.
      kept.delete(runId);
      kept.set(runId, recorder);
      for (const oldest of kept.keys()) {
        if (kept.size <= KEPT) break;
        kept.delete(oldest);
      }
      await recorder.catchUp();
      return recorder;
    },
    isWriting: (runId) => writing.has(runId),
  };
}

/** Notes the run for as long as the sink writes. */
function noting(
  sink: JournalSink,
  { runId, writing }: { runId: RunId; writing: Set<RunId> },
): JournalSink {
  return {
    ...sink,
    async write(journal, from, waitMs) {
      writing.add(runId);
      try {
        await sink.write(journal, from, waitMs);
      } finally {
        writing.delete(runId);
      }
    },
  };
}
