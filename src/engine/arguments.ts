import { sha256 } from "../lib/digest.ts";
import { canonicalJson, copyJson, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { DraftOf } from "./entries.ts";
import type { Approval, Call } from "./state.ts";
import type { Tool, Arguments } from "./tool.ts";
import { ARGUMENTS_LIMIT } from "./vocabulary.ts";

/** What an approval is bound to: the exact arguments, in canonical form. */
export function argumentsDigest(value: JsonValue): string {
  return sha256(canonicalJson(value));
}

/** The digest that binds an approval to exactly these arguments; `text` is what was proposed. */
export function digestOf(text: string, shown: JsonValue | undefined): string {
  return shown === undefined ? sha256(text) : argumentsDigest(shown);
}

type Reader = Pick<Tool, "isRuled" | "read">;

/** What a request says of the arguments that it is about: the text says the rest. */
export function boundArguments(
  tool: Reader,
  text: string,
  args: Pick<Arguments, "raw" | "shown">,
): Pick<DraftOf<"approval_requested">, "argumentsDigest" | "arguments" | "by"> {
  return { argumentsDigest: digestOf(text, args.shown), ...sentInstead(tool, text, args) };
}

/**
 * What goes out in other words than were proposed, for an entry; marked where that is what rules
 * make of it, and not the schema of a tool or an approver.
 */
export function sentInstead(
  { isRuled, read }: Reader,
  text: string,
  { raw, shown }: Pick<Arguments, "raw" | "shown">,
): { arguments?: JsonValue; by?: "rules" } {
  if (shown === undefined) return {};
  const sent = canonicalJson(shown);
  if (raw !== undefined && canonicalJson(raw) === sent) return {};
  const made = isRuled ? read(text).shown : undefined;
  const isOfRules = made !== undefined && canonicalJson(made) === sent;
  return { arguments: shown, ...(isOfRules ? { by: "rules" } : {}) };
}

/** Whether more arguments were proposed than are read. */
export function isTooLong({ item }: Call): boolean {
  return item.arguments.length > ARGUMENTS_LIMIT;
}

/** What an approver put in place of a call's arguments. */
export function editOf({ approval, edited }: Call): JsonValue | undefined {
  return approval?.decision?.arguments ?? edited;
}

/**
 * What runs: the approver's arguments, or those that were shown, or what the call says. Whoever gets
 * it may change it: nothing of it is the journal's.
 */
export function argumentsToRun(tool: Pick<Tool, "read" | "value">, call: Call): Arguments {
  const proposed = tool.read(call.item.arguments);
  const edited = editOf(call);
  if (edited !== undefined) return { ...tool.value(copyJson(edited)), raw: proposed.raw };
  if (call.approval?.arguments === undefined) return proposed;
  const shown = copyJson(call.approval.arguments);
  // Defaults and the like were applied before the person saw it: that very value runs.
  return { raw: undefined, shown, value: shown, problem: undefined };
}

/** The fixed line that tells the proposer what ran in place of what it asked for. */
export function editNote(shown: JsonValue | undefined): string {
  return `The approver changed the arguments of this call to: ${JSON.stringify(shown)}`;
}

/**
 * The arguments that an approval is about, as compact JSON text; unreadable ones as they stand. One
 * about the run has no call, and none.
 */
export function argumentsText(approval: Approval, call: Call | undefined): string {
  if (call === undefined) return "{}";
  if (approval.arguments !== undefined) return JSON.stringify(approval.arguments);
  try {
    return JSON.stringify(parseStrictJson(call.item.arguments));
  } catch {
    return call.item.arguments;
  }
}
