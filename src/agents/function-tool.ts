import type { MaybePromise } from "../lib/pending.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { Previewed, Reading } from "../engine/entry-parts.ts";
import type { AgentToolLink } from "./agent-options.ts";
import type { AnyAgent } from "./agent.ts";
import type { ApprovalTimeout } from "../engine/tool.ts";
import type { Callback } from "./callback.ts";
import type { ToolTimeoutError } from "./errors.ts";
import type { ToolInputGuardrail, ToolOutputGuardrail } from "./guardrail.ts";
import { type GatedCall, type ApprovalRule } from "./gate.ts";
import type { FunctionCallItem } from "./items.ts";
import type { RunContext } from "./run-context.ts";

/** What a tool is told about the call it runs for. */
export interface ToolCallDetails {
  toolCall?: FunctionCallItem;
  /** Aborts when the run is cancelled, aborted or taken over. */
  signal?: AbortSignal;
  /**
   * `runId/path.../callId`, the same for every attempt at this call: hand it to services that
   * recognise a repeated request.
   */
  idempotencyKey?: string;
}

export type ToolErrorFunction = Callback<
  [RunContext, unknown, ToolCallDetails?],
  MaybePromise<unknown>
>;

export type ToolTimeoutFunction = Callback<
  [RunContext, ToolTimeoutError, ToolCallDetails?],
  MaybePromise<unknown>
>;

export const toolBrand = Symbol.for("holdpoint.tool");
export const madeAs = Symbol.for("holdpoint.tool.made");

/**
 * A tool that this process runs, by its parts: as `tool()` makes them, as programs change or write
 * them, and as `@openai/agents` has them. What a part is when a call needs it counts.
 */
export interface FunctionTool<TContext = unknown> {
  type: "function";
  name: string;
  description: string;
  /** The JSON Schema a model is shown. */
  parameters: JsonObject;
  strict: boolean;
  /** Always `false`: tools are shown to the model from the start. */
  deferLoading?: boolean | undefined;
  /**
   * Runs the tool once with the text of its arguments. One that is not the one `tool()` made stands
   * before that, or in its place: it is what the runner calls.
   */
  invoke: Callback<[RunContext<TContext>, string, ToolCallDetails?], Promise<unknown>>;
  /** Whether a call waits for a person; what answers neither true nor false asks. */
  needsApproval: Callback<[RunContext<TContext>, unknown, string?], MaybePromise<boolean>>;
  isEnabled: Callback<[RunContext<TContext>, AnyAgent], MaybePromise<boolean>>;
  /** The output for what its body throws; not asked where `invoke` is another one. */
  errorFunction?: ToolErrorFunction | null | undefined;
  timeoutMs?: number | undefined;
  timeoutBehavior?: "error_as_result" | "raise_exception" | undefined;
  timeoutErrorFunction?: ToolTimeoutFunction | undefined;
  inputGuardrails?: readonly ToolInputGuardrail[] | undefined;
  outputGuardrails?: readonly ToolOutputGuardrail[] | undefined;
}

/** The parts of a tool that a program may replace, as `tool()` made them. */
export type MadeParts = Pick<
  FunctionTool,
  "name" | "description" | "parameters" | "invoke" | "needsApproval" | "isEnabled"
> & { readonly digest: string };

/** Shows what calls of a tool would change. */
export interface ToolPreviews {
  /** Whether approvals are bound to what is read. */
  readonly binds: boolean;
  /** Looks, and changes nothing. */
  read(
    call: GatedCall,
    options: { signal: AbortSignal; before?: Previewed | undefined },
  ): Promise<Reading>;
}

/** A tool with all that running it takes. */
export interface RunnableTool<TContext = unknown> extends FunctionTool<TContext> {
  readonly [toolBrand]: true;
  readonly [madeAs]: MadeParts;
  /** Digest of name, description and schema: what an approval is bound to. */
  readonly digest: string;
  /** What else the digest covers: the hints of a tool that was borrowed. */
  readonly annotations?: JsonObject | undefined;
  /** Whether those hints are believed: its server is trusted. */
  readonly trusted?: true | undefined;
  /** How people are told of a call in one line: `refund {cents} on {orderId}`. */
  readonly summary?: string | undefined;
  readonly approvalRule: ApprovalRule;
  /** Where something shows what calls of it would change, as it stands now. */
  readonly previews?: (() => ToolPreviews | undefined) | undefined;
  readonly approvalTimeout?: ApprovalTimeout | undefined;
  readonly idempotent: boolean;
  readonly errorFunction: ToolErrorFunction | null;
  readonly timeoutBehavior: "error_as_result" | "raise_exception";
  readonly inputGuardrails: readonly ToolInputGuardrail[];
  readonly outputGuardrails: readonly ToolOutputGuardrail[];
  /** Set on an agent used as a tool: its nested run takes the place of `execute`. */
  readonly agentTool?: AgentToolLink | undefined;
  /** The object that the program gave, where that is another one. */
  readonly given?: FunctionTool | undefined;
  /** Whether its body is `invoke`, which is not the one that `tool()` made, and not `execute`. */
  readonly invokes?: boolean | undefined;
  /** The value that `execute` gets for these arguments. @throws when they do not fit the schema */
  parse(value: JsonValue): unknown;
  /** What is wrong with arguments that a JSON Schema describes, which `parse` does not check. */
  check(value: JsonValue): string[];
  execute: Callback<[unknown, RunContext<TContext>?, ToolCallDetails?], MaybePromise<unknown>>;
}

/** A tool that the model's provider runs; it passes through untouched. */
export interface HostedTool {
  readonly type: "hosted_tool";
  readonly name: string;
  readonly providerData?: Record<string, unknown>;
}

export type Tool<TContext = unknown> = FunctionTool<TContext> | HostedTool;
