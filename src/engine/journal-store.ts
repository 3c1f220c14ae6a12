import type { ApprovalId, RunId } from "../lib/ids.ts";

export type RunStatus = "running" | "awaiting_approval" | "completed" | "failed" | "cancelled";

/**
 * What lists and look-ups show of a run without reading its journal. One row a run. What it was
 * started for is of the first append; later ones change `length`, `status`, `updatedAt` and
 * `runnable`.
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
}

/** An open approval, one row each, kept in step with the journal by `append`. */
export interface PendingApproval {
  approvalId: ApprovalId;
  runId: RunId;
  /** ISO 8601 UTC; the order of lists. */
  createdAt: string;
  /** ISO 8601 UTC, where it does not wait for ever. */
  expiresAt?: string | undefined;
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
  /** Whether losing these entries to a power cut loses nothing: they may be on disk later. */
  isRepeatable?: boolean | undefined;
}

export interface Lease {
  owner: string;
  /** Process id and host of the owner, so that a dead owner on this host is known at once. */
  pid: number;
  host: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/**
 * Where a runner keeps journals. Every method is atomic; what it returns is the caller's own copy.
 * On failure nothing was written.
 *
 * Every method may throw HoldpointError `store_unavailable` (busy for five seconds, disk full,
 * read-only) and `store_corrupt`.
 */
export interface JournalStore {
  /**
   * Appends lines, the run's summary row and its open approvals in one transaction.
   *
   * @throws ConflictError when entry `fromSeq` exists, when the entry before it does not, or when
   * the first line's `prev` is not the SHA-256 of the stored line before it.
   * @throws HoldpointError `session_busy` when the session has another unfinished run,
   * `idempotency_conflict` when the key has another run (first entry of a run only).
   */
  append(batch: AppendBatch): Promise<void>;

  /** Stored lines from `fromSeq` (0) on, in order; empty when there are none or no such run. */
  read(runId: RunId, fromSeq?: number): Promise<string[]>;

  /** Takes or renews the lease of a run; false while another owner's has not expired. */
  acquireLease(runId: RunId, lease: Lease, nowMs: number): Promise<boolean>;
  getLease(runId: RunId): Promise<Lease | undefined>;
  /** Lets go of the lease when `owner` has it. */
  releaseLease(runId: RunId, owner: string): Promise<void>;
}
