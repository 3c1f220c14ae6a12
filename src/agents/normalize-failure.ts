import { delayOf } from "../lib/retry-after.ts";
import type { ModelRetryAdvice, ModelRetryNormalizedError } from "./retry-policies.ts";

const networkNames = new Set(["APIConnectionError", "APIConnectionTimeoutError", "FetchError"]);
const networkCodes = new Set([
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "connection_closed_before_opening",
  "connection_closed_before_terminal_response_event",
  "socket_not_open",
  // Our own models'.
  "connection_failed",
  "stream_interrupted",
]);
const networkWords = /fetch failed|network error|connection error|socket hang up|^terminated$/;

/** How deep a chain of causes is looked through. */
const MAX_CAUSES = 10;

/**
 * What is known of a failed model call, from the error and its causes. What the model says itself
 * counts before it; that it was aborted nobody can take back.
 */
export function normalizeFailure(
  error: unknown,
  { aborted, advice }: { aborted: boolean; advice: ModelRetryAdvice | undefined },
): ModelRetryNormalizedError {
  const chain = chainOf(error);
  const isAbort = aborted || chain.some((one) => one["name"] === "AbortError");
  const told = advice?.normalized;
  return {
    statusCode: firstOf(chain, ["statusCode", "status"], "number"),
    retryAfterMs: advice?.retryAfterMs ?? retryAfter(chain),
    errorCode: firstOf(chain, ["code", "errorCode"], "string"),
    isNetworkError: chain.some(isOfNetwork),
    ...told,
    isAbort: isAbort || told?.isAbort === true,
  };
}

type Fields = Readonly<Record<string, unknown>>;

function chainOf(error: unknown): Fields[] {
  const chain: Fields[] = [];
  for (let at = error; isFields(at) && chain.length < MAX_CAUSES;) {
    chain.push(at);
    at = at["cause"] instanceof Error ? at["cause"] : undefined;
  }
  return chain;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function firstOf<T extends "number" | "string">(
  chain: readonly Fields[],
  names: readonly string[],
  type: T,
): (T extends "number" ? number : string) | undefined {
  for (const one of chain) {
    const value = names.map((name) => one[name]).find((found) => typeof found === type);
    if (value !== undefined) return value as T extends "number" ? number : string;
  }
  return undefined;
}

function isOfNetwork({ name, code, errorCode, message }: Fields): boolean {
  if (networkNames.has(String(name)) || networkCodes.has(String(code ?? errorCode))) return true;
  return typeof message === "string" && networkWords.test(message.toLowerCase());
}

function retryAfter(chain: readonly Fields[]): number | undefined {
  for (const { headers, responseHeaders, response, retryAfterMs } of chain) {
    if (typeof retryAfterMs === "number") return retryAfterMs;
    const given = [headers, responseHeaders, isFields(response) ? response["headers"] : undefined];
    const found = given.find((one) => one instanceof Headers) ?? responseHeaders;
    const ms = delayOf(found);
    if (ms !== undefined) return ms;
  }
  return undefined;
}
