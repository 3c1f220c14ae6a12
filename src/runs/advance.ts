import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { callerOf, type Asked } from "./caller.ts";
import { waitForRun } from "./look-at-runs.ts";
import type { RunReport } from "./run-report.ts";
import { refuseHeld, summaryOf, type ServiceMeans } from "./service-means.ts";

export interface AdvanceRequest extends Asked {
  /** Ends the wait, and what goes on here of the run, as the end of the process does. */
  signal?: AbortSignal | undefined;
}

/** The verb for programs that have an engine of their own, which calls a step until it succeeds. */
export interface AdvanceVerb {
  /**
   * Goes on with a run, also with one that failed, until it rests: it is over, or waits for
   * decisions, which the report lists. Called again, also after a crash or by two at once, it does
   * nothing a second time: of a call that a crash left without an outcome a person is asked.
   *
   * @throws HoldpointError `run_not_found`; `unknown_agent` when this process has not the run's
   * agent; `not_allowed` when it goes on with no runs, or the run is on hold
   * @throws the signal's reason, once it aborts
   */
  advance(runId: RunId, request?: AdvanceRequest): Promise<RunReport>;
}

export function advanceVerb(means: ServiceMeans): AdvanceVerb {
  return {
    async advance(runId, { signal, ...asked } = {}) {
      signal?.throwIfAborted();
      const { agent, source, status } = await summaryOf(means, runId);
      if (!means.executor.goesOnWith(source)) throw notHere(agent);
      await refuseHeld(means, runId);
      if (status === "running" || status === "failed") {
        const caller = callerOf(asked);
        await orAborted(means.executor.resume(runId, { caller, signal }), signal);
      }
      const report = await waitForRun(means, runId, { timeoutMs: Infinity, signal });
      signal?.throwIfAborted();
      return report;
    },
  };
}

function notHere(agent: string): HoldpointError {
  return new HoldpointError(
    "unknown_agent",
    `This process cannot go on with the run: it has no agent "${agent}" of the run's source, or goes on with no runs`,
  );
}

async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  signal.addEventListener("abort", end, { once: true });
  await Promise.race([work, aborted]);
  signal.removeEventListener("abort", end);
}
