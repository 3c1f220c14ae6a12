import type { MaybePromise } from "../lib/pending.ts";
import type * as z from "zod";

import { HoldpointError } from "../lib/errors.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, type JsonObject, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { AnyAgent } from "./agent.ts";
import type { ApprovalTimeout } from "../engine/tool.ts";
import type { Callback } from "./callback.ts";
import { InvalidToolInputError, ToolOutcomeUnknownError, UserError } from "./errors.ts";
import {
  madeAs,
  toolBrand,
  type FunctionTool,
  type MadeParts,
  type RunnableTool,
  type ToolCallDetails,
  type ToolErrorFunction,
  type ToolTimeoutFunction,
} from "./function-tool.ts";
import type { ToolInputGuardrail, ToolOutputGuardrail } from "./guardrail.ts";
import type { RunContext } from "./run-context.ts";
import { refuseOptions } from "./refused.ts";
import { ARGUMENTS_LIMIT } from "../engine/vocabulary.ts";
import { LONGEST_TIMER_MS } from "../lib/clock.ts";
import { toToolSchema, type ToolSchema } from "./schema/tool-schema.ts";
import { toApprovalRule, checkApprovalTimeout } from "./gate.ts";

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

export type ToolApproval<TParameters extends ToolParameters = ToolParameters> =
  | boolean
  | Callback<[RunContext, ToolInput<TParameters>, string?], MaybePromise<boolean>>;

export type ToolEnabled =
  | boolean
  | Callback<[{ runContext: RunContext; agent: AnyAgent }], MaybePromise<boolean>>;

export interface ToolOptions<TParameters extends ToolParameters, TContext, TResult> {
  name?: string;
  description: string;
  /**
   * How people are told of a call in one line, with its arguments in braces: `refund {cents} on
   * {orderId}`. Without it they see the tool's name and its telling arguments.
   */
  summary?: string;
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
  timeoutErrorFunction?: ToolTimeoutFunction;
  isEnabled?: ToolEnabled;
  inputGuardrails?: ToolInputGuardrail[];
  outputGuardrails?: ToolOutputGuardrail[];
  execute: Callback<
    [ToolInput<TParameters>, RunContext<TContext>?, ToolCallDetails?],
    MaybePromise<TResult>
  >;
}

/** The text a model gets when a tool threw and has no `errorFunction` of its own. */
export function defaultErrorFunction(): string {
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
>(options: ToolOptions<TParameters, TContext, TResult>): RunnableTool<TContext> {
  const name = toToolName(options.name ?? options.execute.name);
  refuseOptions("tool", options, `declare tool "${name}"`);
  const strict = options.strict ?? true;
  const { schema, parse, check } = toolSchema(name, options.parameters, strict);
  const { description, errorFunction = defaultErrorFunction, isEnabled = true } = options;
  checkTimeout(name, options.timeoutMs);
  checkApprovalTimeout(options.approvalTimeout, `tool "${name}"`);
  const approvalRule = toApprovalRule(options.needsApproval, `Cannot declare tool "${name}"`);
  const parts: MadeParts = {
    name,
    description,
    parameters: schema,
    digest: toolDigest({ name, description, parameters: schema }),
    needsApproval:
      approvalRule.type === "dynamic"
        ? (approvalRule.decide as FunctionTool["needsApproval"])
        : async () => approvalRule.type !== "never",
    isEnabled: (runContext, agent) =>
      typeof isEnabled === "function" ? isEnabled({ runContext, agent }) : isEnabled,
    async invoke(context, text, details) {
      try {
        const given = readArguments(name, text);
        const value = applyToolSchema({ parse }, given) as ToolInput<TParameters>;
        return await options.execute(value, context as RunContext<TContext>, details);
      } catch (error) {
        const isOver = details?.signal?.aborted === true;
        if (errorFunction === null || isOver || error instanceof ToolOutcomeUnknownError) {
          throw error;
        }
        return await errorFunction(context, error, details);
      }
    },
  };
  return {
    [toolBrand]: true,
    [madeAs]: parts,
    ...parts,
    type: "function",
    strict,
    deferLoading: false,
    approvalRule,
    ...toPeople(options),
    idempotent: options.idempotent ?? false,
    errorFunction,
    timeoutMs: options.timeoutMs,
    timeoutBehavior: options.timeoutBehavior ?? "error_as_result",
    timeoutErrorFunction: options.timeoutErrorFunction,
    inputGuardrails: options.inputGuardrails ?? [],
    outputGuardrails: options.outputGuardrails ?? [],
    parse,
    check,
    execute: options.execute,
  };
}

/** What those who decide are told, and how long they have. */
function toPeople({
  approvalTimeout,
  summary,
}: Pick<ToolOptions<ToolParameters, unknown, unknown>, "approvalTimeout" | "summary">) {
  return { approvalTimeout, ...(summary === undefined ? {} : { summary }) };
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
export function applyToolSchema(target: Pick<RunnableTool, "parse">, value: JsonValue): unknown {
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

function checkTimeout(name: string, timeoutMs: number | undefined): void {
  if (timeoutMs === undefined) return;
  if (Number.isFinite(timeoutMs) && timeoutMs > 0 && timeoutMs <= LONGEST_TIMER_MS) return;
  throw new UserError(
    `Cannot declare tool "${name}": timeoutMs must be from 1 to ${LONGEST_TIMER_MS} milliseconds`,
  );
}
