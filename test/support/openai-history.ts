import type { JsonObject, JsonValue } from "../../src/lib/json.ts";

/** What the provider keeps: the items of each conversation, and the ids of stored responses. */
export interface OpenAiHistory {
  createConversation(items: readonly JsonObject[]): JsonObject;
  /** The live list of a conversation; `undefined` when it is unknown. */
  conversation(id: string): JsonObject[] | undefined;
  /** Adds items as the API stores them: with an id, a type, a status, and content in parts. */
  add(conversationId: string, items: readonly JsonObject[]): JsonObject[];
  hasResponse(id: string): boolean;
  storeResponse(id: string): void;
  /** As if thirty days had passed, or somebody else had deleted them. */
  forget(): void;
}

const idPrefixes: Record<string, string> = {
  message: "msg",
  function_call: "fc",
  function_call_output: "fco",
  reasoning: "rs",
};

export function createOpenAiHistory(): OpenAiHistory {
  const conversations = new Map<string, JsonObject[]>();
  const responses = new Set<string>();
  let ids = 0;

  const stored = (item: JsonObject): JsonObject => {
    const type = typeof item["type"] === "string" ? item["type"] : "message";
    ids += 1;
    const id = item["id"] ?? `${idPrefixes[type] ?? "item"}_${ids}`;
    return { ...item, type, id, status: item["status"] ?? "completed", ...contentOf(item) };
  };

  return {
    createConversation(items) {
      const id = `conv_${conversations.size + 1}`;
      conversations.set(id, items.map(stored));
      return { id, object: "conversation", created_at: 1, metadata: {} };
    },
    conversation: (id) => conversations.get(id),
    add(conversationId, items) {
      const added = items.map(stored);
      conversations.get(conversationId)?.push(...added);
      return added;
    },
    hasResponse: (id) => responses.has(id),
    storeResponse: (id) => void responses.add(id),
    forget() {
      conversations.clear();
      responses.clear();
    },
  };
}

function contentOf({ content, role }: JsonObject): { content?: JsonValue } {
  if (content === undefined) return {};
  if (typeof content !== "string") return { content };
  return {
    content: [{ type: role === "assistant" ? "output_text" : "input_text", text: content }],
  };
}
