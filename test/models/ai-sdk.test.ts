import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { aisdk, type AiSdkLanguageModel } from "../../src/ai-sdk.ts";
import { Agent, run, user } from "../../src/index.ts";
import type { AgentInputItem } from "../../src/agents/items.ts";
import type { ModelRequest } from "../../src/agents/model.ts";
import { startAiSdkStandIn } from "../support/ai-sdk-stand-in.ts";
import { collect, createRequest, everythingSaid, failureOf } from "./support.ts";

type Fields = Record<string, unknown>;

interface Scripted extends AiSdkLanguageModel {
  readonly calls: Fields[];
}

/** A model of the AI SDK that answers with these parts, whole or as a stream. */
function scripted({
  version = "v4",
  provider = "anthropic.messages",
  content = [],
  finishReason = { unified: "stop", raw: "end_turn" },
  usage = {},
  parts,
  fails = [],
}: {
  version?: string;
  provider?: string;
  content?: Fields[];
  finishReason?: unknown;
  usage?: unknown;
  parts?: unknown[];
  fails?: Error[];
} = {}): Scripted {
  const calls: Fields[] = [];
  const answer = (options: Fields): void => {
    calls.push(options);
    const failure = fails.shift();
    if (failure !== undefined) throw failure;
  };
  return {
    calls,
    specificationVersion: version,
    provider,
    modelId: "some-model",
    async doGenerate(options: Fields) {
      answer(options);
      return { content, finishReason, usage, warnings: [], response: { id: "r1" } };
    },
    async doStream(options: Fields) {
      answer(options);
      return { stream: ReadableStream.from(parts ?? streamOf(content, { finishReason, usage })) };
    },
  };
}

/** The parts that a provider streams for these. */
function streamOf(content: readonly Fields[], end: Fields): Fields[] {
  const parts = content.flatMap((part, index): Fields[] => {
    const { type, text, providerMetadata } = part;
    if (type !== "text" && type !== "reasoning") return [part];
    const id = String(index);
    const halves = String(text).match(/[\s\S]{1,4}/g) ?? [];
    return [
      { type: `${type}-start`, id },
      ...halves.map((delta) => ({ type: `${type}-delta`, id, delta })),
      {
        type: `${type}-end`,
        id,
        ...(providerMetadata === undefined ? {} : { providerMetadata }),
      },
    ];
  });
  const metadata = { type: "response-metadata", id: "r1" };
  return [{ type: "stream-start", warnings: [] }, metadata, ...parts, { type: "finish", ...end }];
}

/** What both ways of asking make of the same answer. */
async function outputsOf(model: AiSdkLanguageModel, fields: Partial<ModelRequest> = {}) {
  const asked = aisdk(model);
  const { output } = await asked.getResponse(createRequest(fields));
  const done = (await collect(asked.getStreamedResponse(createRequest(fields)))).at(-1);
  return [output, done?.type === "response_done" ? done.response.output : []];
}

/** What is sent for these items. */
async function promptOf(input: AgentInputItem[], model = scripted()): Promise<unknown> {
  await aisdk(model).getResponse(createRequest({ input }));
  return model.calls[0]?.["prompt"];
}

const signed = { anthropic: { signature: "S" } };
const thought = { type: "reasoning", text: "I must think.", providerMetadata: signed };
const call = { type: "tool-call", toolCallId: "c1", toolName: "pay", input: '{"amount":7}' };
const own = { model: "anthropic.messages:some-model" };

