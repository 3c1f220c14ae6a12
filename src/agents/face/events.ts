import type { AnyAgent } from "../agent.ts";
import type { ResponseStreamEvent } from "../model.ts";
import type { RunItem } from "./run-items.ts";

/** An event of the model, as it came. */
export class RunRawModelStreamEvent {
  readonly type = "raw_model_stream_event";
  readonly data: ResponseStreamEvent;

  constructor(data: ResponseStreamEvent) {
    this.data = data;
  }
}

export type RunItemStreamEventName =
  | "message_output_created"
  | "handoff_requested"
  | "handoff_occurred"
  | "tool_called"
  | "tool_output"
  | "reasoning_item_created"
  | "compaction_item_created"
  | "tool_approval_requested";

/** An item of the run; its entry is stored by now. */
export class RunItemStreamEvent {
  readonly type = "run_item_stream_event";
  readonly name: RunItemStreamEventName;
  readonly item: RunItem;

  constructor(name: RunItemStreamEventName, item: RunItem) {
    this.name = name;
    this.item = item;
  }
}

/** Another agent has the conversation. */
export class RunAgentUpdatedStreamEvent {
  readonly type = "agent_updated_stream_event";
  readonly agent: AnyAgent;

  constructor(agent: AnyAgent) {
    this.agent = agent;
  }
}

export type RunStreamEvent =
  | RunRawModelStreamEvent
  | RunItemStreamEvent
  | RunAgentUpdatedStreamEvent;

/** The event that tells of an item; `undefined` for input that came with the run. */
export function eventName(item: RunItem): RunItemStreamEventName | undefined {
  switch (item.type) {
    case "message_output_item":
      return "message_output_created";
    case "handoff_call_item":
      return "handoff_requested";
    case "handoff_output_item":
      return "handoff_occurred";
    case "tool_call_item":
      return "tool_called";
    case "tool_call_output_item":
      return "tool_output";
    case "reasoning_item":
      return "reasoning_item_created";
    case "compaction_item":
      return "compaction_item_created";
    case "tool_approval_item":
      return "tool_approval_requested";
    case "input_item":
      return undefined;
  }
}
