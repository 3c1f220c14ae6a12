import type { MaybePromise } from "../lib/pending.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type {
  IntentClaim,
  JournalStore,
  LeaseTerms,
  PendingApproval,
  RunSummary,
} from "../engine/journal-store.ts";
import type { PastCount } from "../engine/past-call.ts";
import type { RunStatus } from "../engine/vocabulary.ts";
import type { StoreHistory } from "../engine/store-history.ts";

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

/** What a process asks for that has places for `limit` more runs. */
export interface ClaimRequest extends LeaseTerms {
  /** Only runs of agents from these sources. */
  sources: readonly string[];
  limit: number;
  /** Runs to leave out for as long as they have this many entries: there was nothing to do. */
  except?: ReadonlyMap<RunId, number> | undefined;
}

/** Who goes on with a run, for people. */
export interface LeaseReport {
  owner: string;
  /** Names the store object that took it; absent where an older version did. */
  instance?: string | undefined;
  pid: number;
  host: string;
  /** ISO 8601 UTC, by the store's clock. */
  expiresAt: string;
  /** Until then; not above 0 once it has expired. */
  leftMs: number;
  /** Whether its instance lives; unknown of another host. */
  alive: boolean | "unknown";
}

/** A run that was begun for a wish. */
export interface Intent extends Pick<IntentClaim, "place"> {
  readonly run: RunSummary;
  /** Whether it holds its place: it goes on, or somebody is still owed its outcome. */
  readonly isCurrent: boolean;
}

/** A yes for later calls, to be kept. */
export interface NewGrant {
  readonly grantId: string;
  /** Whose calls it is about: as `pastOf` has it. */
  readonly tool: string;
  /** What it covers and who gave it, as JSON text; never altered. */
  readonly terms: string;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** How long it stands, by the store's clock. */
  readonly lastsMs: number;
  /** So many calls it lets run; absent without limit. */
  readonly mostUses?: number | undefined;
}

/** The same as it is kept: whatever becomes of the runs that it is about. */
export interface KeptGrant extends Omit<NewGrant, "lastsMs"> {
  /** ISO 8601 UTC, by the store's clock. */
  readonly endsAt: string;
  readonly uses: number;
  /** By hand. */
  readonly endedAt?: string | undefined;
  readonly endedBy?: string | undefined;
  /** Whether it still lets calls run. */
  readonly isStanding: boolean;
  /** Why it lets nothing run though nobody ended it: it is not as this program wrote it. */
  readonly problem?: string | undefined;
}

/** How many open approvals there are, as far as they are counted. */
export interface PendingCount {
  count: number;
  /** Whether there are more than `count`. */
  more: boolean;
}

/** Up to here open approvals are counted. */
export const COUNT_LIMIT = 1_000;

/** What a store that knows tells beside a run that was written, so that not everybody need ask. */
export interface ChangeNews {
  /**
   * Who goes on with it. `here`: the one who is told this, nobody else; `elsewhere`: somebody has
   * it, or has been told to; `nobody`: there is nothing to do.
   */
  readonly turn: "here" | "elsewhere" | "nobody";
  /** In how many milliseconds the first of its approvals is due; absent where none ever is. */
  readonly dueInMs?: number | undefined;
}

/** @param runId absent where it may be any @param told absent where the store does not know */
export type WatchListener = (runId: RunId | undefined, told?: ChangeNews) => void;

export interface RemovalRequest {
  /** ISO 8601 UTC. */
  readonly before: string;
  readonly limit: number;
  readonly untold?: boolean | undefined;
}

export interface Removal {
  readonly runs: number;
  readonly bytes: number;
  readonly more: boolean;
  readonly kept: number;
}

/**
 * What a runner needs of a store, and the lists and look-ups of the outside. Texts that look up or
 * filter are refused like those that are stored: HoldpointError `invalid_input`.
 */
export interface RunStore extends JournalStore {
  /**
   * What a person calls it, and what `--store` takes to open it again: an absolute path, a URL
   * without its password, or `memory`.
   */
  readonly location: string;
  /** How many milliseconds its clock is ahead of this process's; absent where it is the same. */
  readonly aheadMs?: (() => number) | undefined;
  /** Absent where a store has none that could be checked. */
  readonly history?: StoreHistory | undefined;

