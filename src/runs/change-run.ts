import { ConflictError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { expireDue } from "../engine/open-run.ts";
import { raisedLimit } from "../agents/limits.ts";
import type { Run, Caller } from "../engine/state.ts";
import { reaches } from "../engine/vocabulary.ts";
import { callerOf, type Asked } from "./caller.ts";
import type { PendingApproval } from "../engine/journal-store.ts";
import { noRaise, raiseNeeds } from "./service-errors.ts";
import { openRecorder, refuseHeld, type ServiceMeans } from "./service-means.ts";
import { tellSession } from "./tell-session.ts";

export interface ResumeRequest extends Asked {
  /** Model calls that the run may make in all, `null` without limit. */
  maxTurns?: number | null | undefined;
}

export interface CancelRequest extends Asked {
  reason?: string | undefined;
}

/** Goes on with a run that stopped at a failure. */
export async function resumeRun(
  means: ServiceMeans,
  runId: RunId,
  { maxTurns: given, ...asked }: ResumeRequest,
): Promise<void> {
  await refuseHeld(means, runId);
  const { state } = (await openRecorder(means, runId)).journal;
  if (state.failure === undefined) return;
  const maxTurns = raisedLimit(state, given);
  if (given !== undefined && maxTurns === undefined) throw noRaise(state);
  const caller = callerOf(asked);
  if (maxTurns !== undefined) await checkRaise(means, state, caller);
  await means.executor.resume(runId, { maxTurns, caller });
}

/** More turns are given by those who would be asked for them. @throws HoldpointError `not_allowed` */
async function checkRaise(
  { levelNow }: ServiceMeans,
  { source }: Run,
  { level }: Caller,
): Promise<void> {
  const needed = await levelNow({ source, kind: "budget", agent: "", arguments: "{}" });
  if (needed !== undefined && !reaches(level, needed)) throw raiseNeeds(needed);
}

/** Ends a run; one that is over stays as it is. */
export async function cancelRun(
  means: ServiceMeans,
  runId: RunId,
  { reason, ...asked }: CancelRequest,
): Promise<void> {
  const recorder = await openRecorder(means, runId);
  const isOpen = (): boolean => recorder.journal.state.live.size > 0;
  if (!isOpen()) return;
  const why = reason === undefined ? {} : { reason };
  const draft = { type: "run_cancelled" as const, ...callerOf(asked), ...why };
  await retryWord(() => recorder.append([draft], isOpen), isOpen);
  await tellSession(recorder, means);
}

/**
 * Lets a run go on that was on hold: what was asked and decided of it is asked anew. One that is
 * not on hold stays as it is.
 */
export async function releaseRun(means: ServiceMeans, runId: RunId, asked: Asked): Promise<void> {
  const hold = await means.store.history?.holdOf(runId);
  if (hold === undefined) return;
  const recorder = await openRecorder(means, runId);
  const { reason: why, since } = hold;
  const isOpen = (): boolean => recorder.journal.state.live.size > 0;
  const draft = { type: "run_released" as const, why, since, ...callerOf(asked) };
  if (isOpen()) await retryWord(() => recorder.append([draft], isOpen), isOpen);
  // Only now: nobody is to go on with it before that is written.
  await means.store.history?.release(runId);
  means.executor.kick(runId);
}

/** Ends an approval whose time is up by the store's clock, and what else of its run is due. */
export async function expireApproval(
  means: ServiceMeans,
  { runId, expiresAt }: PendingApproval,
): Promise<void> {
  const recorder = await openRecorder(means, runId);
  // The store said so: its clock counts, where it is ahead of this process's.
  const due = Date.parse(expiresAt ?? "");
  const clock = { now: () => Math.max(recorder.clock.now(), due) };
  await expireDue({ ...recorder, clock });
  means.executor.kick(runId);
}

/** Tries a word again as long as it still makes sense after somebody else wrote first. */
export async function retryWord(
  attempt: () => Promise<unknown>,
  stillWanted: () => boolean,
): Promise<void> {
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      if (!stillWanted()) return;
    }
  }
}
