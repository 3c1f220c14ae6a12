import { ConflictError } from "../lib/errors.ts";
import type { JsonValue } from "../lib/json.ts";
import { createSlots } from "../lib/slots.ts";
import type { Bound, Activation } from "./driver.ts";
import { FORMAT_VERSION, type AnyDraft, type DraftOf } from "./entries.ts";
import { frameKey } from "./frames.ts";
import type { Passes } from "./passes.ts";
import type { Recorder } from "./recorder.ts";
import type { Starter } from "./starter.ts";
import type { Caller, Frame } from "./state.ts";

/** What one activation of a run's loop works with. */
export interface ActivationOptions<E = unknown> {
  recorder: Recorder;
  bound: Bound;
  /** What the driver's performers work with. */
  own: E;
  /** Names this process in claims. */
  owner: string;
  /** Where the store can tell who lives. */
  starter?: Starter | undefined;
  /** The yeses for later calls, where there is a place that keeps some. */
  passes?: Passes | undefined;
  signal?: AbortSignal | undefined;
  /** How many bodies may run at once; `null` without limit. */
  concurrency?: number | null | undefined;
  /** What the driver goes on with, recorded with the claim. */
  start?: JsonValue | undefined;
  /** Who asked for it, where somebody did. */
  caller?: Caller | undefined;
}

/** An activation, as the loop that drives it has it. */
export interface ClaimedActivation<E = unknown> extends Activation<E> {
  readonly signal: AbortSignal | undefined;
  readonly reported: readonly { readonly error: Error }[];
  /** Aborts what runs, and lets nothing further begin. */
  stop(reason: unknown): void;
}

/** Claims the run and gives the activation its means. @throws ConflictError when overtaken */
export async function claim<E>(options: ActivationOptions<E>): Promise<ClaimedActivation<E>> {
  const { recorder, bound, own, signal } = options;
  const { journal } = recorder;
  const epoch = await appendClaim(options);
  const controller = new AbortController();
  const { signal: abort } = controller;
  const reported: { error: Error }[] = [];
  return {
    recorder,
    bound,
    own,
    starter: options.starter,
    passes: options.passes,
    signal,
    epoch,
    reported,
    abort,
    slots: createSlots(options.concurrency),
    get state() {
      return journal.state;
    },
    stop: (reason) => controller.abort(reason),
    async append(path, drafts, isStillMeant) {
      const placed =
        path.length === 0 ? drafts : drafts.map((draft) => ({ ...draft, path: [...path] }));
      const stored = await recorder.append(
        placed as readonly AnyDraft[],
        () => journal.state.epoch === epoch && !abort.aborted && isStillMeant?.() !== false,
      );
      for (const { entry } of stored) bound.heard(journal.state, entry);
      return stored;
    },
    frame(path) {
      const frame = journal.state.frames.get(frameKey(path));
      if (frame === undefined) throw new Error(`No frame at ${frameKey(path)}`);
      return frame;
    },
    report: (error) => void reported.push({ error }),
  };
}

async function appendClaim<E>({
  recorder,
  owner,
  starter,
  start,
  caller,
}: ActivationOptions<E>): Promise<number> {
  const { journal } = recorder;
  for (;;) {
    const before = journal.state.epoch;
    const draft: DraftOf<"run_claimed"> = {
      type: "run_claimed",
      format: FORMAT_VERSION,
      owner,
      epoch: before + 1,
      ...(starter === undefined ? {} : { process: starter.process }),
      ...(start === undefined ? {} : { start }),
      ...caller,
    };
    try {
      await recorder.append([draft], () => journal.state.epoch === before);
      return draft.epoch;
    } catch (error) {
      // Somebody may have decided meanwhile; only another claim means the run is taken.
      if (!(error instanceof ConflictError) || journal.state.epoch !== before) throw error;
    }
  }
}

/** Ends a frame as failed. A nested run's failure is told above it; the root's is thrown. */
export async function failFrame(
  activation: Activation,
  frame: Frame,
  { error, after = [] }: { error: Error; after?: readonly AnyDraft[] },
): Promise<void> {
  const failed = { type: "run_failed", code: codeOf(error), message: error.message };
  await activation.append(frame.path, [...after, failed]);
  if (frame.path.length === 0) activation.report(error);
}

/** What an error is called in the journal. */
export function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "model_failed";
}
