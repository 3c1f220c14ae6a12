import { Agent, Runner, tool, type AgentInputItem } from "@openai/agents";
import { describe, expect, it } from "vitest";

import { toFunctionCallResult } from "../../src/agents/tool-output.ts";
import { createSdkModel, sdkCall, sdkText } from "../support/sdk-model.ts";
import { object } from "../support/sdk-tool.ts";

const call = { type: "function_call", callId: "call_1", name: "t", arguments: "{}" } as const;
const bytes = new Uint8Array([1, 2, 255]);
const cycle: Record<string, unknown> = { a: 1 };
cycle["self"] = cycle;

class Money {
  amount = 5;
  toString(): string {
    return "5 EUR";
  }
}

const plain: Record<string, unknown> = {
  "a text": "hello",
  "an empty text": "",
  "a number": -1.5,
  "minus zero": -0,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  true: true,
  undefined,
  null: null,
  "an object": { a: 1, b: undefined, c: { d: [null] } },
  "a list": [1, "x", null, undefined],
  "an empty list": [],
  "an instance": new Money(),
  "a date": new Date(0),
  "an error": new Error("boom"),
  "a map": new Map([["a", 1]]),
  "an object that writes itself": { toJSON: () => ({ a: 1 }) },
  "an object without a prototype": Object.assign(Object.create(null), { a: 1 }),
  "a function": () => 1,
  "functions inside": { f: () => 1, list: [() => 1] },
  "a symbol": Symbol("s"),
  "a bigint": 10n,
  "a bigint inside": { a: 10n },
  "a cycle": cycle,
  "a cyclic list": [cycle],
  "an object that cannot be written": {
    toJSON() {
      throw new Error("secret");
    },
  },
  bytes,
  "many bytes": new Uint8Array(300),
  "no bytes": new Uint8Array(),
  "an array buffer": bytes.buffer,
  "bytes inside": { a: bytes, b: Buffer.from("hi"), c: [new DataView(bytes.buffer, 1)] },
  "another typed object": { type: "refund", amount: 5 },
  "an input item": { type: "input_text", text: "x" },
};

const text = { type: "text", text: "hello" };
const structured: Record<string, unknown> = {
  text,
  "text and more": { ...text, extra: 1, providerData: { a: 1 } },
  "a list of texts": [text, { ...text, providerData: {} }, { ...text, providerData: 5 }],
  "mixed parts": [
    text,
    { type: "image", image: "https://example.com/a.png" },
    { type: "file", file: "f1" },
  ],
  "an image URL": { type: "image", image: { url: "https://example.com/a.png" }, detail: "high" },
  "an image file id": { type: "image", image: { fileId: "f1" } },
  "an image id": { type: "image", image: { id: "f1", fileId: "" } },
  "two image file ids": { type: "image", image: { id: "f1", fileId: "f2" } },
  "image data": { type: "image", image: { data: "aGk=", mediaType: "image/png" } },
  "image data without a type": { type: "image", image: { data: "aGk=" }, detail: "" },
  "an image data URL": {
    type: "image",
    image: { data: "data:image/png;base64,aGk=", mediaType: "a/b" },
  },
  "image bytes": { type: "image", image: { data: bytes, mediaType: "image/png" } },
  "image bytes without a type": { type: "image", image: { data: Buffer.from("hi") } },
  "image fields at the top": { type: "image", imageUrl: "https://example.com", fileId: "f1" },
  "an image file id at the top": { type: "image", image: 5, fileId: "f1", detail: 5 },
  "image data at the top": { type: "image", data: bytes, mediaType: "image/png", fileId: "f1" },
  "image by URL first": { type: "image", image: { url: "u", data: "aGk=", fileId: "f1" } },
  "an empty nested image": { type: "image", image: {}, imageUrl: "u", providerData: { a: 1 } },
  "a file id": { type: "file", file: { id: "f1", filename: "a.pdf" } },
  "another file id": { type: "file", file: { fileId: "f1", filename: 5 } },
  "a file URL": {
    type: "file",
    file: { url: "https://example.com/a.pdf", filename: "a.pdf", id: "f" },
  },
  "a file text": { type: "file", file: "f1", filename: "dropped" },
  "file data": { type: "file", file: { data: "aGk=", mediaType: "text/plain", filename: "a.txt" } },
  "file bytes": { type: "file", file: { data: bytes, mediaType: "text/plain", filename: "a.txt" } },
  "file fields at the top": { type: "file", fileUrl: "u", fileId: "f1", filename: "a" },
  "a file id at the top": { type: "file", file: {}, fileId: "f1", filename: "" },
  "file data at the top": {
    type: "file",
    fileData: bytes,
    mediaType: "a/b",
    filename: "a",
    providerData: { a: 1 },
  },
};