  getRun(runId: RunId): MaybePromise<RunSummary | undefined>;
  findByIdempotencyKey(key: string): MaybePromise<RunSummary | undefined>;
  /** The unfinished run of a session, if there is one. */
  findUnfinishedRun(sessionId: string): MaybePromise<RunSummary | undefined>;

  /**
   * The runs of a wish: the current ones by their place, then the one of the others that began
   * last.
   */
  findIntents(key: string): MaybePromise<Intent[]>;
  /** Nobody is owed the outcome of a run any more: its place is free. Idempotent. */
  closeIntent(runId: RunId): MaybePromise<void>;

  /** Newest first. @throws HoldpointError `invalid_cursor` */
  listRuns(
    filter: RunFilter,
  ): MaybePromise<{ runs: RunSummary[]; nextCursor?: string | undefined }>;

  /**
   * Takes, in one step, the leases of up to `limit` runnable runs that nobody has: never had, let
   * go, expired, or of an instance that is known to be dead. Oldest first. With a limit of 0 it
   * takes none: a store that tells one process of each run is told that this one has no room.
   */
  claim(request: ClaimRequest): MaybePromise<RunSummary[]>;
  /**
   * In how many milliseconds the first lease of others on a runnable run of these sources ends;
   * `undefined` where others have none.
   */
  nextFree(request: {
    sources: readonly string[];
    owner: string;
  }): MaybePromise<number | undefined>;
  leaseOf(runId: RunId): MaybePromise<LeaseReport | undefined>;

  /** Oldest first; costs the open approvals. @throws HoldpointError `invalid_cursor` */
  listPending(
    filter: Page & { runId?: RunId | undefined },
  ): MaybePromise<{ approvals: PendingApproval[]; nextCursor?: string | undefined }>;
  /** Counted up to 1,000. */
  countPending(runId?: RunId): MaybePromise<PendingCount>;
  /** The run an approval belongs to, open or decided. */
  findApproval(approvalId: ApprovalId): MaybePromise<RunId | undefined>;

  /**
   * Open approvals whose time is up by the store's clock, those first that were due first. Nobody
   * is given the same one again for `leaseMs`; by then it should be decided.
   */
  claimDue(request: { limit: number; leaseMs: number }): MaybePromise<PendingApproval[]>;
  /**
   * The open approval that `claimDue` gives out next, and in how many milliseconds, not above 0
   * when it does so now; `undefined` when none has a deadline.
   */
  nextDue(): MaybePromise<{ inMs: number; approval: PendingApproval } | undefined>;

  /**
   * Forgets at most `limit` runs that are over and were last written before a time (ISO 8601 UTC):
   * journal, summary, approvals, intent and lease. `bytes` is what their journals had; `more` says
   * whether there are others. The current run of a wish stays, unless `untold`: its outcome reached
   * nobody, and without it the same wish would be met as a new one. `kept` is how many stayed so.
   */
  removeBefore(request: RemovalRequest): MaybePromise<Removal>;

  /** What is known of earlier calls of a tool, by feature; only features that were seen. */
  pastOf(tool: string, features: readonly string[]): MaybePromise<Map<string, PastCount>>;

  /** Keeps a yes for later calls. */
  addGrant(grant: NewGrant): MaybePromise<void>;
  /** Newest first, those that are over included. */
  listGrants(limit: number): MaybePromise<KeptGrant[]>;
  /** Those of a tool that still stand, by the store's clock. */
  grantsFor(tool: string): MaybePromise<KeptGrant[]>;
  /** Counts one use; false, and nothing is counted, where it does not stand any more. */
  useGrant(grantId: string): MaybePromise<boolean>;
  /** Ends one by hand; false where there is none, or it was ended before. */
  endGrant(grantId: string, end: { at: string; by: string }): MaybePromise<boolean>;

  /**
   * Tells of what is written until the result is called: at once and with the run for writes
   * through this object, within 200 ms for those of others, with each run or without one where it
   * may be any. Leases that are taken or renewed are not told of. Of others it may leave out an
   * append that changes neither status, `runnable`, `isOver` nor approvals, and the lease that is
   * let go of a run that is not runnable. The listener must not throw.
   */
  watch(listener: WatchListener): () => void;

  /**
   * Idempotent; afterwards every other method throws `store_unavailable`. Its leases are free for
   * others then.
   */
  close(): Promise<void>;
}
