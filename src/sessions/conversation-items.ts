import type { AgentInputItem } from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";
import { fromInputPart } from "../openai/responses-content.ts";
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
    return [
      {
        ...own,
        type: "message",
        role,
        content: parts.flatMap((part) => fromInputPart(part) ?? []),
      },
    ];
  }
  if (role === "system" || role === "developer") {
    return [{ ...own, type: "message", role: "system", content: parts.map(textOf).join("") }];
  }
  return [{ ...own, type: "unknown", providerData: item }];
}

function textOf({ text }: Wire): string {
  return typeof text === "string" ? text : "";
}