const malformed: Record<string, unknown> = {
  "text without text": { type: "text" },
  "text of another kind": { type: "text", text: 5 },
  "a list with another value": ["a", text],
  "a list with null": [text, null],
  "a list with another part": [text, { type: "audio", data: "x" }],
  "a nested list": [[text]],
  "an image of nothing": { type: "image" },
  "an empty image": { type: "image", image: "" },
  "an image of a number": { type: "image", image: 5 },
  "an image of bare bytes": { type: "image", image: bytes },
  "an image of a URL object": { type: "image", image: new URL("https://example.com") },
  "an image of a list of numbers": { type: "image", image: { data: [1], mediaType: "image/png" } },
  "a file of nothing": { type: "file" },
  "file data without a name": { type: "file", file: { data: "aGk=", mediaType: "a/b", url: "u" } },
  "file data without a type": { type: "file", file: { data: "aGk=", filename: "a" } },
  "file data without a name at the top": {
    type: "file",
    fileData: "aGk=",
    mediaType: "a/b",
    fileId: "f",
  },
  "a file with fields of an image": { type: "file", url: "u", id: "f" },
};

/** The item that the SDK sends to the model after a tool returned `output`. */
async function sdkItem(output: unknown): Promise<AgentInputItem | undefined> {
  const model = createSdkModel([[sdkCall("t")], [sdkText("done")]]);
  const parameters = object({}, { required: [], additionalProperties: false }) as never;
  const returning = tool({ name: "t", description: "d", parameters, execute: () => output });
  const agent = new Agent({ name: "a", model, tools: [returning] });
  await new Runner({ tracingDisabled: true }).run(agent, "hi");
  const input = model.requests[1]?.input;
  return Array.isArray(input) ? input.at(-1) : undefined;
}

describe("toFunctionCallResult", () => {
  const all = Object.entries({ ...plain, ...structured, ...malformed });
  it.each(all)("makes the SDK's item of %s", async (_name, output) => {
    const theirs = await sdkItem(output);
    expect(theirs).toMatchObject({ type: "function_call_result" });
    expect(toFunctionCallResult(call, output)).toEqual(theirs);
  });

  it("names the call, and the namespace it has", () => {
    expect(toFunctionCallResult({ ...call, namespace: "crm" }, "x")).toEqual({
      type: "function_call_result",
      name: "t",
      namespace: "crm",
      callId: "call_1",
      status: "completed",
      output: { type: "text", text: "x" },
    });
  });

  it("makes one data URL of file data that is one, unlike the SDK", () => {
    const data = "data:text/plain;base64,aGk=";
    const file = { data, mediaType: "text/plain", filename: "a.txt" };
    expect(toFunctionCallResult(call, { type: "file", file }).output).toEqual([
      { type: "input_file", file: data, filename: "a.txt" },
    ]);
  });

  it("never throws, and always has a text, whatever it is given", () => {
    const hostile: unknown[] = [
      { toJSON: () => undefined },
      {
        get type() {
          throw new Error("no");
        },
      },
      new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
          has() {
            throw new Error("no");
          },
        },
      ),
      Object.assign(() => 1, {
        toString() {
          throw new Error("no");
        },
      }),
      Array.from({ length: 20_000 }).reduce<unknown>((inner) => [inner], 1),
      new Proxy([], {
        get() {
          throw new Error("no");
        },
      }),
    ];
    for (const output of hostile) {
      const { output: text } = toFunctionCallResult(call, output);
      expect(text).toEqual({ type: "text", text: expect.stringMatching(/./s) });
    }
  });
});
