import { ToolCallError, ToolTimeoutError } from "./errors.ts";
import { errorMessage, toError } from "../lib/errors.ts";

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
