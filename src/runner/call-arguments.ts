import { applyToolSchema, readArguments, type FunctionTool } from "../agent/tool.ts";
import { isPlainJson, type JsonValue } from "../lib/json.ts";
import type { Call } from "../journal/frame.ts";
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

/** What runs when a call has these arguments. */
export function valueFor(tool: FunctionTool, raw: JsonValue): CallArguments {
  try {
    const value = applyToolSchema(tool, raw);
    return { raw, shown: isPlainJson(value) ? value : raw, value, problem: undefined };
  } catch (problem) {
    return { raw, shown: raw, value: undefined, problem };
  }
}
