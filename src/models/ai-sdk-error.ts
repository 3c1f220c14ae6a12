import { UserError } from "../agents/errors.ts";
import type { ModelRequest } from "../agents/model.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { ModelError, toModelError } from "../openai/model-error.ts";
import { contentTexts, redact } from "../openai/redact.ts";
import type { AiSdkObject } from "./ai-sdk-spec.ts";

/** Errors of the AI SDK that come before anything was sent. */
const unsent = new Set([
  "AI_InvalidArgumentError",
  "AI_InvalidPromptError",
  "AI_LoadSettingError",
  "AI_NoSuchModelError",
  "AI_NoSuchProviderReferenceError",
  "AI_UnsupportedFunctionalityError",
]);

/** Errors of the AI SDK about an answer; their messages quote it. */
const unread = new Set([
  "AI_EmptyResponseBodyError",
  "AI_InvalidResponseDataError",
  "AI_JSONParseError",
  "AI_NoContentGeneratedError",
  "AI_TypeValidationError",
]);

/**
 * `error` as it may be recorded and shown: without keys, and without what was sent and received,
 * which the AI SDK's errors carry.
 *
 * @throws the reason of the request's signal when that is why the call failed
 */
export function toAiSdkError(error: unknown, request: ModelRequest): Error {
  request.signal?.throwIfAborted();
  if (error instanceof HoldpointError || error instanceof ModelError) return error;
  const { input, systemInstructions, modelSettings } = request;
  const secrets = contentTexts([
    input,
    systemInstructions,
    modelSettings.providerData?.["headers"],
  ]);
  const { name, message } = error instanceof Error ? error : { name: "", message: "" };
  if (unsent.has(name)) {
    return new UserError(`Cannot call the model: ${redact(message, secrets)}`);
  }
  if (name === "AI_LoadAPIKeyError")
    return new ModelError("unauthorized", redact(message, secrets));
  if (unread.has(name)) {
    return new ModelError("invalid_response", "The model provider's answer could not be read");
  }
  return toModelError(name === "AI_APICallError" ? asHttpFailure(error) : plain(error), secrets);
}

/** With the names that HTTP clients have for the same. */
function asHttpFailure(error: unknown): unknown {
  const { statusCode, responseHeaders, data, message, cause, isRetryable }: AiSdkObject = {
    ...(isJsonObject(error) ? error : {}),
    message: error instanceof Error ? error.message : "",
    cause: error instanceof Error ? error.cause : undefined,
  };
  const body = isJsonObject(data) ? data : {};
  const said = isJsonObject(body["error"]) ? body["error"] : {};
  const { type, code, param } = said;
  const known = { status: statusCode, headers: responseHeaders, type, code, param };
  // Without a status the request got nowhere, or its answer broke off.
  const isLost = statusCode === undefined && isRetryable === true;
  const told = new Error(isLost ? "" : String(message), { cause });
  return Object.assign(told, known);
}

/** What streams report may be an error's data alone. */
function plain(error: unknown): unknown {
  if (error instanceof Error || !isJsonObject(error)) return error;
  const { message, type, code } = error;
  return Object.assign(new Error(typeof message === "string" ? message : ""), { type, code });
}
