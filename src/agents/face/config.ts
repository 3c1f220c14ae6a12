import type { JournalStore } from "../../engine/journal-store.ts";
import type { ApprovalTimeout } from "../../engine/tool.ts";
import type { ApproverLevel } from "../../engine/vocabulary.ts";
import type { MaybePromise } from "../../lib/pending.ts";
import type { AnyAgent } from "../agent.ts";
import type { Callback } from "../callback.ts";
import { UserError, type AgentsError, type RunStateLike } from "../errors.ts";
import type { AnyOutputGuardrail, InputGuardrail } from "../guardrail.ts";
import type { HandoffInputFilter } from "../handoff.ts";
import type { AgentInputItem, AgentOutputItem } from "../items.ts";
import type { Model, ModelProvider, ModelResponse, ModelSettings } from "../model.ts";
import type { RunContext, ContextDeserializer, ContextSerializer } from "../run-context.ts";
import type { SessionInputCallback } from "../session.ts";
import type { RunItem } from "./run-items.ts";

/** What is sent to a model: instructions and items. */
export interface ModelInput {
  input: AgentInputItem[];
  instructions?: string | undefined;
}

export type CallModelInputFilter = Callback<
  [{ modelData: ModelInput; agent: AnyAgent; context: unknown }],
  MaybePromise<ModelInput>
> & {
  /** Items that a filter returns are known again by what they are, with it and without. */
  preserveInputIdentity?: boolean;
};

export interface ToolErrorFormatterArgs {
  kind: "approval_rejected" | "tool_not_found";
  toolType: "function";
  toolName: string;
  callId: string;
  defaultMessage: string;
  runContext: RunContext;
}

export type ToolErrorFormatter = Callback<
  [ToolErrorFormatterArgs],
  MaybePromise<string | undefined>
>;

export type RunErrorKind = "maxTurns" | "modelRefusal" | "invalidFinalOutput";

/** What a run has made by the time it would fail. */
export interface RunErrorData {
  input: string | AgentInputItem[];
  newItems: RunItem[];
  history: AgentInputItem[];
  output: AgentOutputItem[];
  rawResponses: ModelResponse[];
  lastAgent?: AnyAgent;
  state?: RunStateLike;
}

export interface RunErrorHandlerResult {
  finalOutput: unknown;
  /** Whether the output also becomes a message of the run; default `true`. */
  includeInHistory?: boolean;
}

/** Ends a run with an output where it would have failed; without one it fails. */
export type RunErrorHandler = Callback<
  [{ error: AgentsError; context: RunContext; runData: RunErrorData }],
  MaybePromise<RunErrorHandlerResult | undefined | void>
>;

export interface RunErrorHandlers extends Partial<Record<RunErrorKind, RunErrorHandler>> {
  /** For every kind that has none of its own. */
  default?: RunErrorHandler;
}

export interface ToolExecutionConfig {
  /** How many function tools run at once; default without limit. */
  maxFunctionToolConcurrency?: number | null;
  /**
   * The most characters of one output, what is no text as JSON; default 1,000,000. Of a longer text
   * the model is given the head and told how much is missing, of anything else only that.
   */
  maxOutputCharacters?: number;
  /** Also run tool input guardrails before a person is asked; default `false`. */
  preApprovalInputGuardrails?: boolean;
}

/** How long a store that takes nothing is waited for where nobody says. */
export const STORE_PATIENCE_MS = 30_000;

/** Settings of all runs of a runner; names as in the OpenAI Agents SDK. */
export interface RunConfig {
  /** For every agent without a model of its own. */
  model?: string | Model | undefined;
  modelProvider?: ModelProvider | undefined;
  /** For every agent, beneath its own. */
  modelSettings?: ModelSettings | undefined;
  handoffInputFilter?: HandoffInputFilter | undefined;
  inputGuardrails?: InputGuardrail[] | undefined;
  outputGuardrails?: AnyOutputGuardrail[] | undefined;
  toolExecution?: ToolExecutionConfig | undefined;
  /** What an unknown tool name does; default fails the run. */
  toolNotFoundBehavior?: "raise_error" | "return_error_to_model" | undefined;
  callModelInputFilter?: CallModelInputFilter | undefined;
  /** Makes what the model is sent of a session's items and new input; default is one then the other. */
  sessionInputCallback?: SessionInputCallback | undefined;
  /** The text a model gets for a rejected call that has no message of its own. */
  toolErrorFormatter?: ToolErrorFormatter | undefined;
  errorHandlers?: RunErrorHandlers | undefined;
  /** How long an approval may wait, where neither tool nor agent says. */
  approvalTimeout?: ApprovalTimeout | undefined;
  /** Who must decide at least, for every call that waits; default `client`. */
  approver?: ApproverLevel | Callback<[AnyAgent, string], ApproverLevel> | undefined;
  /** Who must decide at least about the run itself: more turns, a model call again; default `confirm`. */
  runApprover?: ApproverLevel | undefined;
  /** At the turn limit, ask for more turns instead of failing. */
  askAtMaxTurns?: boolean | undefined;
  /** Where runs are kept; without one they live in this process and in their states. */
  store?: JournalStore | undefined;
  /**
   * How long a store that takes nothing is waited for, in milliseconds; default 30,000. Then `run`
   * rejects, with a `state` that has what is known; what was done is stored when the store works.
   */
  storePatienceMs?: number | undefined;
  /** Whether models are sent reasoning items with the ids that their provider gave them. */
  reasoningItemIdPolicy?: "preserve" | "omit" | undefined;
  /** Two tools of one name are refused either way. */
  toolNameCollisionPolicy?: "warn" | "error" | undefined;
  /**
   * Writes the context as JSON, in place of its plain part; `contextDeserializer` makes the context
   * again of that.
   */
  contextSerializer?: ContextSerializer | undefined;
  contextDeserializer?: ContextDeserializer | undefined;
  /** Only `true` can be asked for: there is no tracing. Beside it what tracing has is ignored. */
  tracingDisabled?: boolean | undefined;
  workflowName?: string | undefined;
}

/** @throws UserError for settings that mean nothing */
export function checkConfig(config: RunConfig): void {
  checkToolExecution(config);
  const { reasoningItemIdPolicy, toolNameCollisionPolicy } = config;
  checkWord("reasoningItemIdPolicy", reasoningItemIdPolicy, ["preserve", "omit"]);
  checkWord("toolNameCollisionPolicy", toolNameCollisionPolicy, ["warn", "error"]);
}

function checkWord(name: string, value: string | undefined, words: [string, string]): void {
  if (value === undefined || words.includes(value)) return;
  throw new UserError(`${name} must be either "${words.join('" or "')}".`);
}

/** @throws UserError for a limit that no tool could ever run under */
function checkToolExecution({ toolExecution }: RunConfig): void {
  const limit = toolExecution?.maxFunctionToolConcurrency ?? null;
  if (limit === null || (Number.isInteger(limit) && limit >= 1)) return;
  throw new UserError(
    "toolExecution.maxFunctionToolConcurrency must be an integer greater than or equal to 1.",
  );
}
