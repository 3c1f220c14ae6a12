import {
  isFunctionCall,
  type AgentInputItem,
  type AgentOutputItem,
  type FunctionCallItem,
} from "../agents/items.ts";
import type { UsageInput } from "../agents/usage.ts";
import type { GivenDecision } from "../engine/vocabulary.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";

/** A run as another library's state tells it: what happened, what waits, and what was decided. */
export interface ForeignRun {
  /** Who wrote it, for people: library and schema. */
  readonly writtenBy: string;
  /** The agent whose turn it is, or was last. */
  readonly agent: string;
  readonly input: string | AgentInputItem[];
  /** Added while paused; no model has seen it. */
  readonly pendingInput: AgentInputItem[];
  readonly responses: ForeignResponse[];
  /** What the run made, in the order in which the next model call is sent it. */
  readonly items: ForeignItem[];
  /** Of the run and all that ran inside it. */
  readonly usage: UsageInput;
  readonly maxTurns: number | null;
  readonly reasoningItemIdPolicy: "preserve" | "omit" | undefined;
  readonly conversationId: string | undefined;
  readonly previousResponseId: string | undefined;
  /** Each response is to name the one before it. */
  readonly chained: boolean;
  readonly context: JsonObject;
  /** There was one, and it was left out where the state was written. */
  readonly isContextLost: boolean;
  readonly step: ForeignStep;
  /** Calls that were started and have no output; what came of them is not known. */
  readonly begun: ReadonlySet<string>;
  readonly decisions: ForeignDecision[];
  /** Runs of agents used as tools that are not over, by the id of their call. */
  readonly nested: ReadonlyMap<string, ForeignRun>;
  readonly guardrails: ForeignGuardrail[];
  /** How many of `items` the session of the run had; absent without one. */
  readonly savedItems: number | undefined;
  /** What of it is not carried over, a sentence each. */
  readonly notices: string[];
}

export type ForeignStep =
  /** Calls of the last response that somebody was asked about, decided or not, and of nested runs. */
  | { readonly type: "waiting"; readonly asked: ForeignCall[] }
  | { readonly type: "completed"; readonly output: string | undefined }
  | { readonly type: "going_on" };

export interface ForeignCall {
  readonly agent: string;
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
}

export interface ForeignResponse {
  readonly output: AgentOutputItem[];
  readonly usage: UsageInput;
  readonly responseId: string | undefined;
  readonly requestId: string | undefined;
  readonly providerData: Record<string, JsonValue> | undefined;
}

/** What the kinds of items that both SDKs write are in a run. */
export const itemKinds = {
  message_output_item: "made",
  tool_call_item: "made",
  reasoning_item: "made",
  compaction_item: "made",
  handoff_call_item: "made",
  tool_call_output_item: "result",
  handoff_output_item: "handed_off",
  input_item: "input",
  tool_approval_item: "asked",
} as const satisfies Record<string, ForeignItem["type"]>;

export interface ForeignItem {
  /** `asked` is history: that somebody was asked about a call. */
  readonly type: "made" | "result" | "handed_off" | "input" | "asked";
  readonly agent: string;
  readonly raw: AgentInputItem;
  /** Of a result: what the tool returned. */
  readonly value?: unknown;
  /** Of a result: whether the tool's body ran, where that is known. */
  readonly ran?: boolean | undefined;
  /** Of a handoff: the agent that took over. */
  readonly to?: string | undefined;
}

/** A decision that is proven to be about what it says; what is not is left out. */
export interface ForeignDecision {
  /** Whose tool; absent where it stood for the tool of this name, whoever called it. */
  readonly agent: string | undefined;
  readonly tool: string;
  /** Absent: every later call. */
  readonly callId: string | undefined;
  readonly decision: GivenDecision;
  readonly message: string | undefined;
}

export interface ForeignGuardrail {
  readonly kind: "input" | "output" | "tool_input" | "tool_output";
  readonly name: string;
  readonly tripped: boolean;
  readonly info: JsonValue | undefined;
  readonly replacement: string | undefined;
}

/** The error of a foreign state that cannot be taken; names what does not fit, never its content. */
export function cannotRead(problem: string): HoldpointError {
  return new HoldpointError(
    "state_incompatible",
    `Cannot load this state of the OpenAI Agents SDK: ${problem}`,
  );
}

/** A run and all inside it. */
export function runsOf(run: ForeignRun): ForeignRun[] {
  return [run, ...[...run.nested.values()].flatMap((inner) => runsOf(inner))];
}

/** All calls of a run and of those inside it. */
export function callsOf(run: ForeignRun): FunctionCallItem[] {
  const responses = runsOf(run).flatMap((each) => each.responses);
  return responses.flatMap(({ output }) => output.filter((item) => isFunctionCall(item)));
}
