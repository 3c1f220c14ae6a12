import {
  isAssistantMessage,
  messageText,
  toInputItems,
  type AgentInputItem,
  type AgentOutputItem,
} from "../agents/items.ts";
import type { ResponseStreamEvent } from "../agents/model.ts";
import type { Usage } from "../agents/usage.ts";

/** A whole answer of a model that needs no provider. */
export interface WholeAnswer {
  output: AgentOutputItem[];
  responseId: string;
  usage: Usage;
}

/** `answer` as a stream: the deltas of each message join exactly to its text. */
export function* streamAnswer(answer: WholeAnswer): Generator<ResponseStreamEvent> {
  yield { type: "response_started" };
  for (const item of answer.output) {
    if (!isAssistantMessage(item)) continue;
    for (const delta of pieces(messageText(item))) yield { type: "output_text_delta", delta };
  }
  const { responseId: id, output, usage } = answer;
  yield { type: "response_done", response: { id, output, usage } };
}

/** Words with the space before them. */
function pieces(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/**
 * How many responses the input shows: runs of what only a model writes, broken by messages of
 * others and by tool outputs.
 */
export function countResponses(input: string | readonly AgentInputItem[]): number {
  let count = 0;
  let isInside = false;
  for (const item of toInputItems(input)) {
    const isFromModel = isAssistantMessage(item) || isOfModel(item);
    if (isFromModel && !isInside) count += 1;
    isInside = isFromModel;
  }
  return count;
}

function isOfModel({ type }: AgentInputItem): boolean {
  return type === "function_call" || type === "reasoning" || type === "hosted_tool_call";
}

/**
 * Gives each call without an id `call_1`, `call_2`, ... counting on from the calls and outputs in
 * `input`, or from `issued` where that is more.
 */
export function nameCalls(
  output: readonly AgentOutputItem[],
  { input, issued = 0 }: { input: string | readonly AgentInputItem[]; issued?: number },
): AgentOutputItem[] {
  const used = new Set<string>();
  for (const item of toInputItems(input)) {
    if (item.type === "function_call" || item.type === "function_call_result") {
      used.add(item.callId);
    }
  }
  let number = Math.max(used.size, issued);
  return output.map((item) => {
    if (item.type !== "function_call" || item.callId !== "") return item;
    do number += 1;
    while (used.has(`call_${number}`));
    return { ...item, id: `fc_call_${number}`, callId: `call_${number}` };
  });
}
