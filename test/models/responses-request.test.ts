import { describe, expect, it } from "vitest";
import { isRepeatable, type ModelRequest } from "../../src/agents/model.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import { createRequest } from "./support.ts";
import { responsesBodies } from "./responses-bodies.ts";

const schema = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
const weather = {
  type: "function" as const,
  name: "get_weather",
  description: "Weather of a city",
  parameters: schema,
  strict: true,
};
const handoff = {
  toolName: "transfer_to_billing",
  toolDescription: "Hand over",
  inputJsonSchema: { type: "object", properties: {}, required: [], additionalProperties: false },
  strictJsonSchema: true,
};

function hosted(providerData: Record<string, unknown>) {
  return { type: "hosted_tool" as const, name: String(providerData["type"]), providerData };
}

function settings(modelSettings: ModelRequest["modelSettings"]): Partial<ModelRequest> {
  return { modelSettings, tools: [weather] };
}

const requests: Record<string, Partial<ModelRequest>> = {
  "a text": {},
  instructions: { systemInstructions: "Be brief" },
  "no instructions": { systemInstructions: "" },
  "function tools and handoffs": { tools: [weather], handoffs: [handoff] },
  "a tool that is not strict": { tools: [{ ...weather, strict: false }] },
  "numbers of the settings": settings({ temperature: 0, topP: 0.9, maxTokens: 5 }),
  "settings that this API lacks": settings({ frequencyPenalty: 1, presencePenalty: 1 }),
  "truncation and store": settings({ truncation: "auto", store: false }),
  "parallel calls": settings({ parallelToolCalls: true }),
  "no parallel calls": settings({ parallelToolCalls: false }),
  "parallel calls without tools": { modelSettings: { parallelToolCalls: false } },
  "tool choice auto": settings({ toolChoice: "auto" }),
  "tool choice required": settings({ toolChoice: "required" }),
  "tool choice none": settings({ toolChoice: "none" }),
  "tool choice by name": settings({ toolChoice: "get_weather" }),
  "tool choice auto without tools": { modelSettings: { toolChoice: "auto" } },
  "tool choice of a handoff": {
    handoffs: [handoff],
    modelSettings: { toolChoice: "transfer_to_billing" },
  },
  "tool choice of a hosted tool": {
    tools: [hosted({ type: "web_search", name: "web_search" })],
    modelSettings: { toolChoice: "web_search" },
  },
  reasoning: settings({ reasoning: { effort: "low", summary: "auto" } }),
  "reasoning, further fields": settings({ reasoning: { effort: null, context: "auto" } }),
  verbosity: settings({ text: { verbosity: "low" } }),
  "an output schema": {
    outputType: { type: "json_schema", name: "answer", strict: true, schema },
  },
  "an output schema and verbosity": {
    outputType: { type: "json_schema", name: "answer", strict: false, schema },
    modelSettings: { text: { verbosity: "low" }, providerData: { text: { extra: 1 } } },
  },
  "provider data": settings({
    temperature: 1,
    providerData: { metadata: { a: "b" }, temperature: 2, service_tier: "flex", camelCase: 1 },
  }),
  "provider data that takes over": {
    modelSettings: { providerData: { model: "other", input: "other", stream: true, store: true } },
  },
  "provider data merged": settings({
    reasoning: { effort: "low" },
    text: { verbosity: "low" },
    providerData: { reasoning: { summary: "auto" }, text: { verbosity: "high" } },
  }),
  "include in provider data": {
    modelSettings: { providerData: { include: ["reasoning.encrypted_content"] } },
  },
  "extra body, headers and query": settings({
    providerData: {
      extra_body: { seed: 1, temperature: 0.1, text: { extra: 1 } },
      extraBody: { ignored: 1 },
      extra_headers: { "x-extra": "yes" },
      extra_query: { q: 1 },
    },
  }),
  "prompt caching": settings({
    promptCacheRetention: "in-memory",
    promptCacheOptions: { mode: "explicit" },
  }),
  "context management": settings({
    contextManagement: [{ type: "compaction", compactThreshold: 1000 }],
  }),
  "unknown settings": settings({ somethingElse: 1, timeoutMs: 60_000, retry: { maxRetries: 0 } }),
  "a previous response": { previousResponseId: "resp_before" },
  "a conversation": { conversationId: "conv_1" },
  "a conversation and a previous response": {
    conversationId: "conv_1",
    previousResponseId: "resp_before",
  },
  "web search": {
    tools: [
      hosted({
        type: "web_search",
        name: "web_search",
        user_location: { type: "approximate", city: "x" },
        filters: { allowed_domains: ["a"] },
        search_context_size: "low",
        external_web_access: false,
      }),
    ],
  },
  "web search preview": { tools: [hosted({ type: "web_search_preview" })] },
  "file search with results": {
    tools: [
      hosted({
        type: "file_search",
        name: "file_search",
        vector_store_ids: ["vs"],
        max_num_results: 3,
        include_search_results: true,
      }),
    ],
  },
  "two tools that include": {
    tools: [
      hosted({ type: "code_interpreter", container: { type: "auto" }, include_outputs: true }),
      hosted({ type: "file_search", vector_store_ids: ["v"], include_search_results: true }),
      hosted({ type: "file_search", vector_store_ids: ["w"], include_search_results: true }),
    ],
  },
  "image generation": {
    tools: [
      hosted({ type: "image_generation", name: "image_generation", quality: "low", size: "auto" }),
    ],
  },
  "hosted MCP": { tools: [hosted({ type: "mcp", server_label: "s", server_url: "https://s" })] },
  "hosted MCP with approval": {
    tools: [
      hosted({
        type: "mcp",
        server_label: "s",
        connector_id: "c",
        authorization: "key",
        allowed_tools: { tool_names: ["a"] },
        headers: { a: "b" },
        require_approval: { never: { tool_names: ["b"] }, always: { tool_names: ["a"] } },
      }),
    ],
  },
  "a hosted tool of a later day": { tools: [hosted({ type: "later", name: "kept", fooBar: 1 })] },
};

