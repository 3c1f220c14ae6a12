import * as z from "zod";

import type { JsonValue } from "../lib/json.ts";
import { lazy } from "../lib/lazy.ts";
import { approverLevels } from "./vocabulary.ts";

/** Any value that JSON can hold. */
export const json = lazy(() => z.json() as z.ZodType<JsonValue>);

/** Why something did not come to its end. */
export const failure = lazy(() => z.object({ code: z.string(), message: z.string() }));

/** Who said it, through which channel, and how sure that is of a person. */
export const caller = lazy(() => ({
  by: z.string().optional(),
  channel: z.string().optional(),
  level: z.enum(approverLevels).optional(),
}));

/** Arguments in other words than were proposed, and whether rules put them so. */
export const sentFields = lazy(() => ({
  arguments: json().optional(),
  by: z.literal("rules").optional(),
}));

/** A difference of two texts, by lines. */
export const difference = lazy(() =>
  z.object({
    /** Lines in all, also of what is left out below. */
    added: z.int().min(0),
    removed: z.int().min(0),
    /**
     * In their order, each after its mark: `+` comes, `-` goes, ` ` stays, and `@12` where lines that
     * stay were left out: what follows begins in line 12 of the text as it is.
     */
    lines: z.array(z.string()),
    /** How many lines that go are not among them. */
    omitted: z.int().min(1).optional(),
  }),
);
export type Difference = z.infer<ReturnType<typeof difference>>;

/**
 * What a preview read, and what a request is bound to by that. It stands before the request that it
 * belongs to and is written with it. Versions that do not know the entry refuse runs that have it:
 * they would start a call that is bound to what they do not look at.
 */
export const previewFields = lazy(() => ({
  approvalId: z.string(),
  callId: z.string(),
  /** The tool that read, as its server names it, and with what. */
  tool: z.string(),
  arguments: json(),
  /** What of its answer the request is to be bound to; absent where it only shows. */
  bind: z.string().optional(),
  /** SHA-256 of that, base64url; absent where nothing was read. */
  digest: z.string().optional(),
  /** The first characters of what was read, without secrets, and how many there are in all. */
  head: z.string().optional(),
  length: z.int().min(0).optional(),
  /** What the call would change of it. */
  change: difference().optional(),
  /** What changed of it since it was approved, as far as `head` tells. */
  since: difference().optional(),
  /** Why nothing was read. */
  failed: z.string().optional(),
  /** How often it was asked anew, since it had read differently. */
  anew: z.int().min(1).optional(),
  /** A yes lets it run whatever it reads then. */
  whatever: z.literal(true).optional(),
}));

type PreviewFields = z.infer<z.ZodObject<ReturnType<typeof previewFields>>>;

/** What one look brought. */
export type Reading = Omit<PreviewFields, "approvalId" | "callId" | "anew" | "whatever">;

/** What a request knows of it. */
export type Previewed = Reading & Pick<PreviewFields, "anew" | "whatever">;
