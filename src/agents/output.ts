import type { OutputFields } from "../engine/driver.ts";
import { isPlainJson } from "../lib/json.ts";
import type { FunctionCallItem, FunctionCallResultItem } from "./items.ts";
import { cutOutput } from "./size-limits.ts";
import { toFunctionCallResult } from "./tool-output.ts";

/** What is kept of an output that is longer than a journal should hold. */
export function clipOutput(call: FunctionCallItem, value: unknown, limit: number): unknown {
  const { output } = toFunctionCallResult(call, value);
  const text = outputText(output);
  if (text !== undefined) return text.length <= limit ? value : cutOutput(text, limit);
  const { length } = JSON.stringify(output);
  if (length <= limit) return value;
  return `This output was left out: it has ${length} characters as JSON, and ${limit} is the most.`;
}

/** An output as the journal has it. */
export function toOutputFields(
  call: FunctionCallItem,
  value: unknown,
  note: string | undefined,
): OutputFields {
  const { output } = toFunctionCallResult(call, value);
  const text = outputText(output);
  if (text !== undefined) {
    if (note !== undefined) return { output: `${note}\n${text}` };
    return isJsonText(value, text) ? { output: text, json: true } : { output: text };
  }
  const parts = output as unknown as NonNullable<OutputFields["output"]>;
  if (note === undefined) return isPlainJson(value) ? { returned: value } : { output: parts };
  return Array.isArray(parts)
    ? { output: [{ type: "input_text", text: note }, ...parts] }
    : { output: parts };
}

/** The text of an output that is nothing else. */
function outputText(output: FunctionCallResultItem["output"]): string | undefined {
  if (typeof output === "string") return output;
  return !Array.isArray(output) && output.type === "text" ? output.text : undefined;
}

/** Whether the text tells what the tool returned, which is no text. */
function isJsonText(value: unknown, text: string): boolean {
  if (typeof value === "string") return false;
  if (value === undefined) return text === "undefined";
  try {
    return JSON.stringify(value) === text;
  } catch {
    return false;
  }
}
