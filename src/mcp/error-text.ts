import { randomBytes } from "node:crypto";

import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";

import { errorMessage, HoldpointError } from "../lib/errors.ts";
import type { Log } from "../lib/log.ts";

/** `CODE: what happened`; what nobody foresaw is told only to the log. */
export function describeError(error: unknown, log: Log): string {
  if (error instanceof HoldpointError) return `${error.code.toUpperCase()}: ${error.message}`;
  const reference = randomBytes(6).toString("hex");
  const stack = error instanceof Error ? error.stack : undefined;
  log.warn(`internal error ${reference}: ${stack ?? errorMessage(error)}`);
  return `INTERNAL: Something went wrong inside holdpoint (reference ${reference}). Its log says more. Try again`;
}

/** A handler of requests that are no tool calls: the SDK would pass on the text of any error. */
export function guarded<Args extends unknown[], Result>(
  log: Log,
  handler: (...args: Args) => Result | Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    try {
      return await handler(...args);
    } catch (error) {
      if (error instanceof McpError) throw error;
      throw new McpError(ErrorCode.InternalError, describeError(error, log));
    }
  };
}
