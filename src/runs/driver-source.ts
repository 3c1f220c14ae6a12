import type { Planner } from "../engine/driver.ts";
import type { Passes } from "../engine/passes.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { Starter } from "../engine/starter.ts";
import type { Caller } from "../engine/state.ts";

/** A driver other than that of agents, whose runs this process can go on with. */
export interface DriverSource {
  /** As `run_started.source` names it. */
  readonly source: string;
  /** What its half that plans says without an activation. */
  readonly planner: Planner;
  /** The type of its entry that says why an activation failed. */
  readonly failureType: string;
  /**
   * Goes on with a run under a lease that the caller has, until it is over or waits.
   *
   * @returns `later` where nothing was done, since it is another living process's turn first
   */
  goOn(
    recorder: Recorder,
    options: {
      signal: AbortSignal;
      resumption: Resumption | undefined;
      /** Of the store: who began what, and whether they live. */
      starter: Starter | undefined;
      /** The yeses for later calls that the store keeps. */
      passes: Passes | undefined;
    },
  ): Promise<"later" | void>;
}

/** What somebody who resumes a run says. */
export interface Resumption {
  /** A higher limit for the run. */
  maxTurns?: number | null | undefined;
  /** Who asks for it. */
  caller?: Caller | undefined;
  /** Stops it, as the end of the process does. */
  signal?: AbortSignal | undefined;
}
