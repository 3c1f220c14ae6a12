import { ToolCallError, ToolTimeoutError } from "./errors.ts";
import { errorMessage } from "../lib/errors.ts";

/** What `run` throws for what a tool, or a guardrail of it, threw. */
export function toToolCallError(error: unknown): ToolCallError | ToolTimeoutError {
  if (error instanceof ToolTimeoutError) return error;
  return new ToolCallError(
    `Failed to run function tools: ${describeThrown(error)}`,
    toError(error),
  );
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(errorMessage(thrown), { cause: thrown });
}

/** Anything thrown as text, an error with its name. */
export function describeThrown(error: unknown): string {
  return error instanceof Error ? String(error) : errorMessage(error);
}
