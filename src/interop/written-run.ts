import type { FunctionCallItem } from "../agents/items.ts";
import type { JsonObject } from "../lib/json.ts";
import type { ForeignItem, ForeignResponse, ForeignRun, itemKinds } from "./foreign-run.ts";

/** A run as it is told to `@openai/agents`; only what can be gone on with there. */
export interface WrittenRun extends Pick<
  ForeignRun,
  | "agent"
  | "input"
  | "pendingInput"
  | "usage"
  | "maxTurns"
  | "reasoningItemIdPolicy"
  | "conversationId"
  | "previousResponseId"
  | "context"
  | "decisions"
  | "guardrails"
> {
  readonly responses: Pick<ForeignResponse, "output" | "usage" | "responseId" | "requestId">[];
  readonly items: WrittenItem[];
  readonly turns: number;
  readonly step: WrittenStep;
  /** Calls of the last response, with what their names stand for. */
  readonly calls: WrittenCall[];
  readonly nested: { tool: string; callId: string; run: WrittenRun }[];
  /** Names of tools that each agent called. */
  readonly toolUse: ReadonlyMap<string, string[]>;
  /** How many of `items` the session has. */
  readonly savedItems: number;
}

export type WrittenStep =
  | { type: "waiting"; asked: WrittenItem[] }
  | { type: "completed"; output: string }
  | { type: "going_on" };

export interface WrittenItem extends Omit<ForeignItem, "type"> {
  readonly type: keyof typeof itemKinds;
}

export interface WrittenCall {
  readonly item: FunctionCallItem;
  readonly tool?: { description: string; parameters: JsonObject } | undefined;
  readonly handoffTo?: string | undefined;
}
