import type { MaybePromise } from "../lib/pending.ts";
import type { Slots } from "../lib/slots.ts";
import type { StoredEntry } from "./chain.ts";
import type { AnyDraft, DraftOf, StoredFields } from "./entries.ts";
import type { Passes } from "./passes.ts";
import type { Recorder } from "./recorder.ts";
import type { Starter } from "./starter.ts";
import type { Approval, Call, Frame, Run } from "./state.ts";
import type { Tool } from "./tool.ts";
import type { ApproverLevel } from "./vocabulary.ts";

/**
 * The port of whoever proposes calls has two halves. `Folder` reads what was written; this one is
 * bound to the code of this process, once per activation.
 *
 * `D` is what the driver keeps of a frame, `S` its steps, `E` what its performers work with.
 */
export interface Bound<D = unknown, S extends DriverStep = DriverStep, E = unknown> {
  /** What performers work with, as `activation.own`. */
  readonly own: E;
  /** Reads what the activation needs, once it has the claim. */
  prepare(run: Run): Promise<void>;
  /** Pure. `hold`: the frame's calls are not touched now. */
  next(run: Run, frame: Frame<D>, epoch: number): { steps: readonly S[]; calls: "go" | "hold" };
  /** Pure; only asked when nothing else is ready or in flight. */
  rest(run: Run): readonly S[];
  /** The caller aborts: brings to others what they are owed. Must not throw, and proposes nothing. */
  leave(activation: Activation<E>): Promise<void>;
  /** Pure: what a call's name stands for now. */
  target(frame: Frame<D>, call: Call): Target;
  perform(activation: Activation<E>, step: S): MaybePromise<unknown>;
  /** The tool of a call whose target is `tool` or `nested`, for this frame. */
  tool(activation: Activation<E>, frame: Frame<D>, call: Call): Tool;
  /** What a nested run begins with; an output where it cannot begin. */
  open(place: Place<D, E>, value: unknown): MaybePromise<NestedOpening>;
  /** The output of a nested run that is over. */
  collect(place: Place<D, E>, child: Frame<D>): Promise<unknown>;
  /** What joins the outcome of a call. */
  beside(activation: Activation<E>): readonly AnyDraft[];
  /** Told each entry once it is stored and folded. */
  heard(run: Run, entry: StoredFields): void;
  readonly words: Words<D, E>;
}

/** The half of the bound half that names what can be done. */
export type Planner = Pick<Bound, "next" | "rest" | "target">;

/** One activation: from its claim until nothing is left to do. */
export interface Activation<E = unknown> {
  readonly recorder: Recorder;
  readonly bound: Bound;
  readonly own: E;
  readonly starter: Starter | undefined;
  readonly passes: Passes | undefined;
  /** The claim's number; from then on only this activation acts. */
  readonly epoch: number;
  /** The fold as it is now. */
  readonly state: Run;
  /** Aborts when the caller aborts, or somebody else has claimed the run. */
  readonly abort: AbortSignal;
  /** Places for tool bodies that run at once. */
  readonly slots: Slots;
  /**
   * Appends entries of a frame; outcomes always, intentions only while the claim stands.
   *
   * @param isStillMeant a further condition for intentions, asked when their turn comes
   * @throws ConflictError when an intention was overtaken and nothing else is among them
   */
  append(
    path: readonly string[],
    drafts: readonly AnyDraft[],
    isStillMeant?: () => boolean,
  ): Promise<readonly StoredEntry[]>;
  /** The frame as it is now. */
  frame(path: readonly string[]): Frame;
  /** Notes an error that the activation ends with; what else can be done goes on. */
  report(error: Error): void;
}

/** A call, in the activation that is at it. */
export interface Place<D = unknown, E = unknown> {
  readonly activation: Activation<E>;
  readonly frame: Frame<D>;
  readonly call: Call;
}

/** What a nested run begins with. */
export type NestedStart = Pick<DraftOf<"run_started">, "agent" | "start">;

/** It, or an output where it cannot begin. */
export type NestedOpening = { start: NestedStart } | { output: unknown };

export interface DriverStep {
  /** Unique among the steps of a run at one time. */
  readonly key: string;
  readonly frame: Frame;
  /** `propose` stops once an error stands in the journal. */
  readonly kind: "propose" | "settle";
  /** Not while a call of this frame is in flight. */
  readonly after?: "calls";
}

/** What a name in a call stands for. */
export type Target =
  | {
      type: "tool" | "nested";
      digest: string;
      /** No decision on other calls is one on this: each is bound to what it would change. */
      binds?: boolean | undefined;
      /** What was asked of the same call before, and said of this one too: it is held against that. */
      again?: Approval | undefined;
    }
  /** Settled by the driver, once no other call of the frame is open. */
  | { type: "own" }
  /** A tool that its source has at other times. */
  | {
      type: "missing";
      reason: string;
      /** What configuration wants of a decision on it; not pure: user code may say so. */
      level(): ApproverLevel | undefined;
    }
  | { type: "unknown" };

/** Texts for the proposer, and errors for whoever runs it. */
export interface Words<D = unknown, E = unknown> {
  rejected(place: Place<D, E>): Promise<string>;
  /** A name that stands for nothing: told, or the frame fails. */
  notFound(place: Place<D, E>): Promise<string | Error>;
  /** Nobody decided in time, and the frame fails by it. */
  expired(call: Call): Error;
  /** Arguments that cannot be used, where that ends the activation. */
  invalid(call: Call): Error;
  /** The caller of the engine must mend something. */
  misuse(message: string): Error;
}
