import { OpenAIChatCompletionsModel, Usage as TheirUsage } from "@openai/agents";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentOutputItem } from "../../src/agents/items.ts";
import type { ModelRequest, ResponseStreamEvent } from "../../src/agents/model.ts";
import { isJsonObject, type JsonObject } from "../../src/lib/json.ts";
import { createChatModel } from "../../src/models/chat.ts";
import {
  startOpenAiStandIn,
  type OpenAiStandIn,
  type StandInReply,
} from "../support/openai-stand-in.ts";
import { theirClient } from "../support/their-client.ts";
import { collect, createRequest, tryModel } from "./support.ts";

let standIn: OpenAiStandIn;
beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});
afterEach(() => standIn.close());

function model() {
  return createChatModel({ model: "m", baseUrl: standIn.url });
}

function stream(fields: Partial<ModelRequest> = {}): Promise<ResponseStreamEvent[]> {
  return collect(model().getStreamedResponse(createRequest(fields)));
}

/** What both ways of asking make of the same reply. */
async function outputsFor(reply: StandInReply, fields: Partial<ModelRequest> = {}) {
  standIn.reply(reply, reply);
  const { output } = await model().getResponse(createRequest(fields));
  const done = (await stream(fields)).at(-1);
  return [output, done?.type === "response_done" ? done.response.output : []];
}

function toolCall(
  id: string | null,
  name: string,
  json: string,
  more: JsonObject = {},
): JsonObject {
  return { id, type: "function", function: { name, arguments: json }, ...more };
}

const words = "The weather in Oakland is sunny.";

describe("an answer", () => {
  it.each<[string, JsonObject, object[]]>([
    [
      "text",
      { role: "assistant", content: words, refusal: null },
      [{ role: "assistant", content: [{ type: "output_text", text: words }] }],
    ],
    [
      "a refusal",
      { role: "assistant", content: null, refusal: "no way" },
      [{ role: "assistant", content: [{ type: "refusal", refusal: "no way" }] }],
    ],
    [
      "two calls",
      {
        role: "assistant",
        content: null,
        tool_calls: [toolCall("c1", "f", '{"city":"Oakland"}'), toolCall("c2", "g", "{}")],
      },
      [
        { type: "function_call", callId: "c1", name: "f", arguments: '{"city":"Oakland"}' },
        { type: "function_call", callId: "c2", name: "g", arguments: "{}" },
      ],
    ],
    [
      "text and a call",
      { role: "assistant", content: "Look:", tool_calls: [toolCall("c1", "f", "{}")] },
      [
        { role: "assistant", content: [{ type: "output_text", text: "Look:" }] },
        { type: "function_call", callId: "c1" },
      ],
    ],
    [
      "reasoning",
      { role: "assistant", reasoning: "Well.", content: "Yes" },
      [
        { type: "reasoning", rawContent: [{ type: "reasoning_text", text: "Well." }] },
        { role: "assistant" },
      ],
    ],
    [
      "reasoning by its other name",
      { role: "assistant", reasoning_content: "Well.", content: "Yes" },
      [
        {
          type: "reasoning",
          rawContent: [{ type: "reasoning_text", text: "Well." }],
          providerData: { field: "reasoning_content" },
        },
        { role: "assistant" },
      ],
    ],
    [
      "a call without arguments",
      { role: "assistant", content: "", tool_calls: [toolCall("c1", "f", "")] },
      [{ type: "function_call", arguments: "{}" }],
    ],
    [
      "what comes with a call",
      {
        role: "assistant",
        content: null,
        tool_calls: [toolCall("c1", "f", "{}", { extra_content: { google: { signature: "x" } } })],
      },
      [{ type: "function_call", providerData: { extra_content: { google: { signature: "x" } } } }],
    ],
  ])("becomes items, plain and streamed: %s", async (_name, message, expected) => {
    for (const output of await outputsFor({ message })) {
      expect(output).toHaveLength(expected.length);
      expect(output).toMatchObject(expected);
    }
  });

  it("has parsed arguments written as text", async () => {
    const parsed = { id: "c1", type: "function", function: { name: "f", arguments: { a: 1 } } };
    standIn.reply({ message: { role: "assistant", content: null, tool_calls: [parsed] } });
    const { output } = await model().getResponse(createRequest());
    expect(output).toMatchObject([{ arguments: '{"a":1}' }]);
  });

  it("withheld by a content filter is a refusal", async () => {
    const choice = { index: 0, message: { role: "assistant", content: null } };
    const completion = { choices: [{ ...choice, finish_reason: "content_filter" }] };
    for (const output of await outputsFor({ message: {}, completion })) {
      expect(output).toMatchObject([{ content: [{ type: "refusal" }] }]);
    }
  });

  it("has the usage, the response id and the request id", async () => {
    standIn.reply({ message: { role: "assistant", content: "x" } });
    expect(await model().getResponse(createRequest())).toMatchObject({
      usage: {
        requests: 1,
        inputTokens: 10,
        outputTokens: 1,
        totalTokens: 11,
        inputTokensDetails: [{ cached_tokens: 1 }],
        outputTokensDetails: [{ reasoning_tokens: 0 }],
      },
      responseId: "chatcmpl_1",
      requestId: "req_stand_in",
    });
  });

  it("counts as one request where the server tells no usage", async () => {
    const silent = { message: { role: "assistant", content: "x" }, completion: { usage: null } };
    standIn.reply(silent, silent);
    const zeros = { requests: 1, inputTokens: 0, outputTokens: 0, totalTokens: 0 };
    expect((await model().getResponse(createRequest())).usage).toMatchObject(zeros);
    expect((await stream()).at(-1)).toMatchObject({ response: { usage: zeros } });
  });

  it.each<[string, JsonObject]>([
    ["no choices", { id: "x", choices: [] }],
    ["nothing known", { hello: "there" }],
  ])("without content cannot be read: %s", async (_name, body) => {
    standIn.reply({ body });
    await expect(model().getResponse(createRequest())).rejects.toMatchObject({
      code: "invalid_response",
    });
  });

  it("that is an error in spite of its status fails", async () => {
    standIn.reply({ body: { error: { message: "out of memory" } } });
    await expect(model().getResponse(createRequest())).rejects.toMatchObject({
      code: "server_error",
    });
  });
});

