import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import type {
  jsonSchemaValidator,
  JsonSchemaValidator,
} from "@modelcontextprotocol/sdk/validation/types.js";

/** A person needs more time than the minute that requests have by default. */
const ANSWER_MS = 10 * 60_000;

// Errors carry plain numbers.
const REQUEST_TIMEOUT: number = ErrorCode.RequestTimeout;
const INVALID_PARAMS: number = ErrorCode.InvalidParams;

/** What came of asking the person through the client. Only the first two decide. */
export type PersonAnswer =
  | "approve"
  | "reject"
  | "declined"
  | "cancelled"
  | "timed_out"
  | "unsupported"
  /** The client accepted the form without what it asks for. */
  | "invalid";

/** In place of the SDK's validator, which takes long to load: `askPerson` looks at what is answered. */
export const formValidator: jsonSchemaValidator = {
  getValidator<T>(): JsonSchemaValidator<T> {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};

/**
 * Shows the person a text of the server's making, and asks for a decision without a default. That
 * somebody answered is what the client says: a client can be set to answer by itself.
 */
export async function askPerson(
  server: Server,
  message: string,
  { requestId, signal }: { requestId: string | number; signal: AbortSignal },
): Promise<PersonAnswer> {
  if (server.getClientCapabilities()?.elicitation === undefined) return "unsupported";
  try {
    // The first request of a connection has the id 0, which the SDK cannot cancel.
    await server.ping();
    const { action, content } = await server.elicitInput(
      {
        mode: "form",
        message,
        requestedSchema: {
          type: "object",
          properties: {
            decision: {
              type: "string",
              title: "Decision",
              description: "approve lets exactly this run; reject refuses it",
              enum: ["approve", "reject"],
            },
          },
          required: ["decision"],
        },
      },
      { timeout: ANSWER_MS, signal, relatedRequestId: requestId },
    );
    if (action === "decline") return "declined";
    if (action === "cancel") return "cancelled";
    const decision = content?.["decision"];
    return decision === "approve" || decision === "reject" ? decision : "invalid";
  } catch (error) {
    if (signal.aborted) return "cancelled";
    if (!(error instanceof McpError)) return "unsupported";
    if (error.code === REQUEST_TIMEOUT) return "timed_out";
    return error.code === INVALID_PARAMS ? "invalid" : "unsupported";
  }
}
