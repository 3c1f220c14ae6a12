import type { AgentInputItem, InputContent } from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { toResponsesInput } from "../openai/responses-input.ts";
import { fromResponsesOutput } from "../openai/responses-output.ts";

type Wire = Record<string, unknown>;

/**
 * Items as a conversation takes them. It gives ids of its own; only reasoning keeps the one that
 * its provider knows it by.
 *
 * @throws UserError for items that the API has no place for
 */
export function toConversationItems(items: readonly AgentInputItem[]): Wire[] {
  return toResponsesInput(items).map((item) => {
    const { id: _id, ...rest } = item;
    return item["type"] === "reasoning" ? item : rest;
  });
}

/** An item as a conversation holds it; what has no type here becomes an `unknown` item. */
export function fromConversationItem(item: unknown): AgentInputItem[] {
  if (!isJsonObject(item) || typeof item["type"] !== "string") return [];
  const { type, role, id, content } = item;
  const own = typeof id === "string" ? { id } : {};
  const parts = Array.isArray(content) ? content.filter((part) => isJsonObject(part)) : [];
  if (type !== "message" || role === "assistant") return fromResponsesOutput([{ ...item, type }]);
  if (role === "user") {
    return [{ ...own, type: "message", role, content: parts.flatMap((part) => toPart(part)) }];
  }
  if (role === "system" || role === "developer") {
    return [{ ...own, type: "message", role: "system", content: parts.map(textOf).join("") }];
  }
  return [{ ...own, type: "unknown", providerData: item }];
}

function textOf({ text }: Wire): string {
  return typeof text === "string" ? text : "";
}

function toPart(part: Wire): InputContent[] {
  const { type, image_url: imageUrl, file_id: fileId, file_url: fileUrl, file_data: data } = part;
  const byId = typeof fileId === "string" ? { id: fileId } : undefined;
  switch (type) {
    case "input_text":
      return [{ type, text: textOf(part) }];
    case "input_image": {
      const image = typeof imageUrl === "string" ? imageUrl : byId;
      const { detail } = part;
      const shown = typeof detail === "string" && detail !== "auto" ? { detail } : {};
      return [{ type, ...(image === undefined ? {} : { image }), ...shown }];
    }
    case "input_file": {
      const byUrl = typeof fileUrl === "string" ? { url: fileUrl } : byId;
      const file = typeof data === "string" ? data : byUrl;
      const { filename } = part;
      const named = typeof filename === "string" ? { filename } : {};
      return [{ type, ...(file === undefined ? {} : { file }), ...named }];
    }
    default:
      return [];
  }
}