describe("call ids", () => {
  const used: ModelRequest["input"] = [
    { type: "function_call", callId: "call_0", name: "f", arguments: "{}" },
    { type: "function_call_result", callId: "call_0", name: "f", status: "completed", output: "" },
  ];

  it.each<[string, (string | null)[]]>([
    ["empty", ["", ""]],
    ["missing", [null]],
    ["used before", ["call_0"]],
    ["the same twice", ["c1", "c1"]],
  ])("are made unique when they are %s", async (_name, ids) => {
    const calls = ids.map((id, at) => toolCall(id, `f${at}`, "{}"));
    const message = { role: "assistant", content: null, tool_calls: calls };
    for (const output of await outputsFor({ message }, { input: used })) {
      const made = callIdsOf(output);
      expect(made).toHaveLength(ids.length);
      expect(new Set([...made, "call_0", ""]).size).toBe(ids.length + 2);
    }
  });

  it("stay what the server said otherwise", async () => {
    const calls = [toolCall("c1", "f", "{}"), toolCall("c2", "f", "{}")];
    const message = { role: "assistant", content: null, tool_calls: calls };
    for (const output of await outputsFor({ message }, { input: used })) {
      expect(callIdsOf(output)).toEqual(["c1", "c2"]);
    }
  });
});

function callIdsOf(output: AgentOutputItem[]): string[] {
  return output.flatMap((item) => (item.type === "function_call" ? [item.callId] : []));
}

function chunk(delta: JsonObject, finish: string | null = null): JsonObject {
  return { id: "cc", choices: [{ index: 0, delta, finish_reason: finish }] };
}

function callChunk(index: number | undefined, call: JsonObject): JsonObject {
  return chunk({ tool_calls: [{ ...(index !== undefined && { index }), ...call }] });
}

