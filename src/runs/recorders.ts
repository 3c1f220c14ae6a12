import type { Clock } from "../lib/clock.ts";
import { isStoreFault } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Folders } from "../engine/driver.ts";
import { createJournal } from "../engine/journal.ts";
import { createRecorder, type JournalSink, type Recorder } from "../engine/recorder.ts";
import { createStoreSink, type ToCard } from "../engine/store-sink.ts";
import type { RunStore, RunSummary } from "./run-store.ts";

/** How many journals are kept that nobody works with. */
const KEPT = 32;
/** A write that takes longer waits for others. */
const LONG_WRITE_MS = 500;

/** The ways into stored journals; those used last are kept, so that opening one costs what is new. */
export interface Recorders {
  /** A recorder of a stored run that has all its entries. */
  open(summary: RunSummary): Promise<Recorder>;
  /** Whether a recorder is storing entries of a run: what is told of it then is its own doing. */
  isWriting(runId: RunId): boolean;
  /** Whether the store keeps a recorder of a run waiting. */
  isStalled(runId: RunId): boolean;
}

export interface RecordersOptions {
  store: RunStore;
  clock: Clock;
  folders: Folders;
  /** What lists shall show of an approval. */
  toCard?: ToCard | undefined;
  log: Log;
}

export function createRecorders({
  store,
  clock,
  folders,
  toCard,
  log,
}: RecordersOptions): Recorders {
  const kept = new Map<RunId, Recorder>();
  /** Since when each is written, by `performance.now()`. */
  const writing = new Map<RunId, number>();
  const tell = createStoreNews(log);
  const create = ({ runId }: RunSummary): Recorder => {
    const sink = createStoreSink(store, runId, { toCard });
    return createRecorder(createJournal(folders), {
      clock,
      sink: noting(sink, { runId, writing, tell }),
    });
  };
  return {
    async open(summary) {
      const { runId } = summary;
      const recorder = kept.get(runId) ?? create(summary);
      // The one used last is the last to go.
      kept.delete(runId);
      kept.set(runId, recorder);
      // One that keeps what the store does not take is the only one that knows it.
      const idle = [...kept].filter(([, { stalled }]) => stalled === undefined);
      for (const [oldest] of idle.slice(0, Math.max(0, kept.size - KEPT))) kept.delete(oldest);
      // A journal is read for what is new in it, and not where nothing is.
      if (recorder.journal.state.length < summary.length) await recorder.catchUp();
      return recorder;
    },
    isWriting: (runId) => writing.has(runId),
    isStalled(runId) {
      const since = writing.get(runId);
      const isLong = since !== undefined && performance.now() - since > LONG_WRITE_MS;
      return isLong || kept.get(runId)?.stalled !== undefined;
    },
  };
}

/** Notes the run for as long as the sink writes, and whether the store takes it. */
function noting(
  sink: JournalSink,
  { runId, writing, tell }: { runId: RunId; writing: Map<RunId, number>; tell: StoreNews },
): JournalSink {
  return {
    ...sink,
    async write(journal, from, waitMs) {
      writing.set(runId, performance.now());
      try {
        await sink.write(journal, from, waitMs);
        tell(undefined);
      } catch (error) {
        if (isStoreFault(error)) tell(error);
        throw error;
      } finally {
        writing.delete(runId);
      }
    },
  };
}

/** Told of each write why it failed, if it did. */
type StoreNews = (error: Error | undefined) => void;

/** Says once that a store takes nothing, and once that it does again: it is no run's failure. */
function createStoreNews(log: Log): StoreNews {
  let said: string | undefined;
  return (error) => {
    if (error?.message === said) return;
    said = error?.message;
    if (said === undefined) log.info("the store can be written again");
    else log.warn(`the store cannot be written: ${said}. What runs goes on when it can be`);
  };
}