describe("an answer of aisdk()", () => {
  it("has thoughts, texts and calls in their order, each with what the provider wants back", async () => {
    const content = [thought, { type: "text", text: "I pay." }, call];
    for (const output of await outputsOf(scripted({ content }))) {
      expect(output).toEqual([
        {
          type: "reasoning",
          content: [{ type: "input_text", text: "I must think." }],
          rawContent: [{ type: "reasoning_text", text: "I must think." }],
          providerData: { ...own, ...signed },
        },
        {
          type: "message",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: "I pay.", providerData: own }],
          providerData: own,
        },
        {
          type: "function_call",
          callId: "c1",
          name: "pay",
          arguments: '{"amount":7}',
          status: "completed",
          providerData: own,
        },
      ]);
    }
  });

  it("is sent back as the provider gave it, in one message", async () => {
    const content = [thought, { type: "text", text: "I pay." }, call];
    const [output = []] = await outputsOf(scripted({ content }));
    const result: AgentInputItem = {
      type: "function_call_result",
      callId: "c1",
      name: "pay",
      status: "completed",
      output: "Paid",
    };
    expect(await promptOf([user("Pay."), ...output, result])).toEqual([
      { role: "user", content: [{ type: "text", text: "Pay." }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "I must think.", providerOptions: signed },
          { type: "text", text: "I pay." },
          { type: "tool-call", toolCallId: "c1", toolName: "pay", input: { amount: 7 } },
        ],
      },
      {
        role: "tool",
        content: [
          {
            type: "tool-result",
            toolCallId: "c1",
            toolName: "pay",
            output: { type: "text", value: "Paid" },
          },
        ],
      },
    ]);
  });

  it("keeps signatures from models that did not write them", async () => {
    const [output = []] = await outputsOf(scripted({ content: [thought] }));
    expect(await promptOf(output, scripted({ provider: "google.generative-ai" }))).toEqual([
      { role: "assistant", content: [{ type: "reasoning", text: "I must think." }] },
    ]);
  });

  it("is a refusal where the provider withheld it, whatever text came with it", async () => {
    const finishReason = { unified: "content-filter", raw: "refusal" };
    const said = { content: [{ type: "text", text: "I cannot." }], finishReason };
    for (const [item] of await outputsOf(scripted(said))) {
      expect(item).toMatchObject({ content: [{ type: "refusal", refusal: "I cannot." }] });
    }
    for (const [item] of await outputsOf(scripted({ finishReason }))) {
      expect(item).toMatchObject({ content: [{ type: "refusal" }] });
    }
  });

  it("keeps what the provider ran itself, and shows it again only to that model", async () => {
    const content = [
      { ...call, toolName: "web_search", providerExecuted: true },
      { type: "tool-result", toolCallId: "c1", toolName: "web_search", result: [{ url: "u" }] },
      { type: "text", text: "Found." },
    ];
    const [output = []] = await outputsOf(scripted({ content }));
    expect(output[0]).toMatchObject({ type: "hosted_tool_call", name: "web_search" });
    expect(await promptOf(output)).toMatchObject([
      {
        role: "assistant",
        content: [
          { type: "tool-call", toolCallId: "c1", providerExecuted: true, input: { amount: 7 } },
          { type: "tool-result", output: { type: "json", value: [{ url: "u" }] } },
          { type: "text", text: "Found." },
        ],
      },
    ]);
    const elsewhere = scripted({ provider: "google.generative-ai" });
    const failure = await failureOf(promptOf(output, elsewhere));
    expect(failure.message).toBe(
      'Cannot send the call of "web_search" to "some-model": another model\'s provider ran it',
    );
  });

  it("keeps files and what only the provider understands", async () => {
    const content = [
      { type: "file", mediaType: "image/png", data: { type: "data", data: new Uint8Array([1]) } },
      { type: "custom", kind: "anthropic.fallback", providerMetadata: { anthropic: { at: 1 } } },
    ];
    for (const output of await outputsOf(scripted({ content }))) {
      expect(await promptOf(output)).toEqual([
        {
          role: "assistant",
          content: [
            { type: "file", mediaType: "image/png", data: { type: "data", data: "AQ==" } },
            {
              type: "custom",
              kind: "anthropic.fallback",
              providerOptions: { anthropic: { at: 1 } },
            },
          ],
        },
      ]);
    }
  });

  it("counts tokens as each version of the AI SDK tells them", async () => {
    const v2 = { inputTokens: 9, outputTokens: 4, totalTokens: 13, cachedInputTokens: 2 };
    const v4 = {
      inputTokens: { total: 9, cacheRead: 2 },
      outputTokens: { total: 4, reasoning: 3 },
    };
    for (const [version, usage] of [
      ["v2", v2],
      ["v4", v4],
    ] as const) {
      const asked = aisdk(scripted({ version, usage }));
      const response = await asked.getResponse(createRequest());
      expect(response.usage).toMatchObject({
        requests: 1,
        inputTokens: 9,
        outputTokens: 4,
        totalTokens: 13,
        inputTokensDetails: [{ cached_tokens: 2 }],
      });
    }
  });

  it("gives a call an id of its own where the conversation has that id", async () => {
    const before: AgentInputItem = {
      type: "function_call",
      callId: "c1",
      name: "pay",
      arguments: "",
    };
    const [[item] = []] = await outputsOf(scripted({ content: [call] }), { input: [before] });
    expect(item).toMatchObject({ type: "function_call", callId: expect.stringMatching(/^call_/) });
  });

  it("is told as it comes, and fails where it breaks off", async () => {
    const content = [{ type: "text", text: "Two words" }];
    const events = await collect(aisdk(scripted({ content })).getStreamedResponse(createRequest()));
    const deltas = events.flatMap((event) =>
      event.type === "output_text_delta" ? [event.delta] : [],
    );
    expect(deltas.join("")).toBe("Two words");
    expect(events[0]?.type).toBe("response_started");
    const [broken] = [streamOf(content, {}).slice(0, -1)];
    const asked = aisdk(scripted({ parts: broken })).getStreamedResponse(createRequest());
    expect(await failureOf(collect(asked))).toMatchObject({ code: "stream_interrupted" });
  });

  it("can have its texts changed by the program", async () => {
    const model = aisdk(scripted({ content: [{ type: "text", text: "loud" }] }), {
      transformOutputText: (text, { provider }) => `${text.toUpperCase()} ${provider}`,
    });
    const { finalOutput } = await run(new Agent({ name: "A", model }), "Hi");
    expect(finalOutput).toBe("LOUD anthropic.messages");
  });
});

