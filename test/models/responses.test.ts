import { OpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ModelRequest, ResponseStreamEvent } from "../../src/agents/model.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { collect, createRequest, failureOf } from "./support.ts";

const words = "The weather in Oakland is sunny — 18 °C.";
const said: JsonObject = {
  type: "message",
  id: "m1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: words, annotations: [] }],
};
const call: JsonObject = {
  type: "function_call",
  id: "fc_1",
  call_id: "c1",
  name: "get_weather",
  arguments: '{"city":"Oakland"}',
  status: "completed",
};

let standIn: OpenAiStandIn;
beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});
afterEach(() => standIn.close());

function model() {
  return createResponsesModel({ model: "m", apiKey: "k", baseUrl: standIn.url });
}

function stream(fields: Partial<ModelRequest> = {}): Promise<ResponseStreamEvent[]> {
  return collect(model().getStreamedResponse(createRequest(fields)));
}

describe("a stream", () => {
  it("tells the text in deltas that join to the message", async () => {
    standIn.reply({ output: [said, call] });
    const events = await stream();
    const deltas = events.filter((event) => event.type === "output_text_delta");
    expect(deltas.length).toBeGreaterThan(3);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(words);
    expect(new Set(deltas.map(({ itemId }) => itemId))).toEqual(new Set(["m1"]));
  });

  it("begins with response_started and ends with exactly one response_done", async () => {
    standIn.reply({ output: [said, call] });
    const types = (await stream()).map(({ type }) => type);
    expect(types.at(0)).toBe("response_started");
    expect(types.at(-1)).toBe("response_done");
    expect(types.filter((type) => type === "response_done")).toHaveLength(1);
  });

  it("passes every event of the provider on", async () => {
    const events = [{ type: "response.later", a: 1 }, completed([said])];
    standIn.reply({ events });
    const raw = (await stream()).filter((event) => event.type === "model");
    expect(raw.map(({ event }) => event)).toEqual(events);
    expect(raw[0]?.providerData).toEqual({ rawModelEventSource: "openai-responses" });
  });

  it("is done at the first completed response, whatever follows", async () => {
    standIn.reply({ events: [completed([said]), completed([]), { type: "later" }] });
    const done = (await stream()).filter((event) => event.type === "response_done");
    expect(done).toHaveLength(1);
    expect(done[0]?.response.output).toHaveLength(1);
  });

  it.each([0, 1, 4, 9])("that breaks off after %i events is interrupted", async (breakOffAfter) => {
    standIn.reply({ output: [said], breakOffAfter });
    await expect(stream()).rejects.toMatchObject({
      code: "stream_interrupted",
      retryable: true,
      name: "ModelError",
    });
  });

  it("that ends without a completed response is interrupted", async () => {
    standIn.reply({ events: [{ type: "response.created", response: {} }] });
    await expect(stream()).rejects.toMatchObject({ code: "stream_interrupted" });
  });

  it("that stalls ends in time", async () => {
    standIn.reply({ events: [{ type: "response.created", response: {} }], stall: true });
    const failing = stream({ modelSettings: { timeoutMs: 50 } });
    await expect(failing).rejects.toMatchObject({ code: "timeout" });
  });

  it.each([
    ["server_error", { code: "server_error", message: "boom" }],
    ["rate_limited", { code: "rate_limit_exceeded", message: "slow down" }],
  ])("with an error event fails: %s", async (code, error) => {
    standIn.reply({ events: [{ type: "error", ...error, param: null }] });
    await expect(stream()).rejects.toMatchObject({ code });
  });
});

