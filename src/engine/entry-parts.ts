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
