import type { JsonObject } from "../lib/json.ts";

/** One question to a server. */
export interface PreviewLook {
  readonly tool: string;
  readonly args: JsonObject;
  /** What it looks for may not be there: that reads as the empty text. */
  readonly mayBeAbsent?: true | undefined;
}

/** How it is found out what one call would change. */
export interface PreviewPlan {
  /** What is asked, one after the other. What the later ones fail with is only shown. */
  readonly looks: readonly [PreviewLook, ...PreviewLook[]];
  /** What of the answers an approval is bound to, for people; absent where they are only shown. */
  readonly bind: string | undefined;
  /** The part of an answer that is read; default: its text. */
  readonly part?: string | undefined;
  /** Takes out of what was read what changes by itself. */
  readonly clean?: ((text: string) => string) | undefined;
  /** How what was read is written for people. */
  readonly shown?: ((text: string) => string) | undefined;
  /** What it would be after the call, so written; `undefined` where that cannot be told. */
  readonly after?: ((before: string) => string | undefined) | undefined;
}