describe("a request of aisdk()", () => {
  it("has tools, handoffs, settings and the shape of the output", async () => {
    const model = scripted({ content: [{ type: "text", text: '{"sum":3}' }] });
    const agent = new Agent({
      name: "A",
      instructions: "Add.",
      model: aisdk(model),
      outputType: z.object({ sum: z.number() }),
      handoffs: [new Agent({ name: "Other" })],
      modelSettings: {
        temperature: 0.5,
        maxTokens: 9,
        toolChoice: "auto",
        reasoning: { effort: "low" },
        parallelToolCalls: false,
        providerData: { topK: 3, providerOptions: { anthropic: { effort: "low" } } },
      },
    });
    const { finalOutput } = await run(agent, "1 + 2");
    expect(finalOutput).toEqual({ sum: 3 });
    expect(model.calls[0]).toMatchObject({
      prompt: [{ role: "system", content: "Add." }, { role: "user" }],
      tools: [{ type: "function", name: "transfer_to_Other" }],
      toolChoice: { type: "auto" },
      responseFormat: { type: "json", schema: { properties: { sum: { type: "number" } } } },
      temperature: 0.5,
      maxOutputTokens: 9,
      topK: 3,
      reasoning: "low",
      providerOptions: { anthropic: { effort: "low", disableParallelToolUse: true } },
    });
  });

  it("says settings to OpenAI in OpenAI's words", async () => {
    const model = scripted({ provider: "openai.responses" });
    const settings = { parallelToolCalls: true, store: false, text: { verbosity: "low" } };
    await aisdk(model).getResponse(createRequest({ modelSettings: settings }));
    expect(model.calls[0]?.["providerOptions"]).toEqual({
      openai: { parallelToolCalls: true, store: false, textVerbosity: "low" },
    });
  });

  it.each([
    ["text.verbosity", { text: { verbosity: "low" } }],
    ["reasoning.summary", { reasoning: { summary: "auto" } }],
    ["store", { store: true }],
    ["promptCacheRetention", { promptCacheRetention: "24h" as const }],
  ])("refuses %s by name where the provider has no word for it", async (name, modelSettings) => {
    const model = scripted();
    const failure = await failureOf(aisdk(model).getResponse(createRequest({ modelSettings })));
    expect(failure.message).toBe(
      `Cannot call "some-model" with modelSettings.${name}: its provider takes options of its own, as providerData: { providerOptions: { anthropic: { ... } } }`,
    );
    expect(model.calls).toEqual([]);
  });

  it("refuses history that the provider keeps", async () => {
    const byProvider = {
      modelSettings: {
        providerData: { providerOptions: { anthropic: { previousResponseId: "r0" } } },
      },
    };
    for (const fields of [{ previousResponseId: "r0" }, { conversationId: "c" }, byProvider]) {
      const failure = await failureOf(aisdk(scripted()).getResponse(createRequest(fields)));
      expect(failure.message).toMatch(/^Cannot use conversationId or previousResponseId/);
    }
  });

  it.each([
    ["v2", "provider-defined", "http://h/a.png"],
    ["v3", "provider", { type: "image-url", url: "http://h/a.png" }],
    ["v4", "provider", { type: "file", data: { type: "url" }, mediaType: "image/*" }],
  ])("has hosted tools and images as %s knows them", async (version, type, image) => {
    const model = scripted({ version });
    const result: AgentInputItem = {
      type: "function_call_result",
      callId: "c1",
      name: "look",
      status: "completed",
      output: [
        { type: "input_text", text: "Seen:" },
        { type: "input_image", image: "http://h/a.png" },
      ],
    };
    await aisdk(model).getResponse(
      createRequest({ input: [result], tools: [{ type: "hosted_tool", name: "web_search" }] }),
    );
    expect(model.calls[0]?.["tools"]).toEqual([
      { type, id: "anthropic.web_search", name: "web_search", args: {} },
    ]);
    const shown = typeof image === "string" ? { type: "text", text: image } : image;
    expect(model.calls[0]?.["prompt"]).toMatchObject([
      { content: [{ output: { type: "content", value: [{ text: "Seen:" }, shown] } }] },
    ]);
  });

  it("has what a user attached, by its bytes, its address or its id", async () => {
    const attached = user([
      { type: "input_image", image: "data:image/png;base64,AQ==" },
      { type: "input_file", file: { url: "https://h/a.pdf" } },
      { type: "input_image", image: { id: "file-1" } },
    ]);
    expect(await promptOf([attached])).toEqual([
      {
        role: "user",
        content: [
          { type: "file", mediaType: "image/png", data: { type: "data", data: "AQ==" } },
          {
            type: "file",
            mediaType: "application/pdf",
            data: { type: "url", url: new URL("https://h/a.pdf") },
          },
          {
            type: "file",
            mediaType: "image/*",
            data: { type: "reference", reference: { anthropic: "file-1" } },
          },
        ],
      },
    ]);
    const failure = await failureOf(promptOf([attached], scripted({ version: "v3" })));
    expect(failure.message).toBe('Cannot send an image by id to "some-model": use a data URL');
  });
});