describe("a request of the Responses API equals that of @openai/agents", () => {
  it.each(Object.entries(requests))("for %s", async (_name, fields) => {
    const { ours, theirs } = await responsesBodies(fields);
    expect(ours.plain.body).toEqual(theirs.plain.body);
    expect(ours.streamed.body).toEqual(theirs.streamed.body);
    expect(ours.plain.body).toBeDefined();
  });
});

describe("what cannot be sent", () => {
  const model = createResponsesModel({ model: "m", apiKey: "k", baseUrl: "http://127.0.0.1:9" });

  it.each([
    ["a tool choice that is not offered", settings({ toolChoice: "other" })],
    ["required without tools", { modelSettings: { toolChoice: "required" } }],
    ["a hosted tool without data", { tools: [{ type: "hosted_tool" as const, name: "x" }] }],
  ])("is a UserError: %s", async (_name, fields: Partial<ModelRequest>) => {
    await expect(model.getResponse(createRequest(fields))).rejects.toMatchObject({
      name: "UserError",
    });
  });
});

describe("a request is repeatable", () => {
  it.each<[string, Partial<ModelRequest>, boolean]>([
    ["with nothing kept by the server", { tools: [weather] }, true],
    ["with a search", { tools: [hosted({ type: "web_search" })] }, true],
    ["not after a previous response", { previousResponseId: "r" }, false],
    ["not in a conversation", { conversationId: "c" }, false],
    ["not with hosted MCP", { tools: [hosted({ type: "mcp" })] }, false],
    ["not with a code interpreter", { tools: [hosted({ type: "code_interpreter" })] }, false],
    [
      "not with a conversation in provider data",
      { modelSettings: { providerData: { conversation: "c" } } },
      false,
    ],
  ])("%s", (_name, fields, expected) => {
    expect(isRepeatable(createRequest(fields))).toBe(expected);
  });
});
