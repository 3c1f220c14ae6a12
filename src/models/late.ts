import type { Model } from "../agents/model.ts";
import type { OpenAiModelOptions } from "./openai-client.ts";

/**
 * A model of OpenAI's Chat Completions, and of the servers that speak it: Ollama, vLLM,
 * LM Studio. Each call has an id that is unique in the conversation, whatever the server sends.
 */
export function createChatModel(options: OpenAiModelOptions): Model {
  return loadedLate(async () => (await import("./chat.ts")).createChatModel(options));
}

/**
 * A model of the OpenAI Responses API. Requests, items and usage are those of `@openai/agents`.
 * A response that failed or is incomplete rejects: half an answer is not one.
 */
export function createResponsesModel(options: OpenAiModelOptions): Model {
  return loadedLate(async () => (await import("./responses.ts")).createResponsesModel(options));
}

/**
 * A model without a language model: for trying things out without a key. It proposes the calls
 * that the last user message spells as `tool_name {json}`, else one call per place that the
 * message names, and answers with the outputs of the tools. Its reply depends on the request
 * alone, so that a run goes on in another process as it would have here.
 */
export function createOfflineModel(): Model {
  return loadedLate(async () => (await import("./offline.ts")).createOfflineModel());
}

/** A model whose code is loaded with its first call. */
function loadedLate(load: () => Promise<Model>): Model {
  let loading: Promise<Model> | undefined;
  const open = (): Promise<Model> => (loading ??= load());
  return {
    getResponse: async (request) => (await open()).getResponse(request),
    async *getStreamedResponse(request) {
      yield* (await open()).getStreamedResponse(request);
    },
  };
}