describe("a failure of aisdk()", () => {
  it("is told with its reason, without keys and without what was sent", async () => {
    const standIn = await startAiSdkStandIn("anthropic");
    const key = "sk-ant-this-is-the-key-of-nobody";
    const error = { type: "authentication_error", message: `invalid x-api-key ${key}` };
    standIn.fail({ status: 401, body: { type: "error", error } });
    const model = createAnthropic({ baseURL: `${standIn.url}/v1`, apiKey: key })("claude-x");
    const secret = "the-card-number-4111-1111";
    const asked = aisdk(model).getResponse(createRequest({ input: secret }));
    const failure = await failureOf(asked);
    await standIn.close();
    expect(failure).toMatchObject({ name: "ModelError", code: "unauthorized", status: 401 });
    expect(failure.message).toContain("invalid x-api-key");
    expect(everythingSaid(failure)).not.toContain(key);
    expect(everythingSaid(failure)).not.toContain(secret);
  });

  it("is waited out where it may pass, and only then", async () => {
    const standIn = await startAiSdkStandIn("openai");
    const busy = { status: 429, body: { error: { message: "slow down" } } };
    const soon = { ...busy, headers: { "retry-after-ms": "1" } };
    const wrong = { status: 400, body: { error: { message: "no such thing", code: "bad" } } };
    const model = aisdk(createOpenAI({ baseURL: `${standIn.url}/v1`, apiKey: "k" })("gpt-5.4"));
    standIn.fail(soon, soon);
    await collect(model.getStreamedResponse(createRequest()));
    expect(standIn.bodies).toHaveLength(3);
    standIn.fail(wrong);
    expect(await failureOf(model.getResponse(createRequest()))).toMatchObject({
      code: "bad_request",
      status: 400,
    });
    expect(standIn.bodies).toHaveLength(4);
    await standIn.close();
  });

  it("names the variable where there is no key, and nothing was sent", async () => {
    const failure = await failureOf(
      aisdk(createOpenAI({ baseURL: "http://127.0.0.1:1" })("gpt-5.4")).getResponse(
        createRequest(),
      ),
    );
    expect(failure).toMatchObject({ code: "unauthorized" });
    expect(failure.message).toContain("OPENAI_API_KEY");
  });

  it("is the signal's reason where somebody gave up", async () => {
    const controller = new AbortController();
    const model = scripted({ fails: [new Error("aborted")] });
    controller.abort(new Error("not wanted any more"));
    const asked = aisdk(model).getResponse(createRequest({ signal: controller.signal }));
    expect((await failureOf(asked)).message).toBe("not wanted any more");
  });

  it("is one of the stream where the provider says so in it", async () => {
    const parts = [{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }];
    const asked = aisdk(scripted({ parts })).getStreamedResponse(createRequest());
    expect((await failureOf(collect(asked))).message).toContain("Overloaded");
  });

  it("comes at once for what is no model, and for a specification that is not known", () => {
    expect(() => aisdk("gpt-5.4" as never)).toThrow(
      /takes a language model of the AI SDK, such as/,
    );
    expect(() => aisdk(scripted({ version: "v9" }))).toThrow(
      'Cannot use model "some-model": it is of specification v9 of the AI SDK, and v2, v3 and v4 are known',
    );
  });
});
