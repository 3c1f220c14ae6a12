import { describe, expect, it } from "vitest";
import type { AgentInputItem } from "../../src/agents/items.ts";
import { toResponsesInput } from "../../src/openai/responses-input.ts";
import { responsesBodies } from "../models/responses-bodies.ts";

function message(content: unknown, more: object = {}): unknown {
  return { type: "message", role: "user", content, ...more };
}

function said(content: unknown[], more: object = {}): unknown {
  return { type: "message", role: "assistant", status: "completed", content, ...more };
}

function result(output: unknown, more: object = {}): unknown {
  return {
    type: "function_call_result",
    callId: "c1",
    name: "f",
    status: "completed",
    output,
    ...more,
  };
}

function hostedCall(type: string, data: object = {}, more: object = {}): unknown {
  const providerData = { type, ...data };
  return {
    type: "hosted_tool_call",
    id: "h1",
    name: type,
    status: "completed",
    providerData,
    ...more,
  };
}

const call = { type: "function_call", callId: "c1", name: "f", arguments: "{}" };
const marks = { fooBar: 1, Nested: { aB: [{ cD: 1 }] }, id: "not_mine", created_by: "x" };

const items: Record<string, unknown[]> = {
  "no items": [],
  "a user message": [message("hi")],
  "a message without a type": [{ role: "user", content: "hi" }],
  "provider data of a message": [
    message("hi", { id: "msg_1", providerData: { ...marks, type: "T", role: "no", phase: "no" } }),
  ],
  "text parts": [
    message([
      { type: "input_text", text: "a" },
      { type: "input_text", text: "b", providerData: { fooBar: 1, text: "no", annotations: [1] } },
    ]),
  ],
  images: [
    message([
      { type: "input_image", image: "https://x/y.png" },
      { type: "input_image", image: "data:image/png;base64,AAAA", detail: "high" },
      { type: "input_image", image: { id: "file_1" }, providerData: { imageUrl: "no", extra: 1 } },
      { type: "input_image" },
    ]),
  ],
  files: [
    message([
      { type: "input_file", file: "data:application/pdf;base64,AA", filename: "a.pdf" },
      { type: "input_file", file: "https://x/a.pdf" },
      {
        type: "input_file",
        file: { id: "file_1" },
        filename: "f",
        providerData: { detail: "low" },
      },
      { type: "input_file", file: { url: "https://x" }, providerData: { filename: "no" } },
      { type: "input_file", file: "AAAA" },
    ]),
  ],
  "a system message": [{ role: "system", content: "s", id: "q", providerData: marks }],
  "an assistant message": [
    said(
      [
        { type: "output_text", text: "x", providerData: { annotations: [{ t: 1 }], logprobs: [] } },
        { type: "refusal", refusal: "no", providerData: { extra: 1, refusal: "n" } },
      ],
      { id: "msg_1", providerData: { ...marks, phase: "commentary", content: "no" } },
    ),
  ],
  "an assistant message without more": [
    said([{ type: "output_text", text: "x" }], { status: "incomplete", phase: "final_answer" }),
  ],
  "a function call": [call],
  "a function call with all": [
    {
      ...call,
      id: "fc_1",
      status: "completed",
      namespace: "ns",
      caller: { type: "direct" },
      providerData: { ...marks, callId: "no", arguments: "no", phase: "kept" },
    },
  ],
  "a text output": [call, result("sunny")],
  "an output with all": [
    call,
    result("sunny", { id: "fco_1", namespace: "ns", providerData: { ...marks, name: "kept" } }),
  ],
  "a structured text output": [call, result({ type: "text", text: "t", providerData: marks })],
  "image outputs": [
    result({ type: "image", image: "https://x", detail: "low" }),
    result({ type: "image", image: { data: "AAAA", mediaType: "image/png" } }),
    result({ type: "image", image: { data: "AAAA" } }),
    result({ type: "image", image: { data: "data:image/gif;base64,AA", mediaType: "image/png" } }),
    result({ type: "image", image: { url: "https://x" } }),
    result({ type: "image", image: { fileId: "f" } }),
    result({ type: "image" }),
  ],
  "file outputs": [
    result({ type: "file", file: "AAAA" }),
    result({ type: "file", file: "https://x" }),
    result({ type: "file", file: { data: "AAAA", mediaType: "application/pdf", filename: "a" } }),
    result({ type: "file", file: { url: "https://x", filename: "a" } }),
    result({ type: "file", file: { id: "f" } }),
  ],
  "outputs in parts": [
    result([]),
    result([
      { type: "input_text", text: "a", providerData: marks },
      { type: "input_image", image: "https://x", detail: "low", providerData: marks },
      { type: "input_image", image: { id: "f" } },
      { type: "input_image" },
      { type: "input_file", file: "data:a;base64,b", filename: "x" },
      { type: "input_file", file: "http://x" },
      { type: "input_file", file: { id: "f" } },
      { type: "input_file", file: { url: "u" } },
    ]),
  ],
  reasoning: [
    {
      type: "reasoning",
      id: "rs_1",
      content: [
        { type: "input_text", text: "s1" },
        { type: "input_text", text: "s2", providerData: { extra: 1 } },
      ],
      rawContent: [{ type: "reasoning_text", text: "raw" }],
      providerData: { ...marks, encrypted_content: "E", status: "completed", summary: "no" },
    },
  ],
  "reasoning without an id": [
    { type: "reasoning", content: [], providerData: { encryptedContent: "E" } },
  ],
  "web search calls": [
    hostedCall("web_search_call", { action: { type: "search", query: "x" }, status: "no" }),
    hostedCall("web_search", marks),
    { type: "hosted_tool_call", name: "x", providerData: { type: "web_search_call" } },
  ],
  "file search calls": [
    hostedCall("file_search_call", { queries: ["a"], results: null }),
    hostedCall("file_search_call", {}, { status: "searching" }),
  ],
  "code interpreter calls": [
    hostedCall("code_interpreter_call", { code: "c", container_id: "c1", outputs: null }),
    hostedCall("code_interpreter_call", { results: [1] }),
  ],
  "image generation calls": [
    hostedCall("image_generation_call", { result: "B64" }),
    hostedCall("image_generation_call", { revised_prompt: "r" }, { output: "B64" }),
  ],
  "MCP calls": [
    hostedCall("mcp_call", { server_label: "s", name: "n", arguments: "{}", output: "o" }),
    hostedCall("mcp_call", { id: "mine", status: "failed" }, { output: "O", arguments: "A" }),
    hostedCall("mcp_list_tools", { server_label: "s", tools: [{ name: "n" }], id: "no" }),
    hostedCall("mcp_approval_request", { id: "mcpr_1", server_label: "s", name: "n" }),
    hostedCall("mcp_approval_response", { approve: true, approval_request_id: "mcpr_1" }),
  ],
  compaction: [
    {
      type: "compaction",
      id: "cmp_1",
      encrypted_content: "E",
      created_by: "x",
      providerData: marks,
    },
  ],
  "unknown items": [
    { type: "unknown", id: "u", providerData: { type: "later", ...marks } },
    { type: "unknown", providerData: { type: "later", list: [{ aB: 1 }] } },
  ],
};

