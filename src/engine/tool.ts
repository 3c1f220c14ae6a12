import type { JsonValue } from "../lib/json.ts";
import type { MaybePromise } from "../lib/pending.ts";
import type { Slots } from "../lib/slots.ts";
import type { DraftOf } from "./entries.ts";
import type { Previewed, Reading } from "./entry-parts.ts";
import type { Guard } from "./guard.ts";
import type { ApproverLevel, Expiry } from "./vocabulary.ts";

/** What a call will run with, and what a person is shown of it. */
export interface Arguments {
  /** What was proposed, as JSON; `undefined` when it does not parse. */
  readonly raw: JsonValue | undefined;
  /** What is shown and digested: `value` where that is JSON, else `raw`. */
  readonly shown: JsonValue | undefined;
  /** What the body gets; `undefined` when the schema refuses it. */
  readonly value: unknown;
  /** Why there is no value. */
  readonly problem: unknown;
}

/** Shows what calls of a tool would change, by looking at what is there. */
export interface Previews {
  /** Whether approvals are bound to what was read: no yes of before covers such a call. */
  readonly binds: boolean;
  /**
   * Looks, and changes nothing; what goes wrong is what it says.
   *
   * @param options `before`: what was read for the approval that it is held against
   */
  read(
    args: Arguments,
    options: { signal: AbortSignal; before?: Previewed | undefined },
  ): Promise<Reading>;
}

/** How long an approval may wait, and what follows; without one it waits for ever. */
export interface ApprovalTimeout {
  seconds: number;
  /** The call is refused with a text that says so (default), or the run fails. Never approved. */
  onExpiry?: Expiry | undefined;
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
