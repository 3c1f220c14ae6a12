import { OpenAIResponsesModel } from "@openai/agents";

import type { Model } from "../../src/agents/model.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import type { OpenAiStandIn } from "./openai-stand-in.ts";
import { theirClient } from "./their-client.ts";

/** Who keeps the history, and how a run says so. */
export const historyKinds = ["conversation", "response_chain", "new_chain"] as const;
export type HistoryKind = (typeof historyKinds)[number];

/** Options of a run whose history the stand-in keeps from now on. */
export function startHistory(
  standIn: OpenAiStandIn,
  kind: HistoryKind,
): { conversationId?: string; previousResponseId?: string; autoPreviousResponseId?: boolean } {
  switch (kind) {
    case "conversation":
      return { conversationId: String(standIn.history.createConversation([])["id"]) };
    case "response_chain":
      standIn.history.storeResponse("resp_before");
      return { previousResponseId: "resp_before" };
    case "new_chain":
      return { autoPreviousResponseId: true };
  }
}

/** What the n-th body, from 0, says of the history. */
export function historyFields(kind: HistoryKind, index: number): JsonObject {
  if (kind === "conversation") return { conversation: "conv_1" };
  const before = kind === "response_chain" ? "resp_before" : undefined;
  const previous = index === 0 ? before : `resp_${index}`;
  return previous === undefined ? {} : { previous_response_id: previous };
}

export function wireCall(callId: string, name: string, args: JsonObject): JsonObject {
  const fields = { id: `fc_${callId}`, call_id: callId, name, arguments: JSON.stringify(args) };
  return { type: "function_call", status: "completed", ...fields };
}

export function wireOutput(callId: string, output: string): JsonObject {
  return { type: "function_call_output", call_id: callId, output, status: "completed" };
}

export function wireMessage(text: string): JsonObject {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { type: "message", id: "msg_a", role: "assistant", status: "completed", content };
}

/** A model of ours on the stand-in. */
export function ourModel(standIn: OpenAiStandIn): Model {
  return createResponsesModel({ model: "stand-in", apiKey: "sk-test", baseUrl: standIn.url });
}

/** The model of the OpenAI Agents SDK on the stand-in. */
export function sdkModel(standIn: OpenAiStandIn): Model {
  const client = theirClient({ apiKey: "sk-test", baseURL: standIn.url, maxRetries: 0 });
  return new OpenAIResponsesModel(client, "stand-in") as unknown as Model;
}

/** The bodies of model requests, in order. */
export function bodiesOf(standIn: OpenAiStandIn): JsonObject[] {
  return standIn.requests
    .filter(({ path }) => path === "/v1/responses")
    .map(({ body }) => body as JsonObject);
}
