import type { AgentInputItem } from "./items.ts";
import { canonicalJson } from "../lib/json.ts";

/** Those of `planned` that are not `there`, each of which stands for one. */
export function missingItems(
  planned: readonly AgentInputItem[],
  there: readonly AgentInputItem[],
): AgentInputItem[] {
  const left = there.map((item) => essenceOf(item));
  return planned.filter((item) => {
    const index = left.indexOf(essenceOf(item));
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/**
 * What makes an item the same one after a service has kept it: services give ids and states of
 * their own, put texts into parts, and drop what only we need.
 */
function essenceOf(item: AgentInputItem): string {
  if ("role" in item) return canonicalJson([item.role, partsOf(item.content)]);
  if (item.type === "reasoning") return canonicalJson([item.type, partsOf(item.content)]);
  if ("callId" in item) return canonicalJson([item.type, item.callId]);
  if (item.type === "unknown") return canonicalJson([item.type, item.id ?? null]);
  return canonicalJson(withoutOwnFields(item));
}

type Content = Extract<AgentInputItem, { content: unknown }>["content"];

function partsOf(content: Content): unknown[] {
  if (typeof content === "string") return [content];
  return content.map((part) => ("text" in part ? part.text : withoutOwnFields(part)));
}

function withoutOwnFields(fields: object): object {
  const own = new Set(["id", "status", "providerData"]);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !own.has(name)));
}
