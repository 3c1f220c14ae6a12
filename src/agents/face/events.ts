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

/** The event that tells of an item; none for input that came with the run. */
export const eventNames: Readonly<Record<RunItem["type"], RunItemStreamEventName | undefined>> = {
  message_output_item: "message_output_created",
  handoff_call_item: "handoff_requested",
  handoff_output_item: "handoff_occurred",
  tool_call_item: "tool_called",
  tool_call_output_item: "tool_output",
  reasoning_item: "reasoning_item_created",
  compaction_item: "compaction_item_created",
  tool_approval_item: "tool_approval_requested",
  input_item: undefined,
};
