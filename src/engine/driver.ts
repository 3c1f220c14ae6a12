import type { MaybePromise } from "../lib/pending.ts";
import type * as z from "zod";

import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { Slots } from "../lib/slots.ts";
import type { Activation } from "./activation.ts";
import type { Arguments } from "./arguments.ts";
import type { AnyDraft, DraftOf, DriverEntry, EntryKind, StoredFields } from "./entries.ts";
import type { Guard } from "./guard.ts";
import type { Previews } from "./preview.ts";
import type { Approval, Call, Failure, Frame, FrameEnd, Proposal, Run } from "./state.ts";
import type { ApproverLevel, CallKind } from "./vocabulary.ts";

/**
 * The port of whoever proposes calls. Half one: pure, synchronous, no user code. Every process that
 * reads a run has it for all drivers.
 */
export interface Folder<D = unknown> {
  /** As `run_started.driver` names it. */
  readonly name: string;
  /** Its own entries by type: what they are to whoever writes them. */
  readonly kinds: Readonly<Record<string, EntryKind>>;
  /** Their form; each is made when one of it is first read. */
  readonly forms: Readonly<Record<string, () => z.ZodType>>;
  /** Of `run_started.start`. */
  start(): z.ZodType;
  /** The fields of format 1's `run_started` and `run_claimed` that are `start` now. */
  startFields(): readonly string[];
  /** What it keeps of a frame that begins; `frame.data` is not there yet. */
  begin(frame: Frame<D>, start: DraftOf<"run_started">): D;
  /** A new claim of the run; `start` is what its driver goes on with. */
  claimed(root: Frame<D>, start: JsonValue | undefined): void;
  fold(frame: Frame<D>, entry: DriverEntry, tell: Tell): void;
  /** A call of this frame was answered, or dropped by the driver itself. */
  closed(frame: Frame<D>, call: Call): void;
  /** What an attempt came to after its call had been closed by something else. */
  late(frame: Frame<D>, call: Call): void;
  ended(frame: Frame<D>, end: FrameEnd): void;
  /** Whether the proposer itself has work now, calls apart; `held`: and calls must wait for it. */
  idle(frame: Frame<D>): "works" | "waits" | "held";
  /** Whether something is still to be brought to others, though nothing else is to be done. */
  owes(root: Frame<D>, run: Run): boolean;
  /** Whether nothing is lost with an entry of its own, just folded, that a power cut takes back. */
  mayBeLost(frame: Frame<D>, entry: DriverEntry): boolean;
  /** Who asks in a frame now, by name. */
  asker(frame: Frame<D>): string;
  /** What whoever decides should know of the asking, as it stands now: a sentence each. */
  notes?(frame: Frame<D>): readonly string[];
  /** What a frame asks a person to fill in, where its call is no more than that. */
  question?(frame: Frame<D>): Question | undefined;
  /** How often a call was asked for at once, which runs once unless a person says more. */
  times?(frame: Frame<D>, callId: string): number;
  /** The wish that a run was begun for, as the store tells repetitions of it; none once it is met. */
  intentKey?(root: Frame<D>): string | undefined;
}

/** Fields that a person fills in. What they type is kept sealed: only who asks can read it. */
export interface Question {
  /** JSON Schema of a flat object. */
  readonly schema: JsonObject;
  /** What the answer is sealed for. */
  readonly key: string;
}

export type Folders = ReadonlyMap<string, Folder>;

/** What a driver's entry means to the engine. */
export interface Tell {
  readonly run: Run;
  propose(call: { item: Proposal; kind: CallKind | undefined }): Call;
  /** Closes a call without an output: `closed` is told. */
  drop(call: Call): void;
  /** A question that answered itself. */
  withdraw(approvalId: string): void;
  /** Ends the activation; a person may resume the run. */
  stop(failure: Failure): void;
}

/**
 * Half two: bound to the code of this process, once per activation.
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

/** How long an approval may wait, and what follows; without one it waits for ever. */
export interface ApprovalTimeout {
  seconds: number;
  /** The call is refused with a text that says so (default), or the run fails. Never approved. */
  onExpiry?: "reject" | "fail" | undefined;
}

/** What rules say of one call; texts are for people, and `deny`'s for the proposer. */
export type Ruling =
  | { verdict: "allow"; rule: string }
  | {
      verdict: "ask";
      reason?: string | undefined;
      /** The least level that must decide. */
      approver?: ApproverLevel | undefined;
      timeout?: ApprovalTimeout | undefined;
      /** Whether no yes that was given for other calls is one to it. */
      alone?: true | undefined;
    }
  | { verdict: "deny"; reason: string };

/** A tool as the engine needs it, bound to frame, agent and context. */
export interface Tool {
  readonly name: string;
  readonly digest: string;
  readonly definition: {
    description: string;
    schema: JsonValue;
    annotations?: JsonValue | undefined;
    trusted?: true | undefined;
    summary?: string | undefined;
  };
  readonly idempotent: boolean;
  /** Places for bodies that run at once, in place of the activation's. */
  readonly slots?: Slots | undefined;
  /** The least level that configuration wants of every decision on it. */
  readonly level: ApproverLevel | undefined;
  readonly timeout: ApprovalTimeout | undefined;
  /** Whether input guards also run before a person is asked. */
  readonly guardsBeforeAsking: boolean;
  enabled(): MaybePromise<boolean>;
  read(text: string): Arguments;
  /** The same for arguments that are JSON already. */
  value(json: JsonValue): Arguments;
  /** Rules over the call that also hold once it was approved; `undefined` where there are none. */
  ruled(args: Arguments): MaybePromise<Ruling | undefined>;
  /** Whether `ruled` is all there is to say. */
  readonly isRuled: boolean;
  /** What the tool says of itself. */
  rule(args: Arguments): MaybePromise<Ruling>;
  /** Where something shows what calls of it would change. */
  readonly previews?: Previews | undefined;
  readonly guards: { input: readonly Guard[]; output: readonly Guard<unknown>[] };
  execute(value: unknown, call: { key: string; signal: AbortSignal }): Promise<unknown>;
  /** The output for an error; absent where the error ends the activation. */
  readonly failed: ((problem: unknown) => Promise<unknown>) | undefined;
  /** Whether an error says that what came of the body is not known. */
  isUnclear(error: unknown): boolean;
  /** At most what a journal should hold. */
  clip(output: unknown): unknown;
  /** `note` goes in front of it. */
  toOutput(output: unknown, note: string | undefined): OutputFields;
  /** Hooks. */
  started(): void;
  ended(output: unknown): void;
  /** What the activation throws for what the tool, or a guard of it, threw. */
  toError(thrown: unknown): Error;
}

export type OutputFields = Pick<DraftOf<"tool_finished">, "output" | "returned" | "json">;

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
