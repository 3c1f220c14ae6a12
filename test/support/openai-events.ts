import type { JsonObject } from "../../src/lib/json.ts";

/** A text in pieces of at most `size` characters, as models stream it. */
function pieces(text: string, size = 4): string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; at += size) found.push(text.slice(at, at + size));
  return found;
}

function objects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The events by which the Responses API streams `response`. */
export function responseEvents(response: JsonObject): JsonObject[] {
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  const events: JsonObject[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
  ];
  for (const [index, item] of objects(response["output"]).entries()) {
    events.push(...itemEvents(item, index));
  }
  events.push({ type: `response.${textOf(response["status"])}`, response });
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

function itemEvents(item: JsonObject, index: number): JsonObject[] {
  const place = { output_index: index, item_id: item["id"] ?? `item_${index}` };
  return [
    { type: "response.output_item.added", output_index: index, item: begin(item) },
    ...objects(item["type"] === "message" ? item["content"] : []).flatMap((part, content) =>
      partEvents(part, { ...place, content_index: content }),
    ),
    ...(item["type"] === "function_call"
      ? pieces(textOf(item["arguments"])).map((delta) => ({
          type: "response.function_call_arguments.delta",
          ...place,
          delta,
        }))
      : []),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

function begin(item: JsonObject): JsonObject {
  if (item["type"] === "message") return { ...item, status: "in_progress", content: [] };
  if (item["type"] === "function_call") return { ...item, status: "in_progress", arguments: "" };
  return item;
}

function partEvents(part: JsonObject, place: JsonObject): JsonObject[] {
  const isText = part["type"] === "output_text";
  const kind = isText ? "response.output_text" : "response.refusal";
  const said = textOf(isText ? part["text"] : part["refusal"]);
  return [
    { type: "response.content_part.added", ...place, part },
    ...pieces(said).map((delta) => ({ type: `${kind}.delta`, ...place, delta })),
    { type: `${kind}.done`, ...place, [isText ? "text" : "refusal"]: said },
    { type: "response.content_part.done", ...place, part },
  ];
}

/** The chunks by which Chat Completions streams `completion`; the last one tells the usage. */
export function completionChunks(completion: JsonObject, withUsage: boolean): JsonObject[] {
  const { id, created, model, usage } = completion;
  const chunk = (choices: JsonObject[], more: JsonObject = {}): JsonObject => ({
    id: id ?? null,
    object: "chat.completion.chunk",
    created: created ?? 0,
    model: model ?? null,
    choices,
    ...more,
  });
  const chunks: JsonObject[] = [];
  for (const choice of objects(completion["choices"])) {
    const delta = (part: JsonObject): void => {
      chunks.push(chunk([{ index: 0, delta: part, finish_reason: null }]));
    };
    const message = choice["message"];
    for (const part of messageDeltas(isObject(message) ? message : {})) delta(part);
    chunks.push(chunk([{ index: 0, delta: {}, finish_reason: choice["finish_reason"] ?? "stop" }]));
  }
  if (withUsage && usage !== undefined) chunks.push(chunk([], { usage }));
  return chunks;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function messageDeltas(message: JsonObject): JsonObject[] {
  const { role, content, refusal, tool_calls: calls, ...rest } = message;
  return [
    { role: role ?? "assistant", content: "" },
    ...Object.entries(rest).flatMap(([name, value]) =>
      pieces(textOf(value)).map((piece) => ({ [name]: piece })),
    ),
    ...pieces(textOf(content)).map((piece) => ({ content: piece })),
    ...pieces(textOf(refusal)).map((piece) => ({ refusal: piece })),
    ...interleave(objects(calls).map((call, index) => callDeltas(call, index))),
  ];
}

function callDeltas(call: JsonObject, index: number): JsonObject[] {
  const own = isObject(call["function"]) ? call["function"] : {};
  const first = { ...call, index, function: { ...own, arguments: "" } };
  return [
    { tool_calls: [first] },
    ...pieces(textOf(own["arguments"])).map((piece) => ({
      tool_calls: [{ index, function: { arguments: piece } }],
    })),
  ];
}

/** One from each list in turn: calls that are streamed at the same time. */
function interleave<T>(lists: readonly T[][]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, at) =>
    lists.flatMap((list) => list.slice(at, at + 1)),
  ).flat();
}
