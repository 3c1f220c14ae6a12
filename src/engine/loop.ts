import { setImmediate as nextTurn } from "node:timers/promises";

import { ConflictError } from "../lib/errors.ts";
import { isPending, untilQuiet, type MaybePromise } from "../lib/pending.ts";
import { claim, type ActivationOptions, type ClaimedActivation } from "./activation.ts";
import { settleCall } from "./call.ts";
import { expireDue } from "./open-run.ts";
import { nextSteps, type Step } from "./steps.ts";

/**
 * The loop: performs what is ready and not in flight, concurrently, and asks again after every
 * completion, until nothing is ready and nothing is in flight.
 *
 * @returns false, and nothing was written, where there was nothing to do
 * @throws what failed the activation; what the journal holds by then stays
 */
export async function advance<E>(options: ActivationOptions<E>): Promise<boolean> {
  const { recorder, bound, signal } = options;
  signal?.throwIfAborted();
  // A run that only waits is not claimed: looking at it leaves no trace.
  if (!(await hasWork(options)) && !(await hasWork(options, { anew: true }))) return false;
  const activation = await claim(options);
  await bound.prepare(recorder.journal.state);
  await drain(activation);
  const [first] = activation.reported;
  if (first !== undefined) throw first.error;
  return true;
}

/** @param options `anew`: also with what others wrote since the run was opened */
async function hasWork<E>(
  { recorder, bound }: ActivationOptions<E>,
  { anew = false }: { anew?: boolean } = {},
): Promise<boolean> {
  if (anew) await recorder.catchUp();
  await expireDue(recorder);
  const { state } = recorder.journal;
  if (state.failure !== undefined) return true;
  return nextSteps(state, bound, { epoch: state.epoch + 1 }).length > 0;
}

async function drain(activation: ClaimedActivation): Promise<void> {
  const { signal, bound, recorder, stop } = activation;
  const inFlight = new Map<string, Promise<void>>();
  let news = Promise.withResolvers<void>();
  const unwatch = recorder.journal.watch(() => news.resolve());
  const aborted = (): void => {
    stop(signal?.reason);
    news.resolve();
  };
  signal?.addEventListener("abort", aborted, { once: true });
  let failure: { error: unknown } | undefined;
  const carryOut = async (step: Step): Promise<void> => {
    try {
      await perform(activation, step);
    } catch (error) {
      // A step that was overtaken is no failure: what to do next is asked anew.
      if (!(error instanceof ConflictError)) failure ??= { error };
    }
    inFlight.delete(step.key);
    news.resolve();
  };
  try {
    for (;;) {
      // What is on its way to a store may be taken back: nothing is begun on the strength of it.
      const settling = recorder.settled();
      if (isPending(settling)) await settling;
      checkClaim(activation);
      if (activation.state.cancelled !== undefined) {
        stop(new Error("The run was cancelled"));
        break;
      }
      if (failure === undefined) {
        for (const step of nextSteps(activation.state, bound, { inFlight })) {
          inFlight.set(step.key, carryOut(step));
        }
      }
      if (inFlight.size === 0) break;
      await news.promise;
      // Whoever appended tells of it first: what follows from it comes after.
      await untilQuiet();
      // What comes from here on is looked at once more: none is lost.
      news = Promise.withResolvers();
    }
  } catch (error) {
    if (signal?.aborted === true) await leave(activation, inFlight);
    throw error;
  } finally {
    signal?.removeEventListener("abort", aborted);
    unwatch();
  }
  if (failure !== undefined) throw failure.error;
}

/** What ends at once with the caller's abort is on record, and told to others, before the caller knows. */
async function leave(
  activation: ClaimedActivation,
  inFlight: ReadonlyMap<string, Promise<void>>,
): Promise<void> {
  if (inFlight.size > 0) await Promise.race([Promise.all(inFlight.values()), nextTurn()]);
  await activation.bound.leave(activation);
}

/** @throws what ends an activation that may not go on: the caller's abort, another claim */
function checkClaim({ signal, state, epoch, stop }: ClaimedActivation): void {
  signal?.throwIfAborted();
  if (state.epoch === epoch) return;
  stop(new ConflictError("Another process goes on with this run"));
  throw new ConflictError("Cannot go on with the run: another process has claimed it");
}

/** Performs one step; the only place with effects. Over once what it led to is appended. */
function perform(activation: ClaimedActivation, step: Step): MaybePromise<unknown> {
  return step.type === "call"
    ? settleCall(activation, step)
    : activation.bound.perform(activation, step.step);
}
