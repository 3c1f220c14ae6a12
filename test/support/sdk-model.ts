import type { AgentOutputItem, Model, ModelRequest, ModelResponse } from "@openai/agents";
import { Usage } from "@openai/agents";

/** A model for the OpenAI Agents SDK itself that answers from a list and keeps what it was asked. */
export interface SdkModel extends Model {
  readonly requests: ModelRequest[];
}

export function createSdkModel(answers: readonly AgentOutputItem[][]): SdkModel {
  const requests: ModelRequest[] = [];
  return {
    requests,
    async getResponse(request): Promise<ModelResponse> {
      const output = answers[requests.length] ?? [];
      const { signal: _signal, ...asked } = request;
      requests.push(structuredClone(asked));
      return { usage: new Usage(), output };
    },
    // eslint-disable-next-line require-yield
    async *getStreamedResponse() {
      throw new Error("not used");
    },
  };
}

export function sdkText(text: string): AgentOutputItem {
  const content = [{ type: "output_text" as const, text }];
  return { type: "message", role: "assistant", status: "completed", content };
}

export function sdkCall(name: string, args = "{}"): AgentOutputItem {
  return { type: "function_call", callId: "call_1", name, arguments: args, status: "completed" };
}
