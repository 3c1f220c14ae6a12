import type { JsonValue } from "../lib/json.ts";
import type { Ruling } from "../engine/driver.ts";
import type { Callback, MaybePromise } from "./callback.ts";

/** A call as a gate judges it. */
export interface GatedCall {
  readonly agent: string;
  /** What the model wrote; `undefined` when it cannot be read. */
  readonly arguments: JsonValue | undefined;
}

/** What a policy says of one call; texts are for people, and `deny`'s for the model. */
export type GateVerdict = Ruling;

/** Judges calls of one tool. What it throws asks. */
export type Gate = Callback<[GatedCall], MaybePromise<GateVerdict>>;

/** Rules of a process, over all tools that have none of their own. */
export type ProcessPolicy = (call: GatedCall & { tool: string }) => GateVerdict | undefined;
