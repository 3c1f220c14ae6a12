import type { MaybePromise } from "../lib/pending.ts";
import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import { ToolOutcomeUnknownError } from "../agents/errors.ts";
import type { GatedCall } from "../agents/gate.ts";
import type { Ruling } from "../engine/driver.ts";
import type { RunnableTool, ToolCallDetails } from "../agents/function-tool.ts";
import { tool, toolDigest } from "../agents/tool.ts";
import { errorMessage } from "../lib/errors.ts";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { ReadRequest } from "../policy/read-request.ts";
import type { PreviewRule } from "../policy/preview-rule.ts";
import { isReadOnly } from "./definition.ts";
import { previewsOf, type Plan } from "./previews.ts";
import {
  borrowedOf,
  FailedCall,
  judgeBorrowed,
  sendCall,
  type BorrowedParts,
} from "./send-call.ts";
import { toModelName } from "./tool-name.ts";
import { progressText } from "./told-progress.ts";
import { toToolOutput } from "./tool-result.ts";

/** A tool of a server, as rules see it. */
export interface BorrowedTool {
  readonly server: string;
  readonly tool: string;
  /** The server is trusted, and says that the tool changes nothing. */
  readonly isTrustedReadOnly: boolean;
}

/** Arguments as they are sent. */
export interface PreparedCall {
  readonly sent: JsonObject;
  /** What is sent in other words than were proposed. */
  readonly changed: readonly { at: string; proposed: string; sent: string }[];
}

/** The rules for borrowed tools: what the composition brings. */
export interface BorrowedPolicy {
  /** The arguments that are judged, shown, approved and sent; what was prepared once stays. */
  prepare(borrowed: BorrowedTool, args: JsonObject): PreparedCall;
  /** Judges a call whose arguments are prepared. */
  judge(borrowed: BorrowedTool, call: GatedCall): MaybePromise<Ruling>;
  /** Judges the reading of what a server has besides tools. */
  judgeRead(request: ReadRequest, server: { isTrusted: boolean }): Ruling;
  /** What rules say of showing what calls of a tool would change. */
  previewRules?(borrowed: BorrowedTool): readonly PreviewRule[];
  /** How they show one call; `builtIn`: how it would be shown without them. @throws Error */
  planPreview?(
    borrowed: BorrowedTool,
    call: GatedCall,
    builtIn: Plan | undefined,
  ): Plan | undefined;
  /** Whether rules say of a tool that it changes nothing. */
  changesNothing?(borrowed: BorrowedTool): boolean;
  /** What can be said before there is a call. */
  outlook(borrowed: BorrowedTool): "always" | "sometimes" | "never";
}

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
