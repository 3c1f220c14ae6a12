import type { z } from "zod";

import { HoldpointError } from "../lib/errors.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { AgentToolLink, AnyAgent } from "./agent.ts";
import { checkApprovalTimeout, type ApprovalTimeout } from "./approval-timeout.ts";
import type { Callback, MaybePromise } from "./callback.ts";
import { InvalidToolInputError, UserError, type ToolTimeoutError } from "./errors.ts";
import type { Gate } from "./gate.ts";
import type { ToolInputGuardrail, ToolOutputGuardrail } from "./guardrail.ts";
import type { FunctionCallItem } from "./items.ts";
import type { RunContext } from "./run-context.ts";
import { ARGUMENTS_LIMIT } from "./size-limits.ts";
import { toToolSchema, type ToolSchema } from "./schema/tool-schema.ts";

/** A zod object, or a JSON Schema of type `object`. */
export type ToolParameters = z.ZodObject | JsonSchemaObject | undefined;

export interface JsonSchemaObject {
  type: "object";
  properties: Record<string, unknown>;
  required?: string[];
  additionalProperties?: boolean;
  [key: string]: unknown;
}

export type ToolInput<TParameters extends ToolParameters> = TParameters extends z.ZodObject
  ? z.output<TParameters>
  : unknown;

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

export type ToolApproval<TParameters extends ToolParameters = ToolParameters> =
  | boolean
  | Callback<[RunContext, ToolInput<TParameters>, string?], MaybePromise<boolean>>;

export type ToolErrorFunction = Callback<
  [RunContext, unknown, ToolCallDetails?],
  MaybePromise<unknown>
>;

export type ToolEnabled =
  | boolean
  | Callback<[{ runContext: RunContext; agent: AnyAgent }], MaybePromise<boolean>>;

export interface ToolOptions<TParameters extends ToolParameters, TContext, TResult> {
  name?: string;
  description: string;
  parameters: TParameters;
  /** Whether the schema is made strict for the model; default `true`. */
  strict?: boolean;
  /** Whether a call waits for a person: a constant, or a function of context, arguments, call id. */
  needsApproval?: ToolApproval<TParameters>;
  /** How long a call may wait for a decision; before that of the agent and of the runner. */
  approvalTimeout?: ApprovalTimeout;
  /**
   * The effect of a repeated call with the same `idempotencyKey` is that of one call: after a
   * crash it is run again without asking.
   */
  idempotent?: boolean;
  /** Turns what `execute` throws into the output; `null` lets the run throw `ToolCallError`. */
  errorFunction?: ToolErrorFunction | null;
  /** Milliseconds. */
  timeoutMs?: number;
  /** A timeout becomes an output (default), or an error of the run. */
  timeoutBehavior?: "error_as_result" | "raise_exception";
  timeoutErrorFunction?: Callback<
    [RunContext, ToolTimeoutError, ToolCallDetails?],
    MaybePromise<unknown>
  >;
  isEnabled?: ToolEnabled;
  inputGuardrails?: ToolInputGuardrail[];
  outputGuardrails?: ToolOutputGuardrail[];
  execute: Callback<
    [ToolInput<TParameters>, RunContext<TContext>?, ToolCallDetails?],
    MaybePromise<TResult>
  >;
}

/** When a call of a tool waits for a person. */
export type ApprovalRule =
  | { type: "never" }
  | { type: "always" }
  | {
      type: "dynamic";
      /** Must answer `true` or `false`; anything else asks. */
      decide: Callback<[RunContext, unknown, string?], MaybePromise<unknown>>;
    }
  | {
      type: "policy";
      judge: Gate;
      /** What can be said before there is a call. */
      outlook: "always" | "sometimes" | "never";
    };

const toolBrand = Symbol.for("holdpoint.tool");

/** A tool that this process runs, as an agent holds it. */
export interface FunctionTool<TContext = unknown> {
  readonly [toolBrand]: true;
  readonly type: "function";
  readonly name: string;
  readonly description: string;
  /** The JSON Schema a model is shown. */
  readonly parameters: JsonObject;
  readonly strict: boolean;
  /** Digest of name, description and schema: what an approval is bound to. */
  readonly digest: string;
  /** What else the digest covers: the hints of a tool that was borrowed. */
  readonly annotations?: JsonObject | undefined;
  readonly approvalRule: ApprovalRule;
  readonly approvalTimeout?: ApprovalTimeout | undefined;
  readonly idempotent: boolean;
  readonly errorFunction: ToolErrorFunction | null;
  readonly timeoutMs?: number | undefined;
  readonly timeoutBehavior: "error_as_result" | "raise_exception";
  readonly timeoutErrorFunction?: ToolOptions<undefined, unknown, unknown>["timeoutErrorFunction"];
  readonly isEnabled: ToolEnabled;
  readonly inputGuardrails: readonly ToolInputGuardrail[];
  readonly outputGuardrails: readonly ToolOutputGuardrail[];
  /** Set on an agent used as a tool: its nested run takes the place of `execute`. */
  readonly agentTool?: AgentToolLink | undefined;
  /** The value that `execute` gets for these arguments. @throws when they do not fit the schema */
  parse(value: JsonValue): unknown;
  /** What is wrong with arguments that a JSON Schema describes, which `parse` does not check. */
  check(value: JsonValue): string[];
  execute: Callback<[unknown, RunContext<TContext>?, ToolCallDetails?], MaybePromise<unknown>>;
  /** Parses and runs once, outside any run. */
  invoke(context: RunContext<TContext>, input: string, details?: ToolCallDetails): Promise<unknown>;
}

