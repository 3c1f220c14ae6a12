import type { Clock } from "../lib/clock.ts";
import type { RunId } from "../lib/ids.ts";
import { agentFolders } from "../agents/turn-fold.ts";
import { createJournal } from "../engine/journal.ts";
import { createRecorder, type Recorder } from "../engine/recorder.ts";
import { createStoreSink } from "../engine/store-sink.ts";
import type { RunStore, RunSummary } from "./run-store.ts";

/** How many journals are kept that nobody works with. */
const KEPT = 32;

/** The ways into stored journals; those used last are kept, so that opening one costs what is new. */
export interface Recorders {
  /** A recorder of a stored run that has all its entries. */
  open(summary: RunSummary): Promise<Recorder>;
}

export function createRecorders({ store, clock }: { store: RunStore; clock: Clock }): Recorders {
  const kept = new Map<RunId, Recorder>();
  const create = ({ runId }: RunSummary): Recorder => {
    const sink = createStoreSink(store, runId);
    return createRecorder(createJournal(agentFolders), { clock, sink });
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
  };
}
