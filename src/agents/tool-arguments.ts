import { argumentsToRun, editOf } from "../engine/arguments.ts";
import type { Arguments } from "../engine/tool.ts";
import type { Call } from "../engine/state.ts";
import { copyJson, isPlainJson, type JsonValue } from "../lib/json.ts";
import { itemOf } from "./conversation.ts";
import type { FunctionCallItem } from "./items.ts";
import type { RunnableTool } from "./function-tool.ts";
import { applyToolSchema, readArguments } from "./tool.ts";

/** Parses a call's arguments once; what is wrong with them is part of the result. */
export function readCallArguments(tool: RunnableTool, text: string): Arguments {
  try {
    return valueFor(tool, readArguments(tool.name, text));
  } catch (problem) {
    return { raw: undefined, shown: undefined, value: undefined, problem };
  }
}

/** What runs when a call has these arguments. */
export function valueFor(tool: RunnableTool, raw: JsonValue): Arguments {
  try {
    const value = applyToolSchema(tool, raw);
    return { raw, shown: isPlainJson(value) ? value : raw, value, problem: undefined };
  } catch (problem) {
    return { raw, shown: raw, value: undefined, problem };
  }
}

/** What would run by an approver's arguments; `undefined` where they do not fit the schema. */
export function shownForEdit(tool: RunnableTool, edited: JsonValue): JsonValue | undefined {
  const { problem, shown } = valueFor(tool, edited);
  return problem === undefined && tool.check(edited).length === 0 ? shown : undefined;
}

/** The structured input that functions of a nested run see. */
export function toolInputOf(tool: RunnableTool, call: Call): unknown {
  const reader = {
    read: (text: string) => readCallArguments(tool, text),
    value: (json: JsonValue) => valueFor(tool, json),
  };
  return argumentsToRun(reader, call).value;
}

/**
 * The call as it runs, for a function of the user's: with the approver's arguments, where they
 * changed them. A copy: whatever is done to it, the item stays as the model wrote it.
 */
export function callAsRun(call: Call): FunctionCallItem {
  const edited = editOf(call);
  const item = copyJson(itemOf(call));
  return edited === undefined ? item : { ...item, arguments: JSON.stringify(edited) };
}

/** What a call would run with, for a function that judges it: what that changes is its own. */
export function copyOfValue(
  tool: RunnableTool,
  { raw, shown, value, problem }: Arguments,
): unknown {
  if (problem !== undefined) return copyJson(raw);
  // What a schema made that is no JSON cannot be copied as it is: it is made once more.
  return shown === value || raw === undefined
    ? copyJson(shown)
    : valueFor(tool, copyJson(raw)).value;
}
