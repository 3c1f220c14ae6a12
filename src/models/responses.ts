import { ModelBehaviorError } from "../agents/errors.ts";
import type { Model, ModelRequest, ModelResponse, ResponseStreamEvent } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { ModelError, type ModelErrorCode } from "../openai/model-error.ts";
import { createOpenAiCaller, type OpenAiModelOptions } from "./openai-client.ts";
import { redact } from "../openai/redact.ts";
import {
  fromResponsesOutput,
  parseResponse,
  toResponsesUsage,
  type RawResponse,
} from "../openai/responses-output.ts";
import { toResponsesCall } from "./responses-request.ts";

/** What `createResponsesModel` of the library loads. */
export function createResponsesModel(options: OpenAiModelOptions): Model {
  const caller = createOpenAiCaller(options);

  return {
    async getResponse(request) {
      const call = toResponsesCall(options.model, { request, stream: false });
      const { data, requestId } = await caller.post(call);
      return toModelResponse(data, requestId);
    },

    async *getStreamedResponse(request: ModelRequest): AsyncGenerator<ResponseStreamEvent> {
      const call = toResponsesCall(options.model, { request, stream: true });
      const { data, requestId } = await caller.stream(call);
      let isDone = false;
      try {
        for await (const raw of data) {
          // Reading on to the end leaves the connection open for the next turn.
          if (isDone) continue;
          const event: Record<string, unknown> = isJsonObject(raw) ? raw : {};
          const early = toEarlyEvent(event);
          if (early !== undefined) yield early;
          yield { type: "model", event: raw, providerData: rawEventSource };
          const ending = toEnding(event, requestId);
          if (ending === undefined) continue;
          isDone = true;
          yield ending;
        }
      } catch (error) {
        if (!isDone) throw error;
      }
      if (!isDone) {
        throw new ModelError("stream_interrupted", "The model provider's answer broke off");
      }
    },
  };
}

const rawEventSource = { rawModelEventSource: "openai-responses" };

/** What an event tells early in a form that is no provider's. */
function toEarlyEvent(event: Record<string, unknown>): ResponseStreamEvent | undefined {
  if (event["type"] === "response.created") {
    return { type: "response_started", providerData: event };
  }
  if (event["type"] !== "response.output_text.delta") return undefined;
  const { delta, ...providerData } = event;
  const { item_id: itemId } = providerData;
  return {
    type: "output_text_delta",
    delta: typeof delta === "string" ? delta : "",
    ...(typeof itemId === "string" && { itemId }),
    providerData,
  };
}

const finalEvents = new Set<unknown>([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

function toEnding(
  event: Record<string, unknown>,
  requestId: string | undefined,
): ResponseStreamEvent | undefined {
  if (!finalEvents.has(event["type"])) return undefined;
  const { response, ...providerData } = event;
  const parsed = toCompleted(response);
  const { id = "", output, usage, ...further } = parsed;
  return {
    type: "response_done",
    response: {
      id,
      ...(requestId !== undefined && { requestId }),
      output: fromResponsesOutput(output),
      usage: toResponsesUsage(usage),
      providerData: factsOf(further),
    },
    providerData,
  };
}

function toModelResponse(data: unknown, requestId: string | undefined): ModelResponse {
  const response = toCompleted(data);
  return {
    usage: toResponsesUsage(response.usage),
    output: fromResponsesOutput(response.output),
    responseId: response.id,
    requestId,
    ...(isJsonObject(data) && { providerData: factsOf(data) }),
  };
}

/**
 * What a response says of itself, and is kept with every turn. The API also repeats the request:
 * instructions and tools, dozens of kilobytes a turn.
 */
const facts = [
  "id",
  "object",
  "created_at",
  "completed_at",
  "status",
  "model",
  "service_tier",
  "conversation",
  "previous_response_id",
  "incomplete_details",
  "error",
] as const;

function factsOf(response: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    facts.flatMap((name) => (response[name] === undefined ? [] : [[name, response[name]]])),
  );
}

/** The response, unless its status says that it is not to be used. */
function toCompleted(data: unknown): RawResponse {
  const response = parseResponse(data);
  if (response.status === "incomplete") {
    const reason = response.incomplete_details?.reason ?? "no reason given";
    throw new ModelBehaviorError(`The model's response is incomplete: ${reason}`);
  }
  if (response.status === "failed") throw toFailure(response.error?.code ?? "no reason given");
  return response;
}

/** Only these failures can pass by themselves; the others are about what was asked. */
const passingFailures: Record<string, ModelErrorCode> = {
  rate_limit_exceeded: "rate_limited",
  server_error: "server_error",
  vector_store_timeout: "server_error",
};

function toFailure(reason: string): ModelError {
  const code = passingFailures[reason] ?? "bad_request";
  return new ModelError(
    code,
    `The model provider failed to make a response: ${redact(reason, [])}`,
  );
}
