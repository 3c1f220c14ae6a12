import { OpenAIChatCompletionsModel } from "@openai/agents";
import { describe, expect, it } from "vitest";
import type { AgentInputItem } from "../../src/agents/items.ts";
import type { ModelRequest } from "../../src/agents/model.ts";
import { createChatModel } from "../../src/models/chat.ts";
import { isJsonObject } from "../../src/lib/json.ts";
import { theirClient } from "../support/their-client.ts";
import { createRequest, tryModel } from "./support.ts";

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

function settings(modelSettings: ModelRequest["modelSettings"]): Partial<ModelRequest> {
  return { modelSettings, tools: [weather] };
}

const user = { type: "message", role: "user", content: "hi" };
const said = {
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "I will look." }],
};

function call(number: number, more: object = {}): object {
  const name = `f${number}`;
  return { type: "function_call", callId: `c${number}`, name, arguments: '{"a":1}', ...more };
}

function result(number: number, output: unknown = `out${number}`): object {
  return {
    type: "function_call_result",
    callId: `c${number}`,
    name: `f${number}`,
    status: "completed",
    output,
  };
}

function parts(...content: object[]): Partial<ModelRequest> {
  return { input: parseItems([{ ...user, content }]) };
}

function items(...values: object[]): Partial<ModelRequest> {
  return { input: parseItems(values) };
}

function parseItems(values: object[]): AgentInputItem[] {
  return JSON.parse(JSON.stringify(values));
}

const requests: Record<string, Partial<ModelRequest>> = {
  "a text": {},
  instructions: { systemInstructions: "Be brief" },
  "no instructions": { systemInstructions: "" },
  "tools and handoffs": { tools: [weather, { ...weather, strict: false }], handoffs: [handoff] },
  numbers: settings({
    temperature: 0,
    topP: 0.5,
    frequencyPenalty: 0,
    presencePenalty: 1,
    maxTokens: 9,
  }),
  store: settings({ store: false }),
  "parallel calls": settings({ parallelToolCalls: true }),
  "no parallel calls": settings({ parallelToolCalls: false }),
  "parallel calls without tools": { modelSettings: { parallelToolCalls: true } },
  "tool choice auto": settings({ toolChoice: "auto" }),
  "tool choice required": settings({ toolChoice: "required" }),
  "tool choice none": settings({ toolChoice: "none" }),
  "tool choice by name": settings({ toolChoice: "get_weather" }),
  "tool choice of a handoff": {
    handoffs: [handoff],
    modelSettings: { toolChoice: "transfer_to_billing" },
  },
  "an output schema": {
    outputType: { type: "json_schema", name: "answer", strict: true, schema },
    modelSettings: { providerData: { response_format: { type: "json_object" } } },
  },
  reasoning: settings({ reasoning: { effort: "low", summary: "auto" } }),
  "no reasoning effort": settings({ reasoning: { effort: null } }),
  verbosity: settings({ text: { verbosity: "low" } }),
  "provider data": settings({
    temperature: 1,
    providerData: { temperature: 2, seed: 1, metadata: { a: "b" }, camelCase: 1 },
  }),
  "prompt caching": settings({ promptCacheRetention: "in-memory" }),
  "settings of the other API": settings({ truncation: "auto", contextManagement: [] }),
  "text parts": parts({ type: "input_text", text: "a" }, { type: "input_text", text: "b" }),
  images: parts(
    { type: "input_text", text: "What is it?" },
    { type: "input_image", image: "https://x/y.png", detail: "low" },
    { type: "input_image", image: "data:image/png;base64,AA", providerData: { extra: 1 } },
  ),
  files: parts(
    { type: "input_file", file: "data:application/pdf;base64,AA", filename: "f" },
    { type: "input_file", file: { id: "file_1" } },
  ),
  "a system message": items({ role: "system", content: "s", providerData: { name: "n" } }),
  "provider data of a message": items({ ...user, providerData: { name: "n", role: "no" } }),
  "calls and outputs": items(user, call(1), call(2), result(1), result(2)),
  "a message before a call": items(user, said, call(1), result(1), said, user),
  "a message after a call": items(user, call(1), said, result(1)),
  "calls in turn": items(user, call(1), result(1), call(2), result(2)),
  "two messages": items(said, said),
  "an output without a call": items(result(1)),
  "a structured text output": items(call(1), result(1, { type: "text", text: "t" })),
  "an output in text parts": items(
    call(1),
    result(1, [
      { type: "input_text", text: "a" },
      { type: "input_text", text: "b" },
    ]),
  ),
  "reasoning before a message": items(
    { type: "reasoning", content: [], rawContent: [{ type: "reasoning_text", text: "raw" }] },
    said,
  ),
  "reasoning before a call": items(
    { type: "reasoning", content: [], rawContent: [{ type: "reasoning_text", text: "raw" }] },
    call(1),
    result(1),
  ),
  "reasoning of the other API": items(
    { type: "reasoning", id: "rs", content: [{ type: "input_text", text: "s" }] },
    call(1, { id: "fc_1", providerData: { type: "function_call", id: "fc_1" } }),
    result(1),
  ),
  "an unknown item": items({ type: "unknown", providerData: { role: "developer", content: "x" } }),
};