/** A tool that the model's provider runs; it passes through untouched. */
export interface HostedTool {
  readonly type: "hosted_tool";
  readonly name: string;
  readonly providerData?: Record<string, unknown>;
}

export type Tool<TContext = unknown> = FunctionTool<TContext> | HostedTool;

export function isFunctionTool(value: unknown): value is FunctionTool {
  return typeof value === "object" && value !== null && toolBrand in value;
}

/** The text a model gets when a tool threw and has no `errorFunction` of its own. */
function defaultErrorFunction(): string {
  return "An error occurred while running the tool. Please try again.";
}

/**
 * Declares a function tool.
 *
 * @throws UserError when the name, `needsApproval` or another option is of the wrong kind: a gate
 * that cannot be understood must not be taken for an open one.
 */
export function tool<
  TParameters extends ToolParameters = undefined,
  TContext = unknown,
  TResult = unknown,
>(options: ToolOptions<TParameters, TContext, TResult>): FunctionTool<TContext> {
  const name = toToolName(options.name ?? options.execute.name);
  const strict = options.strict ?? true;
  const input = toolSchema(name, options.parameters, strict);
  const { schema } = input;
  checkTimeout(name, options.timeoutMs);
  checkApprovalTimeout(options.approvalTimeout, `tool "${name}"`);
  const { errorFunction = defaultErrorFunction, isEnabled = true } = options;
  const built: FunctionTool<TContext> = {
    [toolBrand]: true,
    type: "function",
    name,
    description: options.description,
    parameters: schema,
    strict,
    digest: toolDigest({ name, description: options.description, parameters: schema }),
    approvalRule: toApprovalRule(name, options.needsApproval),
    approvalTimeout: options.approvalTimeout,
    idempotent: options.idempotent ?? false,
    errorFunction,
    timeoutMs: options.timeoutMs,
    timeoutBehavior: options.timeoutBehavior ?? "error_as_result",
    timeoutErrorFunction: options.timeoutErrorFunction,
    isEnabled,
    inputGuardrails: options.inputGuardrails ?? [],
    outputGuardrails: options.outputGuardrails ?? [],
    parse: (value) => input.parse(value),
    check: (value) => input.check(value),
    execute: options.execute,
    async invoke(context, text, details) {
      try {
        return await options.execute(
          parseToolArguments(built, text) as ToolInput<TParameters>,
          context,
          details,
        );
      } catch (error) {
        if (errorFunction === null) throw error;
        return await errorFunction(context, error, details);
      }
    },
  };
  return built;
}

/** The digest that approvals and sticky decisions are bound to. */
export function toolDigest(definition: {
  name: string;
  description: string;
  parameters: JsonObject;
  annotations?: JsonObject | undefined;
}): string {
  const { name, description, parameters, annotations } = definition;
  return sha256(canonicalJson({ name, description, parameters, annotations }));
}

/**
 * Reads the arguments text of a call and applies the tool's schema, once.
 *
 * @throws InvalidToolInputError without the arguments in its message
 */
export function parseToolArguments(
  target: Pick<FunctionTool, "name" | "parse">,
  input: string,
): unknown {
  return applyToolSchema(target, readArguments(target.name, input));
}

/** The JSON value of a call's arguments text. @throws InvalidToolInputError */
export function readArguments(toolName: string, input: string): JsonValue {
  if (input.length > ARGUMENTS_LIMIT) {
    throw new InvalidToolInputError(`Arguments of "${toolName}" are too long`);
  }
  try {
    return parseStrictJson(input);
  } catch (error) {
    throw new InvalidToolInputError(`Arguments of "${toolName}" are not valid JSON`, undefined, {
      cause: error,
    });
  }
}

/** The value that `execute` gets. @throws InvalidToolInputError */
export function applyToolSchema(
  target: Pick<FunctionTool, "name" | "parse">,
  value: JsonValue,
): unknown {
  try {
    return target.parse(value);
  } catch (error) {
    throw new InvalidToolInputError("Invalid JSON input for tool", undefined, { cause: error });
  }
}

function toolSchema(name: string, parameters: ToolParameters, strict: boolean): ToolSchema {
  try {
    return toToolSchema(parameters, { name, strict });
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    throw new UserError(error.message, undefined, { cause: error });
  }
}

/** A name as model APIs allow it. */
export function toFunctionName(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9]/g, "_");
}

function toToolName(name: string | undefined): string {
  const cleaned = toFunctionName(name ?? "");
  if (cleaned === "") throw new UserError("Cannot declare a tool: it has no name");
  return cleaned;
}

function toApprovalRule(name: string, needsApproval: unknown): ApprovalRule {
  if (needsApproval === undefined || needsApproval === false) return { type: "never" };
  if (needsApproval === true) return { type: "always" };
  if (typeof needsApproval === "function") {
    const decide = needsApproval as Callback<[RunContext, unknown, string?], unknown>;
    return { type: "dynamic", decide };
  }
  throw new UserError(
    `Cannot declare tool "${name}": needsApproval must be true, false or a function, not ${describeKind(needsApproval)}`,
  );
}

function checkTimeout(name: string, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= 2_147_483_647) return;
  throw new UserError(
    `Cannot declare tool "${name}": timeoutMs must be from 1 to 2147483647 milliseconds`,
  );
}

function describeKind(value: unknown): string {
  if (value === null) return "null";
  return isJsonObject(value) ? "an object" : `a ${typeof value}`;
}
