import { errorMessage, errorCode } from "../lib/errors.ts";

const CONNECTION_CLOSED = -32_000;
const REQUEST_TIMEOUT = -32_001;

/**
 * How a request ended that brought no result: `answered` by the server with an error; `unsent`, it
 * was never carried out; `lost`, it may have been, and may have had its effect.
 */
export type RequestFailure = "answered" | "unsent" | "lost";

/** A request that brought no result; what the transport said is its message. */
export class RequestError extends Error {
  readonly failure: RequestFailure;

  constructor(failure: RequestFailure, cause: unknown) {
    super(errorMessage(cause), { cause });
    this.failure = failure;
  }
}

/**
 * Statuses that a server gives before it looks at what is asked: who asks (401, 403), how (405),
 * how much (413), in what form (415). Others may stand for anything that happened on the way: a
 * proxy says 408, 429 or 499 of what its server goes on with.
 */
const BEFORE_DISPATCH = new Set<unknown>([401, 403, 405, 413, 415]);
const NO_SUCH_SESSION = 404;

/** What a connection fails with before anything is written to it. */
const BEFORE_WRITING = new Set<unknown>([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/**
 * Where a request failed, and so what is known of it. Only what is known to come before the server
 * acts is `unsent`.
 *
 * @param options `hasSession`: whether the server had given the connection a session, of which a
 * 404 says that it is forgotten
 */
export function classifyFailure(
  error: unknown,
  { hasSession }: { hasSession: boolean },
): RequestFailure {
  const code = errorCode(error);
  if (error instanceof Error && error.name === "McpError") {
    return code === CONNECTION_CLOSED || code === REQUEST_TIMEOUT ? "lost" : "answered";
  }
  if (typeof code === "number") {
    const isRefused = BEFORE_DISPATCH.has(code) || (code === NO_SUCH_SESSION && hasSession);
    return isRefused ? "unsent" : "lost";
  }
  if (errorMessage(error) === "Not connected") return "unsent";
  return neverArrived(error) ? "unsent" : "lost";
}

/** Whether the connection is of no more use: the server has forgotten it, or is gone. */
export function endsConnection({ failure, cause }: RequestError): boolean {
  return failure !== "answered" && errorCode(cause) !== REQUEST_TIMEOUT;
}

/** What went wrong, for people: without paths of ours and without what the server was given. */
export function describeFailure(error: unknown): string {
  const code = errorCode(error);
  if (code === "ENOENT") return "its command was not found";
  if (code === "EACCES") return "its command may not be run";
  const message = errorMessage(error).replace(/^MCP error -?\d+: /, "");
  if (message === "Connection closed") return "it stopped";
  if (message === "Request timed out") return "it did not answer in time";
  return message.slice(0, 500);
}

function neverArrived(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (BEFORE_WRITING.has(errorCode(at))) return true;
  }
  return false;
}
