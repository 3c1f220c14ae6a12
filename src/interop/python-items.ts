import type { AgentInputItem } from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { fromInputPart } from "../openai/responses-content.ts";
import { fromResponsesOutput } from "../openai/responses-output.ts";
import { checkItem } from "./check-item.ts";
import { cannotRead } from "./foreign-run.ts";

type Wire = Record<string, unknown>;

/**
 * An item as the Responses API has it, which is how the Python SDK keeps them, as one of ours.
 *
 * @param nameOf the tool of a call, which a result does not name
 * @throws HoldpointError `state_incompatible`
 */
export function fromPythonItem(
  value: Wire,
  place: string,
  nameOf: (callId: string) => string | undefined = () => undefined,
): AgentInputItem {
  const { type } = value;
  if (type === undefined || type === "message") return fromMessage(value, place);
  if (type === "function_call_output") return fromResult(value, place, nameOf);
  if (typeof type !== "string") throw cannotRead(`"${place}" is an item of an unknown type`);
  // Of tools that are not built here: refused by their type.
  if (/_call(_output)?$|^tool_search|^program/.test(type) && !known.has(type)) {
    return checkItem({ type }, place);
  }
  return converted(value, place);
}

const known = new Set([
  "function_call",
  "web_search_call",
  "file_search_call",
  "code_interpreter_call",
  "image_generation_call",
  "mcp_call",
]);

function converted(value: Wire, place: string): AgentInputItem {
  let items;
  try {
    items = fromResponsesOutput([value as Wire & { type: string }]);
  } catch {
    throw cannotRead(`"${place}" has not the form that its type says`);
  }
  return checkItem(items[0], place);
}

function fromMessage(value: Wire, place: string): AgentInputItem {
  const { role, content, id } = value;
  const own = typeof id === "string" ? { id } : {};
  if (role === "assistant") {
    const parts = typeof content === "string" ? [{ type: "output_text", text: content }] : content;
    return converted({ ...value, type: "message", content: parts }, place);
  }
  const parts = Array.isArray(content) ? content.map((part) => fromPart(part, place)) : content;
  if (role === "user") return checkItem({ ...own, type: "message", role, content: parts }, place);
  if (role !== "system" && role !== "developer") throw cannotRead(`"${place}" has an unknown role`);
  const text = typeof parts === "string" ? parts : (parts as Wire[]).map(textOf).join("");
  return checkItem({ ...own, type: "message", role: "system", content: text }, place);
}

function textOf({ text }: Wire): string {
  return typeof text === "string" ? text : "";
}

function fromPart(part: unknown, place: string): Wire {
  if (!isJsonObject(part)) throw cannotRead(`"${place}" has a part that is no object`);
  const read = fromInputPart(part);
  if (read === undefined) throw cannotRead(`"${place}" has a part of an unknown type`);
  return read as unknown as Wire;
}

function fromResult(
  value: Wire,
  place: string,
  nameOf: (callId: string) => string | undefined,
): AgentInputItem {
  const callId = value["call_id"];
  const name = typeof callId === "string" ? nameOf(callId) : undefined;
  const item = converted({ ...value, name: name ?? value["name"] }, place);
  if (item.type !== "function_call_result") throw cannotRead(`"${place}" is no result of a call`);
  const { output, providerData: _wire, ...rest } = item;
  // A text is told in the form that texts of tools have here.
  return {
    ...rest,
    output: typeof output === "string" ? { type: "text" as const, text: output } : output,
  };
}
