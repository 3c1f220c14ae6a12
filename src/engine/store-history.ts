import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { MaybePromise } from "../lib/pending.ts";

/** Why nobody goes on with a run until a person says so. */
export interface Hold {
  /**
   * `older`: the store is an older copy of itself, or has gone two ways; `changed`: its journal is
   * not what this program wrote.
   */
  reason: "older" | "changed";
  /** ISO 8601 UTC: what happened after that is not known. */
  since: string;
}

/** What is known of a store as a whole. */
export interface StoreReport {
  /** What does not fit, and why; absent where all does. */
  problem?: string | undefined;
  note?: string | undefined;
}

/** What the history of a store says of one run. */
export interface RunHistory {
  runId: RunId;
  /** What does not fit, and why; absent where all does, as for a run that was pruned. */
  problem?: string | undefined;
}

/** A history that can be checked: what this machine has seen of a store, and who must say yes. */
export interface StoreHistory {
  holdOf(runId: RunId): MaybePromise<Hold | undefined>;
  /**
   * Since when it is not known what happened, ISO 8601 UTC: the store is an older copy of itself, or
   * has gone two ways, and nobody said that it is meant. `undefined` where all is known.
   */
  unknownSince(): MaybePromise<string | undefined>;
  /** Puts a run on hold whose journal another program changed. @returns the hold that it has */
  suspect(runId: RunId): MaybePromise<Hold>;
  /** Lets go of the hold of a run. */
  release(runId: RunId): MaybePromise<void>;
  /** Lets go of all: the copy is meant. @returns how many runs were on hold */
  accept(): Promise<number>;
  /**
   * Checks the chain of commits, and each run against it. To be called again for runs that grew
   * meanwhile.
   *
   * @param anchor the text of one that is kept elsewhere
   */
  check(anchor?: string): Promise<{ store: StoreReport; runs: Map<RunId, RunHistory> }>;
  /** The last commit as a text that can be kept elsewhere; `undefined` where there is none. */
  anchor(): Promise<string | undefined>;
}

/** Why a run is on hold, in a sentence. */
export function describeHold({ reason, since }: Hold): string {
  return reason === "older"
    ? `It is of an older copy of the store: what happened after ${since} is not known`
    : `Its journal was changed outside of holdpoint: what happened after ${since} is not known`;
}

/** What is refused for a run that nobody goes on with until a person says so. */
export function onHold(runId: RunId, hold: Hold): HoldpointError {
  return new HoldpointError(
    "not_allowed",
    `Run ${runId} is on hold, and nothing was done. ${describeHold(hold)}. A person lets it go on with: holdpoint store release ${runId}`,
  );
}
