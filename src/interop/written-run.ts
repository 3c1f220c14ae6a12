import type { AgentInputItem, FunctionCallItem } from "../agents/items.ts";
import type { UsageInput } from "../agents/usage.ts";
import type { JsonObject } from "../lib/json.ts";
import type {
  ForeignDecision,
  ForeignGuardrail,
  ForeignResponse,
  itemKinds,
} from "./foreign-run.ts";

/** A run as it is told to `@openai/agents`; only what can be gone on with there. */
export interface WrittenRun {
  readonly agent: string;
  readonly input: string | AgentInputItem[];
  readonly pendingInput: AgentInputItem[];
  readonly responses: Pick<ForeignResponse, "output" | "usage" | "responseId" | "requestId">[];
  readonly items: WrittenItem[];
  readonly usage: UsageInput;
  readonly turns: number;
  readonly maxTurns: number | null;
  readonly reasoningItemIdPolicy: "preserve" | "omit" | undefined;
  readonly conversationId: string | undefined;
  readonly previousResponseId: string | undefined;
  readonly context: JsonObject;
  readonly step: WrittenStep;
  /** Calls of the last response, with what their names stand for. */
  readonly calls: WrittenCall[];
  readonly decisions: ForeignDecision[];
  readonly nested: { tool: string; callId: string; run: WrittenRun }[];
  readonly guardrails: ForeignGuardrail[];
  /** Names of tools that each agent called. */
  readonly toolUse: ReadonlyMap<string, string[]>;
  /** How many of `items` the session has. */
  readonly savedItems: number;
}

export type WrittenStep =
  | { type: "waiting"; asked: WrittenItem[] }
  | { type: "completed"; output: string }
  | { type: "going_on" };

export interface WrittenItem {
  readonly type: keyof typeof itemKinds;
  readonly agent: string;
  readonly raw: AgentInputItem;
  readonly value?: unknown;
  readonly ran?: boolean | undefined;
  readonly to?: string | undefined;
}

export interface WrittenCall {
  readonly item: FunctionCallItem;
  readonly tool?: { description: string; parameters: JsonObject } | undefined;
  readonly handoffTo?: string | undefined;
}
