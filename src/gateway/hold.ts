import { openApprovals } from "../engine/approvals.ts";
import type { Run } from "../engine/state.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { RunService } from "../runs/run-service.ts";
import { settledOf, type Settled } from "./outcome.ts";

export interface HoldService {
  readonly service: Pick<RunService, "state" | "follow" | "resume">;
}

export interface HoldOptions {
  readonly wish: number;
  readonly hasStructure: boolean;
  readonly holdMs: number;
  /** Ends the hold early: the client gave up, or the process is closing. */
  readonly signal: AbortSignal;
  /** Told how the run stands, and what it asks a person, whenever that may have changed. */
  looked(run: Run, asked: ApprovalId | undefined): void;
}

/** Waits until a call has come to something; `undefined` when the time is up before. */
export async function holdCall(
  { service }: HoldService,
  runId: RunId,
  { wish, hasStructure, holdMs, signal, looked }: HoldOptions,
): Promise<Settled | undefined> {
  const deadline = performance.now() + holdMs;
  // From before the first look: what is written between a look and the wait is not missed.
  const following = service.follow(runId);
  let isResumed = false;
  try {
    for (;;) {
      let run = await service.state(runId);
      let settled = settledOf(run, { wish, hasStructure });
      if (settled !== undefined && !isFact(settled)) {
        // What was said in place of running it may be taken back: another's yes came first.
        run = await service.state(runId, { isSettled: true });
        settled = settledOf(run, { wish, hasStructure });
      }
      if (settled !== undefined) return settled;
      // What stopped it is over by now, or stops it again.
      if (run.failure !== undefined && !isResumed) {
        isResumed = true;
        void service.resume(runId).catch(() => undefined);
      }
      looked(run, pendingOf(run));
      const leftMs = deadline - performance.now();
      if (leftMs <= 0 || signal.aborted) return undefined;
      await following.next({ timeoutMs: leftMs, signal });
    }
  } finally {
    following.end();
  }
}

function isFact({ known }: Settled): boolean {
  return known !== "decided" && known !== "stated";
}

function pendingOf(run: Run): ApprovalId | undefined {
  return openApprovals(run).at(0)?.approvalId as ApprovalId | undefined;
}
