import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import { ToolOutcomeUnknownError } from "../agents/errors.ts";
import type { RunnableTool, ToolCallDetails } from "../agents/function-tool.ts";
import { tool, toolDigest } from "../agents/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import { toModelName } from "../policy/tool-name.ts";
import { borrowedOf, type BorrowedParts } from "./borrowed-parts.ts";
import { isReadOnly } from "./definition.ts";
import { previewsOf } from "./previews.ts";
import { FailedCall, judgeBorrowed, sendCall } from "./send-call.ts";
import { progressText } from "./told-progress.ts";
import { toToolOutput } from "./tool-result.ts";

/** A tool of a server as agents hold it. */
export function borrowTool(parts: BorrowedParts): RunnableTool {
  const { connection, definition, policy, drifted } = parts;
  const { description, parameters, annotations } = definition;
  const borrowed = borrowedOf(parts);
  const name = toModelName(connection.name, definition.name);
  const base = tool({
    name,
    description,
    parameters: { ...parameters, type: "object", properties: propertiesOf(parameters) },
    strict: false,
    needsApproval: true,
    // What changes nothing can be asked for again after a crash.
    idempotent: borrowed.isTrustedReadOnly && drifted === undefined,
    errorFunction: (_context, error) => errorMessage(error),
    execute: (value, _context, details) => callServer(parts, { name, value, details }),
  });
  return {
    ...base,
    name,
    annotations,
    ...(connection.spec.trusted === true ? { trusted: true as const } : {}),
    digest: toolDigest({ name, description, parameters, annotations }),
    approvalRule: {
      type: "policy",
      outlook: drifted === undefined ? policy.outlook(borrowed) : "always",
      judge: (call) => judgeBorrowed(parts, call),
    },
    previews: () => previewsOf(parts),
    // Here, so that what is judged and shown is, to the letter, what is sent.
    parse(value) {
      if (isJsonObject(value)) return policy.prepare(borrowed, value).sent;
      throw new TypeError("the arguments must be an object");
    },
  };
}

function propertiesOf(parameters: JsonObject): JsonObject {
  const { properties } = parameters;
  return isJsonObject(properties) ? properties : {};
}

/** @throws ToolOutcomeUnknownError when the call may have reached the server and no answer came */
async function callServer(
  parts: BorrowedParts,
  { name, value, details }: { name: string; value: unknown; details: ToolCallDetails | undefined },
): Promise<unknown> {
  const { connection, definition, tellProgress } = parts;
  const { signal, idempotencyKey: call } = details ?? {};
  const onProgress = (progress: Progress): void => {
    if (call !== undefined) tellProgress(call, progressText(name, progress, connection.redact));
  };
  try {
    const result = await sendCall(parts, { name, value, signal, onProgress });
    return toToolOutput(result, connection.redact);
  } catch (error) {
    if (!(error instanceof FailedCall)) throw error;
    throw toToolError(error, connection.spec.trusted === true && isReadOnly(definition));
  }
}

function toToolError({ failure, message }: FailedCall, changesNothing: boolean): Error {
  if (failure === "answered") return new Error(`The tool reported an error: ${message}`);
  if (failure === "unsent" || changesNothing) return new Error(message);
  return new ToolOutcomeUnknownError(message);
}
