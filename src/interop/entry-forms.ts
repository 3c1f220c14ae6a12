import type { DraftOf } from "../agents/entries.ts";
import type { CallKind } from "../engine/vocabulary.ts";
import type { OutputFields } from "../engine/tool.ts";

/**
 * The entries whose form is that of one version of the journal; whoever changes the version changes
 * this file and none beside it. The epoch of each is given with its place.
 */

/** A model's answer, and what its calls are. */
export function responded(
  fields: Omit<DraftOf<"model_responded">, "type">,
  kinds: Readonly<Record<string, CallKind>>,
): DraftOf<"model_responded"> {
  // What is not named is of a tool.
  const special = Object.entries(kinds).filter(([, kind]) => kind !== "tool");
  if (special.length === 0) return { type: "model_responded", ...fields };
  return { type: "model_responded", ...fields, kinds: Object.fromEntries(special) };
}

/** What the body of a tool gave, in the first attempt. */
export function gave(callId: string, output: OutputFields): DraftOf<"tool_finished"> {
  return { type: "tool_finished", callId, attempt: 1, outcome: "ran", ...output };
}

/** What stands in place of a call that was not run, or what a run inside it came to. */
export function answered(
  callId: string,
  outcome: DraftOf<"call_answered">["outcome"],
  output: OutputFields,
): DraftOf<"call_answered"> {
  return { type: "call_answered", callId, outcome, ...output };
}
