import type { Clock } from "../lib/clock.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { NewGrant } from "../runs/run-store.ts";
import type { PendingApproval, RunSummary } from "../engine/journal-store.ts";
import type { PastCount } from "../engine/past-call.ts";

/**
 * What a store in memory holds. The files beside this one, `memory-*.ts`, are functions of a shelf
 * and of nothing else: no disk, no clock but its own, and what throws has changed nothing. A store
 * that has all it keeps in memory as well may use them; of leases only where no other process does.
 */
export interface Shelf {
  readonly clock: Clock;
  readonly instance: string;
  isClosed: boolean;
  readonly lines: Map<RunId, string[]>;
  readonly runs: Map<RunId, RunSummary>;
  /** The runnable runs of each source. */
  readonly runnable: Map<string, Set<RunId>>;
  readonly byIdempotencyKey: Map<string, RunId>;
  /** The unfinished run of each session. */
  readonly bySession: Map<string, RunId>;
  /** Open approvals of each run. */
  readonly open: Map<RunId, PendingApproval[]>;
  /** When open approvals are due, or are given out again; milliseconds since 1970. */
  readonly due: Map<ApprovalId, number>;
  /** Open and decided ones. */
  readonly approvals: Map<ApprovalId, RunId>;
  /** Of every run that was begun for a wish. */
  readonly intents: Map<RunId, { key: string; place: number; isCurrent: boolean }>;
  /** Runs by the key of their wish, in the order in which they began. */
  readonly byIntentKey: Map<string, Set<RunId>>;
  /** What is known of earlier calls, by tool and feature; stays when runs are removed. */
  readonly past: Map<string, Map<string, PastCount>>;
  /** Yeses for later calls; they stay when runs are removed. */
  readonly grants: Map<string, GrantRow>;
  readonly leases: Map<RunId, { owner: string; expiresAt: number }>;
}

/** A yes for later calls; `endsAt` in milliseconds since 1970. */
export interface GrantRow extends Omit<NewGrant, "lastsMs"> {
  uses: number;
  readonly endsAt: number;
  endedAt?: string | undefined;
  endedBy?: string | undefined;
}

export function createShelf(clock: Clock, instance: string): Shelf {
  return {
    clock,
    instance,
    isClosed: false,
    lines: new Map(),
    runs: new Map(),
    runnable: new Map(),
    byIdempotencyKey: new Map(),
    bySession: new Map(),
    open: new Map(),
    due: new Map(),
    approvals: new Map(),
    intents: new Map(),
    byIntentKey: new Map(),
    past: new Map(),
    grants: new Map(),
    leases: new Map(),
  };
}

export function holderOf(
  shelf: Shelf,
  index: ReadonlyMap<string, RunId>,
  key: string | undefined,
): RunSummary | undefined {
  const runId = key === undefined ? undefined : index.get(key);
  return runId === undefined ? undefined : shelf.runs.get(runId);
}

export function copyOf<T extends object>(value: T | undefined): T | undefined {
  return value === undefined ? undefined : { ...value };
}

export function copiesOf<T extends object>(values: readonly T[]): T[] {
  return values.map((value) => ({ ...value }));
}
