import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { PastCall } from "./past-call.ts";
import type { Starter } from "./starter.ts";
import type { RunStatus } from "./vocabulary.ts";

/**
 * What lists and look-ups show of a run without reading its journal. One row a run. What it was
 * started for is of the first append; later ones change `length`, `status`, `updatedAt`,
 * `runnable` and `isOver`.
 */
export interface RunSummary {
  runId: RunId;
  /** Number of entries in the journal when the row was written. */
  length: number;
  /** The agent the run was started with. */
  agent: string;
  /** Where that agent comes from, `agents:<real path>#name` and the like. */
  source: string;
  status: RunStatus;
  /** ISO 8601 UTC. */
  createdAt: string;
  updatedAt: string;
  sessionId?: string | undefined;
  idempotencyKey?: string | undefined;
  /** Digest of the request that an `idempotencyKey` stands for. */
  requestDigest?: string | undefined;
  /**
   * Whether a process that can run its agent has something to do: false while it only waits for
   * decisions, is over, or failed in a way that a person must resume.
   */
  runnable: boolean;
  /** Whether nothing can come of it any more: false also for a failure that can be resumed. */
  isOver: boolean;
}

/** An open approval, one row each, kept in step with the journal by `append`. */
export interface PendingApproval {
  approvalId: ApprovalId;
  runId: RunId;
  /** ISO 8601 UTC; the order of lists. */
  createdAt: string;
  /** ISO 8601 UTC, where it does not wait for ever. */
  expiresAt?: string | undefined;
  /** What a list shows of it, made with the request: JSON text that stores do not read. */
  card?: string | undefined;
}

/** The wish that a run is begun for: of its key, at most one current run has each place. */
export interface IntentClaim {
  key: string;
  /** From 0: like wishes that stand at one time have a place each. */
  place: number;
  /** Runs whose outcome nobody is owed any more once this one has begun. */
  closes?: readonly RunId[] | undefined;
}

export interface AppendBatch {
  runId: RunId;
  /** Number of the first entry; entries are numbered from 0 without gaps. */
  fromSeq: number;
  /** Stored lines, JSON text without line breaks. */
  lines: readonly string[];
  /** The summary after these entries. */
  summary: RunSummary;
  /** All open approvals after these entries; replaces the run's rows. Absent when unchanged. */
  pending?: readonly PendingApproval[] | undefined;
  /** Calls that ran by these entries, to be counted; kept when their run is removed. */
  past?: readonly PastCall[] | undefined;
  /** With the first entry of a run: it is the current one of a wish until that is closed. */
  intent?: IntentClaim | undefined;
  /** Whether losing these entries to a power cut loses nothing: they may be on disk later. */
  isRepeatable?: boolean | undefined;
  /** Whether somebody waits to be told that it is kept: it goes before what else is to be written. */
  isUrgent?: boolean | undefined;
  /** How long a store that others keep busy is waited for, in milliseconds; default 5,000. */
  waitMs?: number | undefined;
}

/** Who takes a lease, and for how long. Times are the store's: nobody passes one. */
export interface LeaseTerms {
  owner: string;
  leaseMs: number;
}

/**
 * Where a runner keeps journals. Every method is atomic; what it returns is the caller's own copy.
 * On failure nothing was written, but for `store_unavailable` where a disk failed in the middle:
 * then reading tells.
 *
 * Every method may throw HoldpointError `store_unavailable` (busy for five seconds, disk full,
 * read-only) and `store_corrupt`.
 */
export interface JournalStore {
  /** Absent where nothing tells which processes live. */
  readonly starter?: Starter | undefined;

  /**
   * Appends lines, the run's summary row and its open approvals in one transaction. Unless
   * `isRepeatable`, it resolves only once a power cut cannot take them back: that a tool's body runs
   * at most once (S4) rests on it.
   *
   * @throws ConflictError when entry `fromSeq` exists, when the entry before it does not, or when
   * the first line's `prev` is not the SHA-256 of the stored line before it.
   * @throws HoldpointError `session_busy` when the session has another unfinished run,
   * `idempotency_conflict` when the key has another run, `intent_open` when the place of the
   * intent has another current run (both with the first entry of a run only),
   * `invalid_input` when agent, source, session or key is a text that a store cannot keep.
   */
  append(batch: AppendBatch): MaybePromise<void>;

  /** Stored lines from `fromSeq` (0) on, in order; empty when there are none or no such run. */
  read(runId: RunId, fromSeq?: number): MaybePromise<string[]>;

  /**
   * Takes the lease of a run, runnable or not; false while another owner has it. A lease that has
   * expired by the store's clock, or is of an instance that is known to be dead, is free.
   */
  claimRun(runId: RunId, terms: LeaseTerms): MaybePromise<boolean>;
  /** Renews the leases of these runs; returns those that the owner still had. */
  renew(
    owner: string,
    options: { leaseMs: number; runIds: readonly RunId[] },
  ): MaybePromise<RunId[]>;
  /** Lets go of the lease when `owner` has it. */
  release(runId: RunId, owner: string): MaybePromise<void>;
}
