import type { AgentInputItem } from "../agents/items.ts";
import type { Run } from "../engine/state.ts";
import { framesOf, type Frame } from "../agents/conversation.ts";
import { readItem, type ItemText } from "./item-text.ts";
import { agentPath } from "./action.ts";

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

export interface ConversationLine extends ItemText {
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
