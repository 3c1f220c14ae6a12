import { OpenAIResponsesModel, Usage as TheirUsage } from "@openai/agents";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/lib/json.ts";
import { fromResponsesOutput } from "../../src/openai/responses-output.ts";
import { toResponsesInput } from "../../src/openai/responses-input.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import { theirClient } from "../support/their-client.ts";
import type { StandInReply } from "../support/openai-stand-in.ts";
import { createRequest, tryModel } from "../models/support.ts";

const text = { type: "output_text", text: "Hello there", annotations: [{ a: 1 }], logprobs: [] };
const said = { type: "message", id: "m1", role: "assistant", status: "completed", content: [text] };
const call = {
  type: "function_call",
  id: "fc_1",
  call_id: "c1",
  name: "f",
  arguments: '{"city":"Oakland"}',
  status: "completed",
};
const mcp = { server_label: "s", name: "n", arguments: "{}" };

const outputs: Record<string, (JsonObject & { type: string })[]> = {
  nothing: [],
  "a message": [said],
  "a message with more": [
    { ...said, phase: "commentary", extra: 1, content: [{ ...text, extra: 1 }] },
  ],
  "a refusal": [{ ...said, content: [{ type: "refusal", refusal: "no", extra: 1 }] }],
  "a message without content": [{ ...said, content: [] }],
  "a function call": [{ ...call, extra: 1, parsed_arguments: null }],
  "a function call with all": [{ ...call, namespace: "ns", caller: { type: "direct" } }],
  "a function call with less": [{ type: "function_call", call_id: "c1", name: "f", arguments: "" }],
  "two calls and a message": [said, call, { ...call, id: "fc_2", call_id: "c2" }],
  "a function output": [
    { type: "function_call_output", id: "fco_1", call_id: "c", output: "x", status: "completed" },
  ],
  "a function output in parts": [
    {
      type: "function_call_output",
      call_id: "c",
      name: "f",
      status: "completed",
      extra: 1,
      output: [
        { type: "input_text", text: "a", extra: 1 },
        { type: "input_image", image_url: "u", detail: "low" },
        { type: "input_image", file_id: "u" },
        { type: "input_file", file_data: "d", filename: "f" },
        { type: "input_file", file_url: "u" },
        { type: "input_file", file_id: "i" },
      ],
    },
  ],
  reasoning: [
    {
      type: "reasoning",
      id: "rs",
      summary: [{ type: "summary_text", text: "s", extra: 1 }],
      encrypted_content: "E",
      status: "completed",
    },
    {
      type: "reasoning",
      id: "rs_2",
      summary: [],
      content: [{ type: "reasoning_text", text: "t" }],
    },
  ],
  "a web search": [
    {
      type: "web_search_call",
      id: "ws",
      status: "completed",
      action: { type: "search", query: "q" },
    },
  ],
  "a file search": [
    {
      type: "file_search_call",
      id: "fs",
      status: "completed",
      queries: ["q"],
      results: [{ a: 1 }],
    },
  ],
  "a code interpreter call": [
    {
      type: "code_interpreter_call",
      id: "ci",
      status: "completed",
      code: "c",
      outputs: null,
      container_id: "z",
    },
  ],
  images: [
    { type: "image_generation_call", id: "ig", status: "completed", result: "B64", extra: 1 },
    { type: "image_generation_call", id: "ig_2", status: "failed", result: null },
  ],
  "MCP calls": [
    { type: "mcp_call", id: "mc", ...mcp, output: "o", error: null, status: "completed" },
    { type: "mcp_call", id: "mc_2", ...mcp, output: null, error: "no" },
    { type: "mcp_list_tools", id: "ml", server_label: "s", tools: [{ name: "n" }], error: null },
    { type: "mcp_approval_request", id: "ma", ...mcp },
  ],
  compaction: [
    { type: "compaction", id: "cmp", encrypted_content: "E", created_by: "u", extra: 1 },
    { type: "compaction", id: "cmp_2", encrypted_content: "E" },
  ],
  "items of a later day": [
    { type: "later_thing", id: "u", a: 1, status: "completed", nested: { a_b: 1 } },
    { type: "custom_tool_call", id: "u2", call_id: "c", name: "n", input: "x" },
  ],
};

const usages: Record<string, JsonObject | null> = {
  "all told": {
    input_tokens: 10,
    output_tokens: 5,
    total_tokens: 15,
    input_tokens_details: { cached_tokens: 2 },
    output_tokens_details: { reasoning_tokens: 1 },
  },
  "without details": { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
  none: null,
};

/** The parts of an answer that both must agree on. */
function agreed(response: unknown): unknown {
  const parsed = JSON.parse(JSON.stringify(response));
  const { output, requestId, responseId, id } = parsed.response ?? parsed;
  const usage = new TheirUsage((parsed.response ?? parsed).usage);
  return { output, requestId, responseId: responseId ?? id, usage: JSON.stringify(usage) };
}

async function answersTo(reply: StandInReply) {
  const request = createRequest();
  const ours = await tryModel(
    (baseUrl) => createResponsesModel({ model: "m", apiKey: "k", baseUrl }),
    { request, reply },
  );
  const theirs = await tryModel(
    (baseURL) => new OpenAIResponsesModel(theirClient({ apiKey: "k", baseURL }), "m"),
    { request, reply },
  );
  return { ours, theirs };
}

describe("what is made of a response equals what @openai/agents makes of it", () => {
  it.each(Object.entries(outputs))("%s", async (_name, output) => {
    const { ours, theirs } = await answersTo({ output });
    expect(agreed(ours.plain.response)).toEqual(agreed(theirs.plain.response));
    expect(agreed(ours.streamed.response)).toEqual(agreed(theirs.streamed.response));
  });

  it.each(Object.entries(usages))("usage: %s", async (_name, usage) => {
    const { ours, theirs } = await answersTo({ output: [said], response: { usage } });
    expect(agreed(ours.plain.response)).toEqual(agreed(theirs.plain.response));
    expect(agreed(ours.streamed.response)).toEqual(agreed(theirs.streamed.response));
  });
});

describe("items sent back", () => {
  it.each([
    "a message with more",
    "a refusal",
    "a function call with all",
    "reasoning",
    "a web search",
    "a file search",
    "items of a later day",
  ])("are what came: %s", (name) => {
    const came = outputs[name] ?? [];
    expect(toResponsesInput(fromResponsesOutput(came))).toEqual(came);
  });
});

describe("a response that cannot be read", () => {
  it.each<[string, JsonObject]>([
    ["no object of the API", { hello: "there" }],
    ["a call without a name", { id: "r", output: [{ type: "function_call", call_id: "c" }] }],
    ["a message part of a later day", { id: "r", output: [{ ...said, content: [{ type: "x" }] }] }],
  ])("is an invalid_response: %s", async (_name, body) => {
    const failing = answersTo({ body });
    await expect(failing).rejects.toMatchObject({ code: "invalid_response", name: "ModelError" });
  });
});
