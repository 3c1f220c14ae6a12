import type { FunctionCallItem, FunctionCallResultItem } from "../agents/items.ts";
import { toFunctionCallResult } from "../agents/tool-output.ts";
import { canonicalJson, isPlainJson } from "../lib/json.ts";
import type { OutputFields } from "../engine/tool.ts";
import type { ForeignItem, ForeignRun } from "./foreign-run.ts";

/** What came of a call, where the state has it. */
export function resultOf({ items }: ForeignRun, call: FunctionCallItem): ForeignItem | undefined {
  return items.findLast(
    ({ type, raw }) =>
      (type === "result" || type === "handed_off") && "callId" in raw && raw.callId === call.callId,
  );
}

/** The text that a model is shown of a result. */
export function textOf(raw: ForeignItem["raw"]): string {
  if (raw.type !== "function_call_result") return "";
  const { output } = raw;
  if (typeof output === "string") return output;
  return !Array.isArray(output) && output.type === "text" ? output.text : JSON.stringify(output);
}

/** What a journal keeps of a result: what the tool returned, where that is all it takes to tell it. */
export function outputFields(
  call: FunctionCallItem,
  { raw: { output }, value }: { raw: FunctionCallResultItem; value: unknown },
): OutputFields {
  const text = typeof output === "string" ? output : plainText(output);
  if (text === undefined) {
    // A tool that returned this value was told to the model in just this way.
    const isTold =
      isPlainJson(value) &&
      canonicalJson(toFunctionCallResult(call, value).output) === canonicalJson(output);
    return isTold ? { returned: value } : { output: output as OutputFields["output"] };
  }
  return typeof value !== "string" && value !== undefined && JSON.stringify(value) === text
    ? { output: text, json: true }
    : { output: text };
}

/** The text of an output that says nothing else. */
function plainText(output: object): string | undefined {
  const { type, text, ...more } = output as { type?: unknown; text?: unknown };
  return type === "text" && typeof text === "string" && Object.keys(more).length === 0
    ? text
    : undefined;
}