describe.each(["plain", "streamed"])("a %s response", (mode) => {
  const ask = (fields: Partial<ModelRequest> = {}): Promise<unknown> =>
    mode === "plain" ? model().getResponse(createRequest(fields)) : stream(fields);

  it("that is incomplete is no answer", async () => {
    const response = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
    standIn.reply({ output: [said], response });
    const error = await failureOf(ask());
    expect(error).toMatchObject({ name: "ModelBehaviorError" });
    expect(error.message).toContain("max_output_tokens");
  });

  it.each([
    ["server_error", { code: "server_error", message: "boom" }, true],
    ["rate_limited", { code: "rate_limit_exceeded", message: "slow" }, true],
    ["bad_request", { code: "invalid_prompt", message: "no" }, false],
  ])("that failed is a ModelError: %s", async (code, error, retryable) => {
    standIn.reply({ output: [], response: { status: "failed", error } });
    await expect(ask()).rejects.toMatchObject({ code, retryable, name: "ModelError" });
  });

  it("is tried again after a passing failure, twice at most by default", async () => {
    const busy = { status: 503, error: "busy", headers: { "retry-after-ms": "1" } };
    standIn.reply(busy, busy, busy, { output: [said] });
    await expect(ask()).rejects.toMatchObject({ code: "server_error", status: 503 });
    expect(standIn.requests).toHaveLength(3);
  });

  it("is tried again as often as the settings say", async () => {
    const busy = { status: 429, error: "slow down", headers: { "retry-after-ms": "1" } };
    standIn.reply(busy, { output: [said] });
    await ask({ modelSettings: { retry: { maxRetries: 1 } } });
    expect(standIn.requests).toHaveLength(2);
  });

  it.each<[string, Partial<ModelRequest>]>([
    ["a conversation", { conversationId: "conv_1" }],
    ["a previous response", { previousResponseId: "resp_before" }],
    [
      "a hosted tool that can act",
      {
        tools: [
          {
            type: "hosted_tool",
            name: "hosted_mcp",
            providerData: { type: "mcp", server_label: "s", server_url: "https://s" },
          },
        ],
      },
    ],
  ])("is never tried again with %s", async (_name, fields) => {
    standIn.history.createConversation([]);
    standIn.history.storeResponse("resp_before");
    standIn.reply({ status: 503, error: "busy", headers: { "retry-after-ms": "1" } });
    const failing = ask({ ...fields, modelSettings: { retry: { maxRetries: 5 } } });
    await expect(failing).rejects.toMatchObject({ code: "server_error" });
    expect(standIn.requests).toHaveLength(1);
  });

  it("that does not come ends in time", async () => {
    standIn.reply("never");
    const failing = ask({ modelSettings: { timeoutMs: 50, retry: { maxRetries: 0 } } });
    await expect(failing).rejects.toMatchObject({ code: "timeout", retryable: true });
  });

  it("rejects with the signal's reason when aborted", async () => {
    standIn.reply("never");
    const controller = new AbortController();
    const reason = new Error("enough");
    const failing = ask({ signal: controller.signal });
    await expect.poll(() => standIn.requests.length).toBe(1);
    controller.abort(reason);
    await expect(failing).rejects.toBe(reason);
  });

  it("is not asked for when the signal was aborted before", async () => {
    const reason = new Error("enough");
    await expect(ask({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(standIn.requests).toHaveLength(0);
  });
});

describe("a stream under way", () => {
  it("rejects with the signal's reason when aborted", async () => {
    standIn.reply({ events: [{ type: "response.created", response: {} }], stall: true });
    const controller = new AbortController();
    const reason = new Error("enough");
    const events = model().getStreamedResponse(createRequest({ signal: controller.signal }));
    const reading = (async () => {
      for await (const event of events) if (event.type === "model") controller.abort(reason);
    })();
    await expect(reading).rejects.toBe(reason);
  });

  it("is given up when its reader leaves", async () => {
    standIn.reply({ events: [{ type: "response.created", response: {} }], stall: true });
    for await (const event of model().getStreamedResponse(createRequest())) {
      expect(event.type).toBe("response_started");
      break;
    }
  });
});

describe("what is kept of a response", () => {
  const response = {
    id: "r1",
    status: "completed",
    model: "m-2026",
    instructions: "Be brief. ".repeat(1_000),
    tools: [{ type: "function", name: "look", parameters: {} }],
    output: [said],
  };
  const facts = { id: "r1", status: "completed", model: "m-2026" };

  it("is what it says of itself, and nothing of the request that it repeats", async () => {
    standIn.reply({ body: response });
    const { providerData } = await model().getResponse(createRequest());
    expect(providerData).toEqual(facts);
  });

  it("is the same of a stream, whose own events are passed on whole", async () => {
    standIn.reply({ events: [{ type: "response.completed", response }] });
    const events = await stream();
    const done = events.find((event) => event.type === "response_done");
    const { id: _id, ...others } = facts;
    expect(done?.response.providerData).toEqual(others);
    expect(JSON.stringify(events)).toContain("Be brief.");
  });
});

describe("options", () => {
  it("take an open client", async () => {
    standIn.reply({ output: [said] });
    const client = new OpenAI({ apiKey: "its-own", baseURL: standIn.url });
    await createResponsesModel({ model: "m", client }).getResponse(createRequest());
    expect(standIn.requests[0]?.headers["authorization"]).toBe("Bearer its-own");
  });

  it("carry key, organization and project", async () => {
    standIn.reply({ output: [said] });
    const options = { apiKey: "key", organization: "org", project: "proj", baseUrl: standIn.url };
    await createResponsesModel({ model: "m", ...options }).getResponse(createRequest());
    expect(standIn.requests[0]?.headers).toMatchObject({
      authorization: "Bearer key",
      "openai-organization": "org",
      "openai-project": "proj",
    });
  });

  it("may lack a key where another server is named", async () => {
    standIn.reply({ output: [said] });
    await createResponsesModel({ model: "m", baseUrl: standIn.url }).getResponse(createRequest());
    expect(standIn.requests[0]?.headers).not.toHaveProperty("authorization");
  });

  it("fail on the first call when there is no key for OpenAI", async () => {
    const keyless = createResponsesModel({ model: "m" });
    await expect(keyless.getResponse(createRequest())).rejects.toMatchObject({
      code: "unauthorized",
    });
  });

  it("are not completed from the environment", async () => {
    vi.stubEnv("OPENAI_API_KEY", "env-key");
    vi.stubEnv("OPENAI_BASE_URL", "http://127.0.0.1:9");
    vi.stubEnv("OPENAI_ORG_ID", "env-org");
    vi.stubEnv("OPENAI_PROJECT_ID", "env-proj");
    standIn.reply({ output: [said] });
    await createResponsesModel({ model: "m", baseUrl: standIn.url }).getResponse(createRequest());
    expect(JSON.stringify(standIn.requests[0]?.headers)).not.toContain("env-");
    vi.unstubAllEnvs();
  });

  it("leave extra headers and query to the request", async () => {
    standIn.reply({ output: [said] });
    const providerData = { extra_headers: { "x-extra": "yes" }, extra_query: { q: 1 } };
    await model().getResponse(createRequest({ modelSettings: { providerData } }));
    expect(standIn.requests[0]?.headers["x-extra"]).toBe("yes");
    expect(standIn.requests[0]?.path).toBe("/v1/responses?q=1");
  });
});

function completed(output: JsonObject[]): JsonObject {
  return { type: "response.completed", response: { id: "r1", status: "completed", output } };
}
