import { errorMessage, HoldpointError, toError, type ErrorCode } from "../lib/errors.ts";
import type { GuardrailFunctionOutput, ToolGuardrailFunctionOutput } from "./guardrail-output.ts";

/** The state that an error of a run carries: enough to decide, to save and to go on. */
export interface RunStateLike {
  readonly runId: string;
  getInterruptions(): readonly unknown[];
  toString(): string;
}

/** Whatever ends an activation of a run; `state` goes on where the run stopped. */
export abstract class AgentsError extends HoldpointError {
  state: RunStateLike | undefined;

  constructor(code: ErrorCode, message: string, state?: RunStateLike, options?: ErrorOptions) {
    super(code, message, options);
    this.state = state;
  }
}

/** The caller used the library wrongly; the message says what to change. */
export class UserError extends AgentsError {
  override readonly name = "UserError";

  constructor(message: string, state?: RunStateLike, options?: ErrorOptions) {
    super("user_error", message, state, options);
  }
}

/** The run took all its turns. Resumable with a larger `maxTurns`. */
export class MaxTurnsExceededError extends AgentsError {
  override readonly name = "MaxTurnsExceededError";

  constructor(message: string, state?: RunStateLike) {
    super("max_turns_exceeded", message, state);
  }
}

/** Nobody decided in time, and the approval was declared to fail the run then. */
export class ApprovalExpiredError extends AgentsError {
  override readonly name = "ApprovalExpiredError";

  constructor(message: string, state?: RunStateLike) {
    super("approval_expired", message, state);
  }
}

/** The model did what no model should: an unknown tool, a reused call id, an unusable output. */
export class ModelBehaviorError extends AgentsError {
  override readonly name: string = "ModelBehaviorError";

  constructor(message: string, state?: RunStateLike, options?: ErrorOptions) {
    super("model_behavior", message, state, options);
  }
}

/** The arguments of a call do not fit the tool's schema. */
export class InvalidToolInputError extends ModelBehaviorError {
  override readonly name = "InvalidToolInputError";
}

/** The model refused to answer. */
export class ModelRefusalError extends AgentsError {
  override readonly name = "ModelRefusalError";
  readonly refusal: string;

  constructor(refusal: string, state?: RunStateLike) {
    super("model_behavior", `Model refused to produce output: ${refusal}`, state);
    this.refusal = refusal;
  }
}

/** A model call took longer than `modelSettings.timeoutMs`; `cause` is what the model made of it. */
export class ModelTimeoutError extends AgentsError {
  override readonly name = "ModelTimeoutError";
  readonly timeoutMs: number;
  override readonly cause: unknown;

  constructor({ timeoutMs, cause }: { timeoutMs: number; cause?: unknown }) {
    super("ETIMEDOUT", `Model call timed out after ${timeoutMs}ms.`);
    this.timeoutMs = timeoutMs;
    this.cause = cause;
  }
}

/** A tool with `errorFunction: null` threw, or a guardrail of a tool tripped; `error` says what. */
export class ToolCallError extends AgentsError {
  override readonly name = "ToolCallError";
  readonly error: Error;

  constructor(message: string, error: Error, state?: RunStateLike) {
    const code = error instanceof HoldpointError ? error.code : "tool_failed";
    super(code, message, state, { cause: error });
    this.error = error;
  }
}

interface ToolTimeout {
  toolName: string;
  timeoutMs: number;
  state?: RunStateLike | undefined;
}

/** A tool took longer than its `timeoutMs`. */
export class ToolTimeoutError extends AgentsError {
  override readonly name = "ToolTimeoutError";
  readonly toolName: string;
  readonly timeoutMs: number;

  constructor({ toolName, timeoutMs, state }: ToolTimeout) {
    super("tool_failed", `Tool '${toolName}' timed out after ${timeoutMs}ms.`, state);
    this.toolName = toolName;
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown by a tool that cannot tell whether its effect happened. Whatever its `errorFunction`, the
 * call is in doubt: nothing is repeated, and a person is asked what came of it.
 */
export class ToolOutcomeUnknownError extends AgentsError {
  override readonly name = "ToolOutcomeUnknownError";

  constructor(message: string, options?: ErrorOptions) {
    super("tool_failed", message, undefined, options);
  }
}

/** A guardrail threw instead of answering. */
export class GuardrailExecutionError extends AgentsError {
  override readonly name = "GuardrailExecutionError";
  readonly error: Error;

  constructor(message: string, error: Error, state?: RunStateLike) {
    super("guardrail_failed", message, state, { cause: error });
    this.error = error;
  }
}

/** What a tripped guardrail reports: its name, its kind, and what it answered. */
export interface TripwireResult {
  guardrail: { type: "input" | "output"; name: string };
  output: GuardrailFunctionOutput;
}

/** The same of an output guardrail, which looked at this output of this agent. */
export interface OutputTripwireResult extends TripwireResult {
  agent: { readonly name: string };
  agentOutput: unknown;
}

/** The same of a tool's guardrail. */
export interface ToolTripwireResult {
  guardrail: { type: "tool_input" | "tool_output"; name: string };
  output: ToolGuardrailFunctionOutput;
}

abstract class TripwireError<TResult> extends AgentsError {
  readonly result: TResult;

  constructor(message: string, result: TResult, state?: RunStateLike) {
    super("guardrail_tripped", message, state);
    this.result = result;
  }
}

export class InputGuardrailTripwireTriggered extends TripwireError<TripwireResult> {
  override readonly name = "InputGuardrailTripwireTriggered";
}

export class OutputGuardrailTripwireTriggered extends TripwireError<OutputTripwireResult> {
  override readonly name = "OutputGuardrailTripwireTriggered";
}

export class ToolInputGuardrailTripwireTriggered extends TripwireError<ToolTripwireResult> {
  override readonly name = "ToolInputGuardrailTripwireTriggered";
}

export class ToolOutputGuardrailTripwireTriggered extends TripwireError<ToolTripwireResult> {
  override readonly name = "ToolOutputGuardrailTripwireTriggered";
}

/** What `run` throws for what a tool, or a guardrail of it, threw. */
export function toToolCallError(error: unknown): ToolCallError | ToolTimeoutError {
  if (error instanceof ToolTimeoutError) return error;
  return new ToolCallError(
    `Failed to run function tools: ${describeThrown(error)}`,
    toError(error),
  );
}

/** Anything thrown as text, an error with its name. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? String(error) : errorMessage(error);
}
