import { HoldpointError, errorMessage } from "../lib/errors.ts";
import { isRefusal } from "../agents/model.ts";
import { delayOf } from "../lib/retry-after.ts";
import { isJsonObject } from "../lib/json.ts";
import { redact } from "./redact.ts";

/** What went wrong, and whether the same request may succeed when repeated unchanged. */
const codes = {
  bad_request: { retryable: false },
  conflict: { retryable: true },
  connection_failed: { retryable: true },
  conversation_lost: { retryable: false },
  invalid_response: { retryable: true },
  not_found: { retryable: false },
  quota_exceeded: { retryable: false },
  rate_limited: { retryable: true },
  server_error: { retryable: true },
  stream_interrupted: { retryable: true },
  timeout: { retryable: true },
  unauthorized: { retryable: false },
  unknown: { retryable: false },
} as const;

export type ModelErrorCode = keyof typeof codes;

/**
 * A model call that failed at the provider or on the way. `retryable` says nothing about whether
 * the request was carried out: that is for the caller to know. The message holds no key and
 * nothing of what was sent; there is no `cause`, which would hold both.
 */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly code: ModelErrorCode;
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined;

  /** What the provider asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ModelErrorCode, message: string, status?: number, retryAfterMs?: number) {
    super(message);
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  get retryable(): boolean {
    return codes[this.code].retryable;
  }

  /** Whether the provider surely did nothing with the request. */
  get refused(): boolean {
    return this.code === "unauthorized" || isRefusal(this.status);
  }
}

/** An answer whose shape is not the promised one; `issues` say where, without its contents. */
export function unreadable(
  issues: readonly { path: PropertyKey[]; message: string }[],
): ModelError {
  const [issue] = issues;
  const where = issue === undefined ? "" : ` (${issue.path.join(".")}: ${issue.message})`;
  return new ModelError("invalid_response", `${openings.invalid_response}${where}`);
}

/** What the `openai` client's errors carry; its classes come with the client, loaded late. */
interface ProviderFailure {
  status: number | undefined;
  code: string | undefined;
  type: string | undefined;
  param: string | undefined;
  message: string;
  retryAfterMs: number | undefined;
}

const networkCodes =
  /^(E(?!RR_)[A-Z_]{4,}|ERR_TLS_\w+|(UND_ERR|CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE)_\w+)$/;

/**
 * `error` as it may be recorded and shown: a `ModelError`, or the error itself when it is one of
 * ours or an abort. Texts from `secrets` do not appear in the message, nor longer parts of them.
 */
export function toModelError(error: unknown, secrets: readonly string[]): Error {
  if (error instanceof HoldpointError || error instanceof ModelError) return error;
  if (error instanceof Error && isAbort(error)) return error;
  const failure = toFailure(error);
  const code = codeOf(error, failure);
  const status = failure.status === undefined ? "" : ` with status ${failure.status}`;
  const said = redact(whatWasSaid(error, code, failure), secrets);
  return new ModelError(
    code,
    `${openings[code]}${status}${said === "" ? "" : `: ${said}`}`,
    failure.status,
    failure.retryAfterMs,
  );
}

function whatWasSaid(error: unknown, code: ModelErrorCode, failure: ProviderFailure): string {
  if (code === "timeout" || code === "stream_interrupted") return "";
  if (code === "connection_failed") return networkReason(error);
  const param = failure.param === undefined ? undefined : `parameter ${failure.param}`;
  const details = [failure.type, failure.code, param].filter((part) => part !== undefined);
  const facts = details.length === 0 ? "" : ` (${details.join(", ")})`;
  return `${failure.message}${facts}`.trim();
}

const openings: Record<ModelErrorCode, string> = {
  bad_request: "The model provider refused the request",
  conflict: "The model provider is busy with the same conversation",
  connection_failed: "The model provider could not be reached",
  conversation_lost: "The model provider does not know the conversation or previous response",
  invalid_response: "The model provider's answer could not be read",
  not_found: "The model provider does not know the model or address",
  quota_exceeded: "The model provider's quota is used up",
  rate_limited: "The model provider limits the rate of requests",
  server_error: "The model provider failed",
  stream_interrupted: "The model provider's answer broke off",
  timeout: "The model provider did not answer in time",
  unauthorized: "The model provider did not accept the API key",
  unknown: "The model call failed",
};

