import type { FunctionCallItem } from "./items.ts";
import { applyToolSchema, readArguments, type FunctionTool } from "./tool.ts";
import { ARGUMENTS_LIMIT } from "./size-limits.ts";
import { isPlainJson, type JsonValue } from "../lib/json.ts";
import type { Call } from "./conversation.ts";
import type { CallArguments } from "./ask.ts";

/** Parses a call's arguments once; what is wrong with them is part of the result. */
export function readCallArguments(tool: FunctionTool, call: Call): CallArguments {
  let raw: JsonValue;
  try {
    raw = readArguments(tool.name, call.item.arguments);
  } catch (problem) {
    return { raw: undefined, shown: undefined, value: undefined, problem };
  }
  return valueFor(tool, raw);
}

/** Whether a model wrote more arguments than are read. */
export function isTooLong({ item }: Call): boolean {
  return item.arguments.length > ARGUMENTS_LIMIT;
}

/** What runs: the approver's arguments, or those that were shown, or what the call says. */
export function argumentsToRun(tool: FunctionTool, call: Call): CallArguments {
  const proposed = readCallArguments(tool, call);
  const edited = editOf(call);
  if (edited !== undefined) return { ...valueFor(tool, edited), raw: proposed.raw };
  const shown = call.approval?.arguments;
  if (shown === undefined) return proposed;
  // Defaults and the like were applied before the person saw it: that very value runs.
  return { raw: undefined, shown, value: shown, problem: undefined };
}

/** What an approver put in place of a call's arguments. */
export function editOf({ approval, edited }: Call): JsonValue | undefined {
  return approval?.decision?.arguments ?? edited;
}

/** The call as it runs: with the approver's arguments, where they changed them. */
export function callAsRun(call: Call): FunctionCallItem {
  const edited = editOf(call);
  return edited === undefined ? call.item : { ...call.item, arguments: JSON.stringify(edited) };
}

/** What would run by an approver's arguments; `undefined` where they do not fit the schema. */
export function shownForEdit(tool: FunctionTool, edited: JsonValue): JsonValue | undefined {
  const { problem, shown } = valueFor(tool, edited);
  return problem === undefined && tool.check(edited).length === 0 ? shown : undefined;
}

/** What runs when a call has these arguments. */
export function valueFor(tool: FunctionTool, raw: JsonValue): CallArguments {
  try {
    const value = applyToolSchema(tool, raw);
    return { raw, shown: isPlainJson(value) ? value : raw, value, problem: undefined };
  } catch (problem) {
    return { raw, shown: raw, value: undefined, problem };
  }
}
