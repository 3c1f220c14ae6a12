import { errorMessage } from "../lib/errors.ts";

const CONNECTION_CLOSED = -32_000;
const REQUEST_TIMEOUT = -32_001;

/**
 * How a request ended that brought no result: `answered` by the server with an error; `unsent`,
 * nothing reached it; `lost`, it may have reached it and may have had its effect.
 */
export type RequestFailure = "answered" | "unsent" | "lost";

export function classifyFailure(error: unknown): RequestFailure {
  const code = codeOf(error);
  const name = error instanceof Error ? error.name : "";
  if (name === "McpError") {
    return code === CONNECTION_CLOSED || code === REQUEST_TIMEOUT ? "lost" : "answered";
  }
  // HTTP: the server refused the request, or nobody was there to take it.
  if (typeof code === "number" && code >= 400 && code < 500) return "unsent";
  if (errorMessage(error) === "Not connected") return "unsent";
  return neverArrived(error) ? "unsent" : "lost";
}

/** Whether the connection is of no more use: the server has forgotten it, or is gone. */
export function endsConnection(error: unknown): boolean {
  const failure = classifyFailure(error);
  return failure !== "answered" && codeOf(error) !== REQUEST_TIMEOUT;
}

function neverArrived(error: unknown): boolean {
  const codes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = codeOf(at);
    if (typeof code === "string" && codes.includes(code)) return true;
  }
  return false;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
