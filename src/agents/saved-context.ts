import type { Run } from "../engine/state.ts";
import { toError } from "../lib/errors.ts";
import { isPlainJson } from "../lib/json.ts";
import type { AgentActivation } from "./activation.ts";
import {
  addMembers,
  fillIn,
  isEmpty,
  isSameContext,
  joinContext,
  missingIn,
  splitContext,
  type SavedContext,
} from "./context-parts.ts";
import { sharedOf } from "./conversation.ts";
import type { DraftOf } from "./entries.ts";
import { UserError } from "./errors.ts";
import { isMissing, missingAt } from "./missing-part.ts";
import { RunContext, type ContextCodec } from "./run-context.ts";

const codecs = new WeakMap<RunContext, ContextCodec>();

/** The context as it was given, or one around it; written from now on as the application says. */
export function toContext(given: unknown, codec?: ContextCodec): RunContext {
  const context = given instanceof RunContext ? given : new RunContext(given ?? {});
  return keepBy(context, codec);
}

/** Writes a context as the application says from now on. */
export function keepBy(context: RunContext, codec: ContextCodec | undefined): RunContext {
  if (codec?.contextSerializer !== undefined) codecs.set(context, codec);
  return context;
}

/** The context of a run as its journal has it. */
export function savedContext(run: Run): SavedContext {
  const { context, contextMarks } = sharedOf(run);
  return { context, ...contextMarks };
}

/** Whether something of a saved context is to be given again. */
function isIncomplete(
  { givenAgain = [], serialized }: SavedContext,
  codec?: ContextCodec,
): boolean {
  const isUnread = serialized === true && codec?.contextDeserializer === undefined;
  return isUnread || givenAgain.length > 0;
}

/** A context again: what was saved of it, and what `given` has of what could not be saved. */
function remake(saved: SavedContext, given: unknown, codec?: ContextCodec): unknown {
  if (saved.serialized !== true) return joinContext(saved, given);
  if (codec?.contextDeserializer !== undefined) {
    return codec.contextDeserializer(structuredClone(saved.context ?? {}));
  }
  return (
    given ?? missingAt("", "was written by a contextSerializer, and no contextDeserializer read it")
  );
}

/**
 * The context of a run that is gone on with. A context that is given takes the place of the saved
 * one; where that had parts that could not be saved, it only gives these again.
 */
export function openContext(
  saved: SavedContext,
  { given, codec }: { given?: unknown; codec?: ContextCodec | undefined },
): RunContext {
  if (given === undefined) return keepBy(new RunContext(remake(saved, undefined, codec)), codec);
  if (!isIncomplete(saved, codec)) return toContext(given, codec);
  return restoreContext(saved, { made: given, codec });
}

/**
 * The same for a context that was made for any run: what was saved stands, and the rest is of
 * `made`, which is not changed.
 */
export function restoreContext(
  saved: SavedContext,
  { made: given, codec }: { made: unknown; codec?: ContextCodec | undefined },
): RunContext {
  const made = contextOf(given);
  const context = remake(saved, made, codec);
  if (context !== made) addMembers(context, made);
  return keepBy(new RunContext(context), codec);
}

/** Gives the context of a state what was given on resume, in the way of `openContext`. */
export function giveContext(
  context: RunContext,
  {
    saved,
    given,
    codec,
  }: { saved: SavedContext; given: unknown; codec?: ContextCodec | undefined },
): void {
  keepBy(context, codec);
  const paths = missingIn(context.context);
  const isLost = paths.includes("");
  if (given === undefined) {
    if (isLost) context.context = remake(saved, undefined, codec);
    return;
  }
  const value = contextOf(given);
  if (paths.length === 0 || isLost) {
    context.context = value;
    return;
  }
  fillIn(context.context, paths, value);
  addMembers(context.context, value);
}

function contextOf(given: unknown): unknown {
  return given instanceof RunContext ? given.context : given;
}

/** A context that is still as its state had it becomes what the run made of it since. */
export function catchUpContext(
  given: RunContext,
  { before, now }: { before: SavedContext; now: SavedContext },
): void {
  if (before.serialized === true || now.serialized === true) return;
  if (isSameContext(before, now)) return;
  if (!isSameContext(splitContext(given.context), before)) return;
  given.context = joinContext(now, given.context);
}

/**
 * The entry for a context that differs from what `state` has, as `codec` writes it.
 *
 * @throws UserError where a serializer is needed, or gives what is no JSON
 */
export function contextDraft(
  given: RunContext,
  state: Run,
  codec = codecs.get(given),
): DraftOf<"context_changed">[] {
  const saved = savedContext(state);
  if (isMissing(given.context)) return [];
  if (saved.serialized === true && codec?.contextSerializer === undefined) {
    throw new UserError(
      "Cannot save the run: its context was written by a contextSerializer, and there is none now. Give it to toString({ contextSerializer }) or to the runner",
    );
  }
  // Most runs have none, and are asked at every turn.
  if (codec?.contextSerializer === undefined && isNothing(saved) && isEmpty(given.context))
    return [];
  const now = partsOf(given, codec);
  if (isSameContext(now, saved)) return [];
  const { context = {}, ...marks } = now;
  return [{ type: "context_changed", context, ...marks }];
}

/**
 * The entry that keeps what functions did to the context; none when it is as it was. Where the
 * application's serializer fails the activation ends with its error: what else happened is kept.
 */
export function contextChange(activation: AgentActivation): DraftOf<"context_changed">[] {
  const { own, state } = activation;
  try {
    // Nobody here can write what a serializer wrote: it stands as it was.
    const isTheirs = savedContext(state).serialized === true && !codecs.has(own.context);
    return isTheirs ? [] : contextDraft(own.context, state);
  } catch (error) {
    activation.report(toError(error));
    return [];
  }
}

function isNothing({ context, givenAgain, dates, serialized }: SavedContext): boolean {
  if (givenAgain !== undefined || dates !== undefined || serialized === true) return false;
  return context === undefined || isEmpty(context);
}

/** What of a context is written. @throws UserError where its serializer gives no JSON */
export function partsOf(given: RunContext, codec = codecs.get(given)): SavedContext {
  const contextSerializer = codec?.contextSerializer;
  if (contextSerializer === undefined) return splitContext(given.context);
  const context = contextSerializer(given.context);
  if (isPlainJson(context)) return { context: structuredClone(context), serialized: true };
  throw new UserError("Cannot save the run: contextSerializer must give plain JSON");
}
