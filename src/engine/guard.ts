import { isPlainJson, type JsonValue } from "../lib/json.ts";
import { withinTime, type MaybePromise } from "../lib/pending.ts";
import type { DraftOf } from "./entries.ts";
import type { GuardKind } from "./vocabulary.ts";

/** One guardrail, bound to what it looks at. */
export interface Guard<T = void> {
  readonly name: string;
  /** Answers; what it throws is no answer. */
  run(looksAt: T): Promise<GuardAnswer>;
}

export interface GuardAnswer {
  /** `replace` puts a text in place of a call or its output; `trip` fails the frame. */
  readonly behavior:
    | { type: "pass" }
    | { type: "replace"; text: string }
    | { type: "trip"; error: Error };
  readonly info: unknown;
}

/** What guards say together, and their answers, which go with what comes of it. */
export type Guarded = { ran: DraftOf<"guardrail_ran">[] } & (
  | { type: "passed" }
  | { type: "replaced"; text: string }
  | { type: "tripped"; error: Error }
  /** A guard threw. */
  | { type: "broke"; thrown: unknown }
);

/** A guardrail may ask a model; one that takes longer is one that broke. */
const GUARD_LIMIT_MS = 300_000;

/** What a guardrail says. @throws Error which names it, where it does not answer */
export function verdictOf<T>(name: string, work: MaybePromise<T>): MaybePromise<T> {
  return withinTime(work, { limitMs: GUARD_LIMIT_MS, what: `The guardrail "${name}"` });
}

/** Asks guards one after the other, up to the first that does not let pass. */
export function runGuards<T>(guards: readonly Guard<T>[], look: Look<T>): MaybePromise<Guarded> {
  return guards.length === 0 ? { type: "passed", ran: [] } : runInTurn(guards, look);
}

interface Look<T> {
  kind: GuardKind;
  callId?: string | undefined;
  looksAt: T;
}

async function runInTurn<T>(
  guards: readonly Guard<T>[],
  { kind, callId, looksAt }: Look<T>,
): Promise<Guarded> {
  const ran: DraftOf<"guardrail_ran">[] = [];
  for (const guard of guards) {
    let answer: GuardAnswer;
    try {
      answer = await verdictOf(guard.name, guard.run(looksAt));
    } catch (thrown) {
      return { type: "broke", ran, thrown };
    }
    const { behavior } = answer;
    ran.push(toEntry(guard.name, { kind, callId, answer }));
    if (behavior.type === "trip") return { type: "tripped", ran, error: behavior.error };
    if (behavior.type === "replace") return { type: "replaced", ran, text: behavior.text };
  }
  return { type: "passed", ran };
}

/** The entry of a guard's answer. */
export function toEntry(
  guardrail: string,
  {
    kind,
    callId,
    answer: { behavior, info },
  }: { kind: GuardKind; callId?: string | undefined; answer: GuardAnswer },
): DraftOf<"guardrail_ran"> {
  return {
    type: "guardrail_ran",
    guardrail,
    kind,
    ...(callId === undefined ? {} : { callId }),
    tripped: behavior.type !== "pass",
    ...infoField(info),
    ...(behavior.type === "replace" ? { replacement: behavior.text } : {}),
  };
}

/** What a guard reported, where JSON can hold it. */
function infoField(info: unknown): { info?: JsonValue } {
  return info !== undefined && isPlainJson(info) ? { info } : {};
}
