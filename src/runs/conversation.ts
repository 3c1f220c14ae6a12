import type { AgentInputItem } from "../agents/items.ts";
import type { Run } from "../engine/state.ts";
import { framesOf, type Frame } from "../agents/conversation.ts";
import { agentPath } from "./run-report.ts";

/** How much of a conversation is shown: the last lines of each agent run, and of each its head. */
const LINE_LIMIT = 100;
const TEXT_LIMIT = 20_000;

/** What was said in one agent run: the root's, or that of an agent used as a tool. */
export interface ConversationPart {
  /** Agents from the root to the one that speaks. */
  path: string[];
  /** How many earlier lines are not here. */
  omitted: number;
  lines: ConversationLine[];
}

export interface ConversationLine {
  /** `call` and `output` are of tools; `other` is whatever else a provider sends. */
  role: "user" | "system" | "assistant" | "call" | "output" | "reasoning" | "other";
  /** The tool, for a call and its output. */
  tool?: string | undefined;
  text: string;
  /** How many characters of the text are not here. */
  omitted: number;
}

/** The conversation of a run so far, oldest first, the root's part before those below it. */
export function toConversation(state: Run): ConversationPart[] {
  return [...framesOf(state).values()].map((frame) => toPart(state, frame));
}

function toPart(state: Run, { path, data }: Frame): ConversationPart {
  const { agent, transcript } = data;
  const shown = transcript.slice(-LINE_LIMIT);
  return {
    path: agentPath(state, path, agent),
    omitted: transcript.length - shown.length,
    lines: shown.map((item) => toLine(item)),
  };
}

function toLine(item: AgentInputItem): ConversationLine {
  const { text, ...line } = readItem(item);
  return {
    ...line,
    text: text.slice(0, TEXT_LIMIT),
    omitted: Math.max(0, text.length - TEXT_LIMIT),
  };
}

function readItem(item: AgentInputItem): Omit<ConversationLine, "omitted"> {
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
