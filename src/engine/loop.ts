import { ConflictError } from "../lib/errors.ts";
import {
  claim,
  withState,
  type ActivationOptions,
  type ClaimedActivation,
} from "../agents/activation.ts";
import { expireDue } from "./expire.ts";
import { refreshProviders } from "../agents/graph.ts";
import { nextSteps, type Step } from "../agents/next-steps.ts";
import { loadHistory } from "../agents/opening.ts";
import { perform } from "../agents/perform.ts";

/**
 * The loop: performs what is ready and not in flight, concurrently, and asks again after every
 * completion, until nothing is ready and nothing is in flight.
 *
 * @throws what failed the activation, with `state`; what the journal holds by then stays
 */
export async function advance(options: ActivationOptions): Promise<void> {
  const { recorder, plan, signal } = options;
  if (signal?.aborted === true) throw withState(signal.reason, options.toState());
  await recorder.catchUp();
  await expireDue(recorder);
  // A run that only waits is not claimed: looking at it leaves no trace.
  const { state } = recorder.journal;
  if (state.failure === undefined && nextSteps(state, plan, state.epoch + 1).length === 0) return;
  const activation = await claim(options);
  try {
    await Promise.all([
      loadHistory(recorder.journal, options.session),
      refreshProviders(plan.graph),
    ]);
    await drain(activation);
  } catch (error) {
    throw withState(error, options.toState());
  }
  const [first] = activation.reported;
  if (first !== undefined) throw withState(first, options.toState());
}

async function drain(activation: ClaimedActivation): Promise<void> {
  const { signal, plan, recorder, reported, stop } = activation;
  const inFlight = new Map<string, Promise<void>>();
  const pulse = createPulse();
  const unwatch = recorder.journal.watch(() => pulse.beat());
  const aborted = (): void => {
    stop(signal?.reason);
    pulse.beat();
  };
  signal?.addEventListener("abort", aborted, { once: true });
  let failure: { error: unknown } | undefined;
  try {
    for (;;) {
      // What is on its way to a store may be taken back: nothing is begun on the strength of it.
      await recorder.settled();
      signal?.throwIfAborted();
      if (activation.state.epoch !== activation.epoch) {
        stop(new ConflictError("Another process goes on with this run"));
        throw new ConflictError("Cannot go on with the run: another process has claimed it");
      }
      if (activation.state.cancelled !== undefined) {
        stop(new Error("The run was cancelled"));
        break;
      }
      const next = failure === undefined ? nextSteps(activation.state, plan) : [];
      // Once an error is reported, what is open is still settled, and models are asked no more.
      const ready = reported.length === 0 ? next : next.filter((step) => settles(step));
      for (const step of ready) {
        const key = stepKey(step);
        if (inFlight.has(key) || waitsForCalls(step, inFlight)) continue;
        const work = perform(activation, step)
          .catch((error: unknown) => {
            // A step that was overtaken is no failure: what to do next is asked anew.
            if (!(error instanceof ConflictError)) failure ??= { error };
          })
          .finally(() => {
            inFlight.delete(key);
            pulse.beat();
          });
        inFlight.set(key, work);
      }
      if (inFlight.size === 0 && ready.length === 0) break;
      await pulse.next();
    }
  } finally {
    signal?.removeEventListener("abort", aborted);
    unwatch();
  }
  if (failure !== undefined) throw failure.error;
}

function settles({ type }: Step): boolean {
  return type === "call" || type === "save_session";
}

/** A turn ends with the last step of its calls: hooks hear of an output before the next turn. */
function waitsForCalls(step: Step, inFlight: ReadonlyMap<string, unknown>): boolean {
  if (step.type !== "take_turn" && step.type !== "hand_off" && step.type !== "complete") {
    return false;
  }
  const calls = callKey(step.frame.key, "");
  return [...inFlight.keys()].some((key) => key.startsWith(calls));
}

function callKey(place: string, callId: string): string {
  return `call ${place} ${callId}`;
}

function stepKey(step: Step): string {
  const place = step.frame.key;
  if (step.type === "call") return callKey(place, step.call.item.callId);
  if (step.type === "guard_input") return `guard ${place} ${step.guardrail.name}`;
  return `${step.type} ${place}`;
}

/** A wake-up that is not lost when it comes before anybody waits. */
function createPulse(): { beat(): void; next(): Promise<void> } {
  let rung = false;
  let wake: (() => void) | undefined;
  return {
    beat() {
      rung = true;
      wake?.();
    },
    async next() {
      if (!rung) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      rung = false;
      wake = undefined;
    },
  };
}