describe("a stream", () => {
  it("tells the text in deltas that join to the message", async () => {
    standIn.reply({ message: { role: "assistant", content: words } });
    const events = await stream();
    const deltas = events.filter((event) => event.type === "output_text_delta");
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(words);
    const types = events.map(({ type }) => type);
    expect(types.at(0)).toBe("response_started");
    expect(types.filter((type) => type === "response_done")).toHaveLength(1);
    expect(types.at(-1)).toBe("response_done");
  });

  it.each<[string, JsonObject[]]>([
    [
      "by index, interleaved",
      [
        callChunk(0, { id: "c1", function: { name: "f", arguments: "" } }),
        callChunk(1, { id: "c2", function: { name: "g", arguments: '{"b"' } }),
        callChunk(0, { function: { arguments: '{"a":' } }),
        callChunk(1, { function: { arguments: ":2}" } }),
        callChunk(0, { function: { arguments: "1}" } }),
      ],
    ],
    [
      "without an index",
      [
        callChunk(undefined, { id: "c1", function: { name: "f", arguments: '{"a":' } }),
        callChunk(undefined, { function: { arguments: "1}" } }),
        callChunk(undefined, { id: "c2", function: { name: "g", arguments: '{"b":2}' } }),
      ],
    ],
    [
      "all with index 0",
      [
        callChunk(0, { id: "c1", function: { name: "f", arguments: '{"a":1}' } }),
        callChunk(0, { id: "c2", function: { name: "g", arguments: '{"b":2}' } }),
      ],
    ],
    [
      "with the id in every chunk",
      [
        callChunk(0, { id: "c1", function: { name: "f", arguments: '{"a":' } }),
        callChunk(0, { id: "c1", function: { arguments: "1}" } }),
        callChunk(1, { id: "c2", function: { name: "g", arguments: '{"b":2}' } }),
      ],
    ],
  ])("puts calls together %s", async (_name, chunks) => {
    standIn.reply({ events: [...chunks, chunk({}, "tool_calls")], done: true });
    expect((await stream()).at(-1)).toMatchObject({
      response: {
        output: [
          { callId: "c1", name: "f", arguments: '{"a":1}' },
          { callId: "c2", name: "g", arguments: '{"b":2}' },
        ],
      },
    });
  });

  it("that breaks off is interrupted", async () => {
    standIn.reply({ message: { role: "assistant", content: words }, breakOffAfter: 3 });
    await expect(stream()).rejects.toMatchObject({ code: "stream_interrupted", retryable: true });
  });

  it("that ends without a finish reason is interrupted: half a call must not run", async () => {
    const begun = callChunk(0, { id: "c1", function: { name: "f", arguments: "{}" } });
    standIn.reply({ events: [begun], done: true });
    await expect(stream()).rejects.toMatchObject({ code: "stream_interrupted" });
  });

  it("with an error in it fails", async () => {
    standIn.reply({ events: [chunk({ content: "x" }), { error: { message: "out of memory" } }] });
    await expect(stream()).rejects.toMatchObject({ code: "server_error" });
  });
});

/** Texts and calls, without the ids and provider data that theirs makes up. */
function essence(response: unknown): unknown {
  const parsed = JSON.parse(JSON.stringify(response));
  const { output, usage } = parsed.response ?? parsed;
  const items: JsonObject[] = output.filter(isJsonObject);
  return {
    usage: JSON.stringify(new TheirUsage(usage)),
    output: items.map(({ type, name, callId, arguments: json, content }) => ({
      type,
      name,
      callId,
      json,
      texts: Array.isArray(content)
        ? content.map((part) => (isJsonObject(part) ? (part["text"] ?? part["refusal"]) : part))
        : [],
    })),
  };
}

describe("what is made of an answer equals what @openai/agents makes of it", () => {
  it.each<[string, JsonObject]>([
    ["text", { role: "assistant", content: words }],
    ["a refusal", { role: "assistant", content: null, refusal: "no" }],
    ["reasoning", { role: "assistant", content: "x", reasoning: "because" }],
    [
      "calls",
      {
        role: "assistant",
        content: "Look:",
        tool_calls: [toolCall("c1", "f", '{"a":1}'), toolCall("c2", "g", "{}")],
      },
    ],
  ])("%s", async (_name, message) => {
    const trial = { request: createRequest(), reply: { message } };
    const ours = await tryModel((baseUrl) => createChatModel({ model: "m", baseUrl }), trial);
    const theirs = await tryModel(
      (baseURL) => new OpenAIChatCompletionsModel(theirClient({ apiKey: "k", baseURL }), "m"),
      trial,
    );
    expect(essence(ours.plain.response)).toEqual(essence(theirs.plain.response));
    expect(essence(ours.streamed.response)).toEqual(essence(theirs.streamed.response));
  });
});
