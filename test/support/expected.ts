import type {
  AgentInputItem,
  FunctionCallItem,
  FunctionCallResultItem,
  UserMessageItem,
} from "../../src/agents/items.ts";
import { call as callWithId } from "../../src/models/scripted.ts";
import { question, type Asked, type Execution } from "./scenario.ts";

/** The scenarios' question, as models are sent it. */
export const ask: UserMessageItem = { type: "message", role: "user", content: question };

/** A gated call of `get_temperature`, as it is asked about. */
export function asked(callId: string, city = "Oakland", changes: Partial<Asked> = {}): Asked {
  return {
    agent: "weather",
    tool: "get_temperature",
    callId,
    arguments: JSON.stringify({ city }),
    ...changes,
  };
}

/** A run of a city tool's body. */
export function ran(callId: string, city = "Oakland", name = "get_temperature"): Execution {
  return { tool: name, args: { city }, callId };
}

/** The item that answers a call. */
export function answered(call: FunctionCallItem, text: string): FunctionCallResultItem {
  return {
    type: "function_call_result",
    name: call.name,
    callId: call.callId,
    status: "completed",
    output: { type: "text", text },
  };
}

/** The events of a response that is nothing but calls. */
export function callEvents(count: number): string[] {
  return [
    "response_started",
    "response_done",
    ...Array.from({ length: count }, () => "tool_called"),
  ];
}

/** The events of a response that is one message of so many words. */
export function messageEvents(words: number): string[] {
  const deltas = Array.from({ length: words }, () => "output_text_delta");
  return ["response_started", ...deltas, "response_done", "message_output_created"];
}

/** A call as sessions keep it: without the id that its provider gave it for one conversation. */
export function keptCall(...args: Parameters<typeof callWithId>): FunctionCallItem {
  const { id: _id, ...kept } = callWithId(...args);
  return kept;
}

/** Items as sessions keep them. */
export function keptItems(items: readonly AgentInputItem[]): AgentInputItem[] {
  return items.map((item) => {
    if (item.type !== "function_call") return item;
    const { id: _id, ...kept } = item;
    return kept;
  });
}
