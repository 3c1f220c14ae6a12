import type { JsonValue } from "../lib/json.ts";
import type { ApprovalTimeout } from "./approval-timeout.ts";
import type { Callback, MaybePromise } from "./callback.ts";

/** A call as a gate judges it. */
export interface GatedCall {
  readonly agent: string;
  /** What the model wrote; `undefined` when it cannot be read. */
  readonly arguments: JsonValue | undefined;
}

/** What a policy says of one call; texts are for people, and `deny`'s for the model. */
export type GateVerdict =
  | { verdict: "allow"; rule: string }
  | {
      verdict: "ask";
      reason?: string | undefined;
      /** The least level that must decide. */
      approver?: "client" | "confirm" | "person" | undefined;
      timeout?: ApprovalTimeout | undefined;
    }
  | { verdict: "deny"; reason: string };

/** Judges calls of one tool. What it throws asks. */
export type Gate = Callback<[GatedCall], MaybePromise<GateVerdict>>;
