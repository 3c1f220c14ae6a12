import type { Model, ModelRequest, ResponseStreamEvent } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";
import { createChatAssembly } from "./chat-assembly.ts";
import {
  assertNoError,
  fromChatMessage,
  parseChunk,
  parseCompletion,
  toChatUsage,
  type RawUsage,
} from "./chat-output.ts";
import { toChatCall } from "./chat-request.ts";
import { ModelError } from "../openai/model-error.ts";
import { createOpenAiCaller, type OpenAiModelOptions } from "./openai-client.ts";

/** What `createChatModel` of the library loads. */
export function createChatModel(options: OpenAiModelOptions): Model {
  const caller = createOpenAiCaller(options);

  return {
    async getResponse(request) {
      const call = toChatCall(options.model, { request, stream: false });
      const { data, requestId } = await caller.post(call);
      assertNoError(data);
      const { id, choices, usage } = parseCompletion(data);
      const [{ message, finish_reason: finishReason }] = choices;
      return {
        usage: toChatUsage(usage),
        output: fromChatMessage({ message, finishReason, input: request.input }),
        responseId: id,
        requestId,
        ...(isJsonObject(data) && { providerData: data }),
      };
    },

    async *getStreamedResponse(request: ModelRequest): AsyncGenerator<ResponseStreamEvent> {
      const call = toChatCall(options.model, { request, stream: true });
      const { data, requestId } = await caller.stream(call);
      const assembly = createChatAssembly();
      let responseId: string | undefined;
      let finishReason: string | undefined;
      let usage: RawUsage | null | undefined;
      for await (const raw of data) {
        const chunk = parseChunk(raw);
        if (responseId === undefined) yield { type: "response_started", ...asProviderData(raw) };
        responseId ??= chunk.id ?? "";
        usage = chunk.usage ?? usage;
        const choice = chunk.choices?.[0];
        finishReason = choice?.finish_reason ?? finishReason;
        const delta = choice?.delta ?? undefined;
        if (delta !== undefined) assembly.add(delta);
        yield { type: "model", event: raw, providerData: rawEventSource };
        if (delta?.content) {
          yield { type: "output_text_delta", delta: delta.content, ...asProviderData(raw) };
        }
      }
      if (finishReason === undefined) {
        throw new ModelError("stream_interrupted", "The model provider's answer broke off");
      }
      const { message } = assembly;
      yield {
        type: "response_done",
        response: {
          id: responseId ?? "",
          ...(requestId !== undefined && { requestId }),
          usage: toChatUsage(usage),
          output: fromChatMessage({ message, finishReason, input: request.input }),
        },
      };
    },
  };
}

const rawEventSource = { rawModelEventSource: "openai-chat-completions" };

function asProviderData(raw: unknown): { providerData?: Record<string, unknown> } {
  return isJsonObject(raw) ? { providerData: raw } : {};
}
