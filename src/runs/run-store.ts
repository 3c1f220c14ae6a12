import type { ApprovalId, RunId } from "../lib/ids.ts";
import type {
  JournalStore,
  PendingApproval,
  RunStatus,
  RunSummary,
} from "../engine/journal-store.ts";

export type {
  AppendBatch,
  JournalStore,
  Lease,
  PendingApproval,
  RunStatus,
  RunSummary,
} from "../engine/journal-store.ts";

export interface Page {
  /** At most this many rows. */
  limit: number;
  /** From an earlier page's `nextCursor`; opaque. */
  cursor?: string | undefined;
}

export interface RunFilter extends Page {
  status?: RunStatus | undefined;
  agent?: string | undefined;
  sessionId?: string | undefined;
}

/** What a runner needs of a store, and the lists and look-ups of the outside. */
export interface RunStore extends JournalStore {
  /** What a person calls it: the path of the file, or `memory`. */
  readonly location: string;

  getRun(runId: RunId): Promise<RunSummary | undefined>;
  findByIdempotencyKey(key: string): Promise<RunSummary | undefined>;
  /** The unfinished run of a session, if there is one. */
  findUnfinishedRun(sessionId: string): Promise<RunSummary | undefined>;

  /** Newest first. @throws HoldpointError `invalid_cursor` */
  listRuns(filter: RunFilter): Promise<{ runs: RunSummary[]; nextCursor?: string | undefined }>;
  /** Runs with `runnable` of agents from these sources, oldest first, at most `limit`. */
  listRunnable(filter: { sources: readonly string[]; limit: number }): Promise<RunSummary[]>;

  /** Oldest first; costs the open approvals. @throws HoldpointError `invalid_cursor` */
  listPending(
    filter: Page & { runId?: RunId | undefined },
  ): Promise<{ approvals: PendingApproval[]; nextCursor?: string | undefined }>;
  countPending(runId?: RunId): Promise<number>;
  /** The open approval whose time is up first; `undefined` when none has a deadline. */
  nextExpiry(): Promise<PendingApproval | undefined>;
  /** The run an approval belongs to, open or decided. */
  findApproval(approvalId: ApprovalId): Promise<RunId | undefined>;

  /**
   * Forgets a run that has exactly `length` entries: its journal, summary, approvals and lease.
   *
   * @returns the size of the journal in bytes; `undefined`, and nothing is removed, when there is
   * no such run or it has gone on since
   */
  remove(runId: RunId, length: number): Promise<number | undefined>;

  /**
   * A number that changes when anything was written to the store, by this process or another
   * one. Cheap: asked five times a second.
   */
  version(): number;

  /** Idempotent; afterwards every other method throws `store_unavailable`. */
  close(): Promise<void>;
}
