import type { AnyAgent } from "../agent.ts";
import {
  isAssistantMessage,
  messageText,
  type AgentInputItem,
  type AssistantMessageItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
} from "../items.ts";
import type { ApprovalKind } from "../../engine/vocabulary.ts";

/** What every run item has: what it is, the item as models see it, and whose it is. */
abstract class RunItemBase {
  abstract readonly type: string;
  readonly rawItem: AgentInputItem;

  constructor(rawItem: AgentInputItem) {
    this.rawItem = rawItem;
  }

  toJSON(): Record<string, unknown> {
    return { type: this.type, rawItem: this.rawItem };
  }
}

abstract class AgentRunItem extends RunItemBase {
  readonly agent: AnyAgent;

  constructor(rawItem: AgentInputItem, agent: AnyAgent) {
    super(rawItem);
    this.agent = agent;
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), agent: { name: this.agent.name } };
  }
}

export class RunMessageOutputItem extends AgentRunItem {
  readonly type = "message_output_item";
  declare readonly rawItem: AssistantMessageItem;

  get content(): string {
    return messageText(this.rawItem);
  }
}

export class RunToolCallItem extends AgentRunItem {
  readonly type = "tool_call_item";

  /** The tool that is called; `undefined` where the item names none. */
  get toolName(): string | undefined {
    return textOf(this.rawItem, "name");
  }

  /** The call's id, or the item's where a call has none of its own. */
  get callId(): string | undefined {
    return textOf(this.rawItem, "callId") ?? this.rawItem.id;
  }
}

export class RunToolCallOutputItem extends AgentRunItem {
  readonly type = "tool_call_output_item";
  declare readonly rawItem: FunctionCallResultItem;
  /** What the tool returned, as JSON holds it. */
  readonly output: unknown;
  /** Whether the tool's body ran; `undefined` when something else made the output. */
  readonly executionStatus: "executed" | undefined;

  constructor(
    rawItem: FunctionCallResultItem,
    agent: AnyAgent,
    { output, isExecuted }: { output: unknown; isExecuted: boolean },
  ) {
    super(rawItem, agent);
    this.output = output;
    this.executionStatus = isExecuted ? "executed" : undefined;
  }

  /** The id of the call that it answers. */
  get callId(): string {
    return this.rawItem.callId;
  }

  override toJSON(): Record<string, unknown> {
    const { output, executionStatus } = this;
    return { ...super.toJSON(), output, executionStatus };
  }
}

export class RunReasoningItem extends AgentRunItem {
  readonly type = "reasoning_item";
}

export class RunCompactionItem extends AgentRunItem {
  readonly type = "compaction_item";
}

export class RunInputItem extends AgentRunItem {
  readonly type = "input_item";
}

export class RunHandoffCallItem extends AgentRunItem {
  readonly type = "handoff_call_item";
  declare readonly rawItem: FunctionCallItem;
}

export class RunHandoffOutputItem extends RunItemBase {
  readonly type = "handoff_output_item";
  declare readonly rawItem: FunctionCallResultItem;
  readonly sourceAgent: AnyAgent;
  readonly targetAgent: AnyAgent;

  constructor(
    rawItem: FunctionCallResultItem,
    { sourceAgent, targetAgent }: { sourceAgent: AnyAgent; targetAgent: AnyAgent },
  ) {
    super(rawItem);
    this.sourceAgent = sourceAgent;
    this.targetAgent = targetAgent;
  }

  override toJSON(): Record<string, unknown> {
    return {
      ...super.toJSON(),
      sourceAgent: { name: this.sourceAgent.name },
      targetAgent: { name: this.targetAgent.name },
    };
  }
}

/** What an approval item says beyond the call itself. */
export interface ApprovalFacts {
  readonly approvalId: string;
  readonly kind: ApprovalKind;
  /** Call ids from the root run down to the asking one; empty in the root run. */
  readonly path: readonly string[];
  readonly reason: string | undefined;
  /** The arguments that will run, as JSON text. */
  readonly arguments: string;
}

/** A call that waits for a decision. A copy: changing it changes nothing. */
export class RunToolApprovalItem extends AgentRunItem {
  readonly type = "tool_approval_item";
  declare readonly rawItem: FunctionCallItem;
  readonly approvalId: string;
  readonly kind: ApprovalKind;
  readonly path: readonly string[];
  readonly reason: string | undefined;
  readonly #arguments: string;

  constructor(rawItem: FunctionCallItem, agent: AnyAgent, facts: ApprovalFacts) {
    super(structuredClone(rawItem), agent);
    this.approvalId = facts.approvalId;
    this.kind = facts.kind;
    this.path = [...facts.path];
    this.reason = facts.reason;
    this.#arguments = facts.arguments;
  }

  /** The arguments that will run, as JSON text; to change them, approve with `{ arguments }`. */
  get arguments(): string {
    return this.#arguments;
  }

  get name(): string {
    return this.rawItem.name;
  }

  get toolName(): string {
    return this.rawItem.name;
  }

  override toJSON(): Record<string, unknown> {
    const { approvalId, kind, path, toolName } = this;
    return { ...super.toJSON(), toolName, approvalId, kind, path };
  }
}

export type RunItem =
  | RunMessageOutputItem
  | RunToolCallItem
  | RunToolCallOutputItem
  | RunReasoningItem
  | RunCompactionItem
  | RunInputItem
  | RunHandoffCallItem
  | RunHandoffOutputItem
  | RunToolApprovalItem;

function textOf(item: AgentInputItem, name: string): string | undefined {
  const value = (item as unknown as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : undefined;
}

/** The run item of something a model put out. */
export function toOutputRunItem(
  rawItem: AgentInputItem,
  agent: AnyAgent,
  isHandoffName: (name: string) => boolean,
): RunItem {
  if (isAssistantMessage(rawItem)) return new RunMessageOutputItem(rawItem, agent);
  if (rawItem.type === "reasoning") return new RunReasoningItem(rawItem, agent);
  if (rawItem.type === "compaction") return new RunCompactionItem(rawItem, agent);
  if (rawItem.type === "function_call" && isHandoffName(rawItem.name)) {
    return new RunHandoffCallItem(rawItem, agent);
  }
  return new RunToolCallItem(rawItem, agent);
}

/** The text of all messages among the items, joined. */
export function extractAllTextOutput(items: readonly RunItem[]): string {
  return items.map((item) => (item.type === "message_output_item" ? item.content : "")).join("");
}
