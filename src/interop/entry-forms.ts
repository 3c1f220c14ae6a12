import { FORMAT_VERSION, type EntryDraft } from "../journal/entries.ts";

/**
 * The entries whose form is that of one version of the journal; whoever changes the version changes
 * this file and none beside it.
 */

type Draft<T extends EntryDraft["type"]> = Extract<EntryDraft, { type: T }>;
type Finished = Draft<"tool_finished">;
export type OutputFields = Pick<Finished, "output" | "json" | "returned">;

/** The first entry of a run or of one inside it. */
export function started(
  fields: Omit<Draft<"run_started">, "type" | "format">,
): Draft<"run_started"> {
  return { type: "run_started", format: FORMAT_VERSION, ...fields };
}

/** An entry that says what whoever advances a run makes of it; before the first claim. */
export function intended<T extends EntryDraft>(draft: T): T {
  return draft;
}

/** What a call is, by the code of this process. */
export type CallKind = "tool" | "agent" | "handoff" | "unknown";

/** A model's answer, and what its calls are; this version does not write the latter down. */
export function responded(
  fields: Omit<Draft<"model_responded">, "type">,
  _kinds: Readonly<Record<string, CallKind>>,
): Draft<"model_responded"> {
  return { type: "model_responded", ...fields };
}

/** What the body of a tool gave, in the first attempt. */
export function gave(callId: string, output: OutputFields): Finished {
  return { type: "tool_finished", callId, attempt: 1, outcome: "ran", ...output };
}

/** What stands in place of a call that was not run. */
export function answered(
  callId: string,
  outcome: "rejected" | "denied" | "stated",
  output: OutputFields,
): Finished {
  return { type: "tool_finished", callId, outcome, ...output };
}

/** What a run inside a call came to. */
export function collected(callId: string, output: OutputFields): Finished {
  return { type: "tool_finished", callId, outcome: "ran", ...output };
}
