import { format } from "node:util";

import type {
  AgentInputItem,
  ModelRequest,
  RunItem,
  RunStreamEvent,
  RunToolApprovalItem,
  Usage,
} from "../../src/index.ts";

/** What one program did, line by line, as it happened. */
export type Transcript = unknown[];

interface Named {
  name: string;
}

/** Plain JSON of a value: no `undefined`, no classes. */
export function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

export function printed(values: readonly unknown[]): string {
  return format(...values);
}

/** What a model is asked, without what concerns tracing and aborting. */
export function toRequestLine(request: Omit<ModelRequest, "signal">): unknown {
  const { systemInstructions, input, previousResponseId, conversationId, modelSettings } = request;
  const { tools, toolsExplicitlyProvided, outputType, handoffs } = request;
  return plain({
    systemInstructions,
    input,
    previousResponseId,
    conversationId,
    modelSettings,
    tools,
    toolsExplicitlyProvided,
    outputType,
    handoffs,
  });
}

export function toItemLine(item: RunItem): unknown {
  const { type, rawItem } = item;
  const more = {
    ...("agent" in item ? { agent: nameOf(item.agent) } : {}),
    ...("sourceAgent" in item ? { from: nameOf(item.sourceAgent) } : {}),
    ...("targetAgent" in item ? { to: nameOf(item.targetAgent) } : {}),
    ...("output" in item ? { output: item.output } : {}),
    ...("content" in item ? { content: item.content } : {}),
  };
  return plain({ type, ...more, rawItem });
}

export function toInterruptionLine(item: RunToolApprovalItem): unknown {
  const { name, agent, rawItem, type } = item;
  const { callId } = rawItem;
  return plain({ type, name, arguments: item.arguments, agent: agent.name, callId });
}

export function toUsageLine(usage: Usage): unknown {
  const { requests, inputTokens, outputTokens, totalTokens, requestUsageEntries } = usage;
  return plain({ requests, inputTokens, outputTokens, totalTokens, requestUsageEntries });
}

/** An event by its name, and the item where it has one. */
export function toEventLine(event: RunStreamEvent): unknown {
  switch (event.type) {
    case "raw_model_stream_event":
      return `raw:${event.data.type}`;
    case "agent_updated_stream_event":
      return `agent_updated:${event.agent.name}`;
    case "run_item_stream_event":
      return { [event.name]: toItemLine(event.item) };
  }
}

/** Class and text of what was thrown. */
export function toErrorLine(error: unknown): unknown {
  if (!(error instanceof Error)) return { thrown: plain(error) };
  return { class: error.constructor.name, name: error.name, message: error.message };
}

export function toInputLine(input: string | AgentInputItem[]): unknown {
  return plain(input);
}

function nameOf(value: unknown): string | undefined {
  return (value as Named | undefined)?.name;
}