function isAbort(error: Error): boolean {
  return error.name === "AbortError" || hasClass(error, "APIUserAbortError");
}

/** By name, since each copy of the `openai` package has classes of its own. */
function hasClass(error: object, className: string): boolean {
  for (let at: unknown = Object.getPrototypeOf(error); at; at = Object.getPrototypeOf(at)) {
    if (isConstructed(at) && at.constructor.name === className) return true;
  }
  return false;
}

function isConstructed(value: unknown): value is { constructor: { name: string } } {
  return typeof value === "object" && value !== null && typeof value.constructor === "function";
}

function toFailure(error: unknown): ProviderFailure {
  const fields: Record<string, unknown> = isJsonObject(error) ? error : {};
  const told = errorMessage(error).replace(/^\d{3} /, "");
  return {
    status: typeof fields["status"] === "number" ? fields["status"] : undefined,
    code: text(fields["code"]),
    type: text(fields["type"]),
    param: text(fields["param"]),
    // Proxies answer with pages, which say nothing here.
    message: told.startsWith("<") || told === "status code (no body)" ? "" : told,
    retryAfterMs: delayOf(fields["headers"]),
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function codeOf(error: unknown, failure: ProviderFailure): ModelErrorCode {
  if (failure.status !== undefined) return codeOfStatus(failure.status, failure);
  if (!(error instanceof Error)) return "unknown";
  if (hasClass(error, "APIConnectionTimeoutError") || error.name === "TimeoutError") {
    return "timeout";
  }
  if (error instanceof SyntaxError) return "invalid_response";
  if (isBrokenOff(error)) return "stream_interrupted";
  if (hasClass(error, "APIConnectionError") || networkReason(error) !== "") {
    return "connection_failed";
  }
  if (hasClass(error, "APIError")) return codeOfEvent(failure);
  return "unknown";
}

/** Errors of the body carry undici's "terminated" somewhere down their causes. */
function isBrokenOff(error: unknown): boolean {
  return causes(error).some((cause) => cause.message === "terminated");
}

function causes(error: unknown): Error[] {
  const found: Error[] = [];
  for (let at = error; at instanceof Error && found.length < 5; at = at.cause) found.push(at);
  return found;
}

/** The system's own code, such as ECONNREFUSED; its messages name addresses and are left out. */
function networkReason(error: unknown): string {
  for (const cause of causes(error)) {
    const code = "code" in cause ? text(cause.code) : undefined;
    if (code !== undefined && networkCodes.test(code)) return code;
  }
  return "";
}

function codeOfStatus(status: number, failure: ProviderFailure): ModelErrorCode {
  if ((status === 400 || status === 404) && isConversationLost(failure)) return "conversation_lost";
  switch (status) {
    case 401:
    case 403:
      return "unauthorized";
    case 404:
      return "not_found";
    case 408:
      return "timeout";
    case 409:
      return "conflict";
    case 429:
      return failure.code === "insufficient_quota" ? "quota_exceeded" : "rate_limited";
    default:
      return status >= 500 ? "server_error" : "bad_request";
  }
}

function isConversationLost(failure: ProviderFailure): boolean {
  if (failure.code === "previous_response_not_found") return true;
  if (failure.code === "conversation_not_found") return true;
  return /\b(previous response|conversation)\b[^.]*\bnot found\b/i.test(failure.message);
}

/** An `error` event in a stream, which has no status. */
function codeOfEvent(failure: ProviderFailure): ModelErrorCode {
  const said = `${failure.code ?? ""} ${failure.type ?? ""}`;
  if (said.includes("insufficient_quota")) return "quota_exceeded";
  if (said.includes("rate_limit")) return "rate_limited";
  return said.includes("invalid_request") ? "bad_request" : "server_error";
}
