import type { ConversationLine, ConversationPart } from "../../runs/conversation.ts";
import { longText } from "./long-text.ts";
import { element } from "./dom.ts";

const speakers: Record<ConversationLine["role"], string> = {
  user: "User",
  system: "System",
  assistant: "Agent",
  call: "Call of",
  output: "Output of",
  reasoning: "Reasoning",
  other: "Other",
};

/** What was said in a run so far. */
export function conversationNode(parts: readonly ConversationPart[]): HTMLElement {
  return element("div", { class: "conversation" }, ...parts.map((part) => partNode(part)));
}

function partNode({ path, omitted, lines }: ConversationPart): HTMLElement {
  const earlier =
    omitted === 0 ? undefined : element("p", {}, `${omitted} earlier lines are not shown here.`);
  const items = lines.map((line) => lineNode(line));
  return element(
    "section",
    { label: `Conversation of ${path.join(" > ")}` },
    element("h4", {}, path.join(" > ")),
    earlier,
    element("ol", {}, ...items),
  );
}

function lineNode({ role, tool, text, omitted }: ConversationLine): HTMLElement {
  const speaker = `${speakers[role]}${tool === undefined ? "" : ` ${tool}`}`;
  const more =
    omitted === 0 ? undefined : element("p", {}, `${omitted} more characters are not shown here.`);
  return element("li", { class: role }, element("b", {}, speaker), longText(text), more);
}
