import type { AgentInputItem } from "../agents/items.ts";
import { isJsonObject } from "../lib/json.ts";

/** What an item of a conversation is to people: who speaks, and what. */
export interface ItemText {
  /** `call` and `output` are of tools; `other` is whatever else a provider sends. */
  role: "user" | "system" | "assistant" | "call" | "output" | "reasoning" | "other";
  /** The tool, for a call and its output. */
  tool?: string | undefined;
  text: string;
}

export function textOfItem(item: AgentInputItem): string {
  return readItem(item).text;
}

export function readItem(item: AgentInputItem): ItemText {
  switch (item.type) {
    case "function_call":
      return { role: "call", tool: item.name, text: item.arguments };
    case "function_call_result":
      return { role: "output", tool: item.name, text: partsText(item.output) };
    case "hosted_tool_call":
      return { role: "call", tool: item.name, text: item.arguments ?? "" };
    case "reasoning":
      return { role: "reasoning", text: partsText(item.content) };
    case "compaction":
    case "unknown":
      return { role: "other", text: item.type };
    case "message":
    case undefined:
      return { role: item.role, text: partsText(item.content) };
  }
}

/** What a tool answered, as people read it: the texts in it, and JSON of what has none. */
export function textOfAnswer(answer: unknown): string {
  if (typeof answer === "string") return answer;
  if (Array.isArray(answer)) return partsText(answer);
  if (!isJsonObject(answer)) return JSON.stringify(answer) ?? "";
  const { result, error, content, text } = answer;
  // What a server answered is in an envelope, as the protocol has it.
  if (isJsonObject(result) && Array.isArray(result["content"])) return textOfAnswer(result);
  if (Array.isArray(content)) return partsText(content);
  if (isJsonObject(error) && typeof error["message"] === "string") return error["message"];
  return typeof text === "string" ? text : JSON.stringify(answer);
}

/** The texts of a content; of what is no text, its type. */
function partsText(content: unknown): string {
  if (typeof content === "string") return content;
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  return parts.map((part) => partText(part)).join("\n");
}

function partText(part: unknown): string {
  if (typeof part !== "object" || part === null) return String(part);
  if ("text" in part && typeof part.text === "string") return part.text;
  if ("refusal" in part && typeof part.refusal === "string") return part.refusal;
  return "type" in part ? `[${String(part.type)}]` : "[something that is no text]";
}