function parseItems(values: unknown[]): AgentInputItem[] {
  return JSON.parse(JSON.stringify(values));
}

describe("items sent to the Responses API equal those of @openai/agents", () => {
  it.each(Object.entries(items))("%s", async (_name, values) => {
    const { ours, theirs } = await responsesBodies({ input: parseItems(values) });
    expect(ours.plain.body).toEqual(theirs.plain.body);
    expect(ours.streamed.body).toEqual(theirs.streamed.body);
    expect(ours.plain.body).toBeDefined();
  });
});

describe("what has no place there is a UserError", () => {
  it.each<[string, unknown]>([
    ["an unknown item", { type: "later" }],
    ["an unknown role", { role: "developer", content: "x" }],
    ["audio", message([{ type: "audio", audio: "AA" }])],
    ["an unknown hosted call", hostedCall("later_call")],
    ["an unknown part of an answer", said([{ type: "audio" }])],
    ["an unknown part of an output", result([{ type: "text", text: "a" }])],
  ])("%s", (_name, item) => {
    const convert = () => toResponsesInput(parseItems([item]));
    expect(convert).toThrow(expect.objectContaining({ name: "UserError" }));
  });
});

it("takes no prototype from provider data", () => {
  const providerData: unknown = JSON.parse('{ "more": { "__proto__": { "a": 1 }, "bC": 2 } }');
  const [item] = toResponsesInput([message("hello", { providerData }) as AgentInputItem]);
  expect(JSON.stringify(item)).toBe('{"more":{"b_c":2},"role":"user","content":"hello"}');
  expect(Object.getPrototypeOf(item?.["more"])).toBe(Object.prototype);
});

describe("an item that is sent again", () => {
  it("is converted once", () => {
    const item = Object.freeze(message("hi")) as AgentInputItem;
    const [first] = toResponsesInput([item]);
    expect(toResponsesInput([item, item])).toEqual([first, first]);
    expect(toResponsesInput([item])[0]).toBe(first);
  });
});