const reply = { message: { role: "assistant", content: "x" } };

/** Theirs sends an assistant's text in parts; many servers want it as one string. */
function withStringContent(body: unknown): unknown {
  if (!isJsonObject(body) || !Array.isArray(body["messages"])) return body;
  const messages = body["messages"].map((message) => {
    if (!isJsonObject(message) || message["role"] !== "assistant") return message;
    const { content } = message;
    if (!Array.isArray(content)) return message;
    return { ...message, content: content.map((part) => textOf(part)).join("") };
  });
  return { ...body, messages };
}

function textOf(part: unknown): string {
  return isJsonObject(part) && typeof part["text"] === "string" ? part["text"] : "";
}

describe("a request of Chat Completions equals that of @openai/agents", () => {
  it.each(Object.entries(requests))("for %s", async (_name, fields) => {
    const request = createRequest(fields);
    const ours = await tryModel(
      (baseUrl) => createChatModel({ model: "m", apiKey: "k", baseUrl }),
      {
        request,
        reply,
      },
    );
    const theirs = await tryModel(
      (baseURL) => new OpenAIChatCompletionsModel(theirClient({ apiKey: "k", baseURL }), "m"),
      { request, reply },
    );
    expect(ours.plain.body).toEqual(withStringContent(theirs.plain.body));
    expect(ours.streamed.body).toEqual(withStringContent(theirs.streamed.body));
    expect(ours.plain.body).toBeDefined();
  });
});

async function bodyFor(fields: Partial<ModelRequest>): Promise<unknown> {
  const outcome = await tryModel((baseUrl) => createChatModel({ model: "m", baseUrl }), {
    request: createRequest(fields),
    reply,
  });
  return outcome.plain.body;
}

describe("where ours differs", () => {
  it.each<[string, Partial<ModelRequest>, unknown[]]>([
    [
      "a single text part is a string",
      parts({ type: "input_text", text: "a" }),
      [{ role: "user", content: "a" }],
    ],
    [
      "a refusal has its own field",
      items({ ...said, content: [{ type: "refusal", refusal: "no" }] }),
      [{ role: "assistant", content: null, refusal: "no" }],
    ],
    [
      "what a tool message cannot hold is named",
      items(call(1), result(1, [{ type: "input_image", image: "https://x" }])),
      [expect.anything(), { role: "tool", tool_call_id: "c1", content: "[image omitted]" }],
    ],
    [
      "messages between calls without outputs stay one turn",
      items(said, call(1), said, call(2), result(1), result(2)),
      [
        expect.objectContaining({
          content: "I will look.I will look.",
          tool_calls: [expect.anything(), expect.anything()],
        }),
        expect.objectContaining({ role: "tool" }),
        expect.objectContaining({ role: "tool" }),
      ],
    ],
    [
      "reasoning goes back by the name it came by",
      items(
        {
          type: "reasoning",
          content: [],
          rawContent: [{ type: "reasoning_text", text: "raw" }],
          providerData: { field: "reasoning_content" },
        },
        said,
      ),
      [{ role: "assistant", content: "I will look.", reasoning_content: "raw" }],
    ],
    [
      "what came with a call goes with the call only",
      items(call(1, { providerData: { extra_content: { a: 1 }, index: 0, type: "function" } })),
      [
        {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: "c1",
              type: "function",
              function: { name: "f1", arguments: '{"a":1}' },
              extra_content: { a: 1 },
            },
          ],
        },
      ],
    ],
  ])("%s", async (_name, fields, messages) => {
    expect(await bodyFor(fields)).toMatchObject({ messages });
  });
});

describe("what Chat Completions cannot do", () => {
  const model = createChatModel({ model: "m", baseUrl: "http://127.0.0.1:9" });

  it.each<[string, Partial<ModelRequest>]>([
    ["a conversation", { conversationId: "conv_1" }],
    ["a previous response", { previousResponseId: "resp_1" }],
    ["hosted tools", { tools: [{ type: "hosted_tool", name: "x", providerData: { type: "x" } }] }],
    ["a tool choice that is not offered", settings({ toolChoice: "other" })],
    ["required without tools", { modelSettings: { toolChoice: "required" } }],
    ["hosted calls", items({ type: "hosted_tool_call", name: "web_search_call" })],
    ["compaction", items({ type: "compaction", encrypted_content: "E" })],
    ["images by id", parts({ type: "input_image", image: { id: "f" } })],
    ["files by URL", parts({ type: "input_file", file: { url: "https://x" } })],
    ["other content", parts({ type: "audio", audio: "AA" })],
  ])("is a UserError: %s", async (_name, fields) => {
    await expect(model.getResponse(createRequest(fields))).rejects.toMatchObject({
      name: "UserError",
    });
  });
});
