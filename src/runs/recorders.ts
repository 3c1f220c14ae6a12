import type { Clock } from "../lib/clock.ts";
import { isStoreFault } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Folders } from "../engine/state.ts";
import { createKnownRuns } from "../engine/known-runs.ts";
import type { Journal } from "../engine/journal.ts";
import type { Opening } from "../engine/open-run.ts";
import type { JournalSink } from "../engine/recording.ts";
import type { ToCard, ToPast } from "../engine/store-sink.ts";
import type { RunStore } from "./run-store.ts";

/** How many journals are kept that nobody works with. */
const KEPT = 32;
/** A write that takes longer waits for others. */
const LONG_WRITE_MS = 500;

/** The ways into stored journals; those used last are kept, so that opening one costs what is new. */
export interface Recorders {
  /** What runs of this store are started and opened with. */
  readonly opening: Opening & { store: RunStore };
  /**
   * Whether what is told of a run now is what a recorder here is storing. True once for each write:
   * what is told besides, others have written.
   */
  isOwnChange(runId: RunId): boolean;
  /** Whether the store keeps a recorder of a run waiting. */
  isStalled(runId: RunId): boolean;
  /** Why the store takes nothing now; `undefined` when the last write went well. */
  problem(): string | undefined;
}

export interface RecordersOptions {
  store: RunStore;
  clock: Clock;
  folders: Folders;
  /** What lists shall show of an approval. */
  toCard?: ToCard | undefined;
  /** What is counted of calls that ran. */
  toPast?: ToPast | undefined;
  log: Log;
  /** Told of what was written here: the entries from this one on. */
  onWritten?: ((journal: Journal, from: number) => void) | undefined;
  /** Told when the store stops taking what is written, and when it does again. */
  onProblem: () => void;
}

export function createRecorders({ log, onProblem, ...given }: RecordersOptions): Recorders {
  const known = createKnownRuns({ keep: KEPT });
  const writing = new Map<RunId, Write>();
  const { tell, problem } = createStoreNews({ log, onProblem });
  const { onWritten } = given;
  return {
    opening: {
      ...given,
      known,
      watched: (runId, sink) => noting(sink, { runId, writing, tell, onWritten }),
    },
    isOwnChange(runId) {
      const write = writing.get(runId);
      if (write === undefined || write.isTold) return false;
      write.isTold = true;
      return true;
    },
    isStalled(runId) {
      const since = writing.get(runId)?.since;
      if (since !== undefined && performance.now() - since > LONG_WRITE_MS) return true;
      const journal = known.journalOf(runId);
      return journal !== undefined && known.ways.get(journal)?.recorder.stalled !== undefined;
    },
    problem,
  };
}

/** A write that is on its way. */
interface Write {
  /** By `performance.now()`. */
  readonly since: number;
  /** Whether it has been told of. */
  isTold: boolean;
}

/** Notes the run for as long as the sink writes, and whether the store takes it. */
function noting(
  sink: JournalSink,
  {
    runId,
    writing,
    tell,
    onWritten,
  }: {
    runId: RunId;
    writing: Map<RunId, Write>;
    tell: StoreNews["tell"];
    onWritten: RecordersOptions["onWritten"];
  },
): JournalSink {
  return {
    ...sink,
    async write(journal, from, waitMs) {
      writing.set(runId, { since: performance.now(), isTold: false });
      try {
        await sink.write(journal, from, waitMs);
        tell(undefined);
        onWritten?.(journal, from);
      } catch (error) {
        if (isStoreFault(error)) tell(error);
        throw error;
      } finally {
        writing.delete(runId);
      }
    },
  };
}

interface StoreNews {
  /** Told of each write why it failed, if it did. */
  tell(error: Error | undefined): void;
  problem(): string | undefined;
}

/** Says once that a store takes nothing, and once that it does again: it is no run's failure. */
function createStoreNews({
  log,
  onProblem,
}: Pick<RecordersOptions, "log" | "onProblem">): StoreNews {
  let said: string | undefined;
  const problem = (): string | undefined =>
    said && `the store cannot be written: ${said}. What runs goes on when it can be`;
  return {
    problem,
    tell(error) {
      if (error?.message === said) return;
      said = error?.message;
      if (said === undefined) log.info("the store can be written again");
      else log.warn(problem() ?? "");
      onProblem();
    },
  };
}
