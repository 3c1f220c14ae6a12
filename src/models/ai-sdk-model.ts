import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../agents/errors.ts";
import { isAssistantMessage, type AgentOutputItem } from "../agents/items.ts";
import {
  isRepeatable,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type ResponseStreamEvent,
} from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { ModelError } from "../openai/model-error.ts";
import { createAiSdkAssembly } from "./ai-sdk-assembly.ts";
import { toAiSdkError } from "./ai-sdk-error.ts";
import { toItems, toResponseData, toUsage, type AiSdkAnswer } from "./ai-sdk-output.ts";
import { toCallOptions } from "./ai-sdk-request.ts";
import {
  toTarget,
  type AiSdkLanguageModel,
  type AiSdkTarget,
  type AiSdkVersion,
  type AiSdkObject,
} from "./ai-sdk-spec.ts";

/** What a text is changed for. */
export interface AiSdkOutputTextTransformContext {
  request: ModelRequest;
  provider: string;
  modelId: string;
  specificationVersion: AiSdkVersion;
  stream: boolean;
}

export interface AiSdkModelOptions {
  /** Changes each message that is complete; the deltas of a stream are as the model wrote them. */
  transformOutputText?(
    text: string,
    context: AiSdkOutputTextTransformContext,
  ): string | Promise<string>;
}

/**
 * A language model of the AI SDK as a model of agents. What its provider wants to see again, such
 * as signatures of thoughts, is part of the items, and so outlives a restart.
 *
 * @throws UserError for what is no language model of specification v2, v3 or v4
 */
export function aisdk(model: AiSdkLanguageModel, options: AiSdkModelOptions = {}): Model {
  const target = toTarget(model);
  const asking: Asking = { model, target, options };
  return {
    getResponse: (request) => generate(asking, request),
    getStreamedResponse: (request) => stream(asking, request),
  };
}

/** A model as it is called: its own type says more than we could. */
interface CallableModel {
  doGenerate(options: AiSdkObject): PromiseLike<unknown>;
  doStream(options: AiSdkObject): PromiseLike<unknown>;
}

interface Asking {
  model: CallableModel;
  target: AiSdkTarget;
  options: AiSdkModelOptions;
}

async function generate(asking: Asking, request: ModelRequest): Promise<ModelResponse> {
  const { model, target } = asking;
  const call = toCallOptions(target, request);
  const result = await patiently(request, () => model.doGenerate(call));
  const { content, finishReason, usage, providerMetadata, warnings, response } = result;
  if (!Array.isArray(content)) throw unreadable();
  const answer = { content, finishReason, usage, providerMetadata, warnings };
  const id = isJsonObject(response) ? response["id"] : undefined;
  return {
    ...(await toResponse(asking, { answer, request, isStream: false })),
    ...(typeof id === "string" && { responseId: id }),
  };
}

async function* stream(asking: Asking, request: ModelRequest): AsyncGenerator<ResponseStreamEvent> {
  const { model, target } = asking;
  const call = toCallOptions(target, request);
  const { stream: parts } = await patiently(request, () => model.doStream(call));
  if (!isParts(parts)) throw unreadable();
  const assembly = createAiSdkAssembly();
  let isStarted = false;
  for await (const part of readParts(parts, request)) {
    if (!isStarted) yield { type: "response_started" };
    isStarted = true;
    assembly.add(part);
    const { type, delta, id } = part;
    if (type === "text-delta" && typeof delta === "string" && delta !== "") {
      yield { type: "output_text_delta", delta, ...(typeof id === "string" && { itemId: id }) };
    }
    yield { type: "model", event: part, providerData: rawEventSource };
  }
  const answer = assembly.finished();
  if (answer === undefined) {
    throw new ModelError("stream_interrupted", "The model provider's answer broke off");
  }
  const response = await toResponse(asking, { answer, request, isStream: true });
  yield { type: "response_done", response: { id: assembly.responseId ?? "", ...response } };
}

const rawEventSource = { rawModelEventSource: "ai-sdk" };

async function* readParts(parts: AsyncIterable<unknown>, request: ModelRequest) {
  try {
    for await (const part of parts) {
      if (!isJsonObject(part)) throw unreadable();
      if (part["type"] === "error") throw toAiSdkError(part["error"], request);
      yield part as AiSdkObject;
    }
  } catch (error) {
    throw toAiSdkError(error, request);
  }
  request.signal?.throwIfAborted();
}

function isParts(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

function unreadable(): ModelError {
  return new ModelError("invalid_response", "The model's answer is none of the AI SDK");
}

async function toResponse(
  asking: Asking,
  { answer, request, isStream }: { answer: AiSdkAnswer; request: ModelRequest; isStream: boolean },
): Promise<Pick<ModelResponse, "output" | "usage"> & { providerData: AiSdkObject }> {
  const output = toItems(asking.target, answer, request.input);
  await transformTexts(asking, output, { request, stream: isStream });
  return { usage: toUsage(answer.usage), output, providerData: toResponseData(answer) };
}

/** @throws UserError when the program's function gives no text */
async function transformTexts(
  { target, options }: Asking,
  items: readonly AgentOutputItem[],
  asked: { request: ModelRequest; stream: boolean },
): Promise<void> {
  if (options.transformOutputText === undefined) return;
  const { provider, modelId, version: specificationVersion } = target;
  for (const item of items) {
    if (!isAssistantMessage(item)) continue;
    const texts = item.content.filter((part) => part.type === "output_text");
    const [first, ...others] = texts;
    if (first === undefined) continue;
    const context = { ...asked, provider, modelId, specificationVersion };
    const whole = texts.map(({ text }) => text).join("");
    const changed: unknown = await options.transformOutputText(whole, context);
    if (typeof changed !== "string")
      throw new UserError("transformOutputText must return a string");
    first.text = changed;
    for (const other of others) other.text = "";
  }
}

const firstPauseMs = 500;
const longestPauseMs = 8_000;
const longestAskedMs = 60_000;

/** Asks again, as the other models do, where a failure may pass and the call may be repeated. */
async function patiently(
  request: ModelRequest,
  ask: () => PromiseLike<unknown>,
): Promise<AiSdkObject> {
  const { retry } = request.modelSettings;
  // A policy of the program's decides alone.
  const wanted = retry?.policy === undefined ? (retry?.maxRetries ?? 2) : 0;
  const maxRetries = isRepeatable(request) ? wanted : 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await ask();
      if (!isJsonObject(answer)) throw unreadable();
      return answer;
    } catch (thrown) {
      const error = toAiSdkError(thrown, request);
      const mayPass = error instanceof ModelError && error.retryable;
      if (!mayPass || error.code === "invalid_response" || attempt >= maxRetries) throw error;
      const own = Math.min(firstPauseMs * 2 ** attempt, longestPauseMs) * (1 - Math.random() / 4);
      const { signal } = request;
      const delayMs = Math.min(error.retryAfterMs ?? own, longestAskedMs);
      // An abort is told by the next line, with its reason.
      await pause(delayMs, undefined, signal && { signal }).catch(() => undefined);
      signal?.throwIfAborted();
    }
  }
}
