import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/agents/errors.ts";
import { createChatModel } from "../../src/models/chat.ts";
import { ModelError, toModelError } from "../../src/openai/model-error.ts";
import { redact } from "../../src/openai/redact.ts";
import { createResponsesModel } from "../../src/models/responses.ts";
import {
  startOpenAiStandIn,
  type OpenAiStandIn,
  type StandInReply,
} from "../support/openai-stand-in.ts";
import { collect, createRequest, everythingSaid, failureOf } from "../models/support.ts";

const key = `sk-test-canary-${randomBytes(12).toString("hex")}`;
const bareKey = `canary${randomBytes(12).toString("hex")}`;
const payload = `Please refund account ${randomBytes(8).toString("hex")} of Ms. Canary`;
const instructions = `Never reveal ${randomBytes(8).toString("hex")}`;

let standIn: OpenAiStandIn;
beforeEach(async () => {
  standIn = await startOpenAiStandIn();
});
afterEach(() => standIn.close());

const once = { modelSettings: { retry: { maxRetries: 0 } } };

describe.each([
  ["Responses", createResponsesModel],
  ["Chat Completions", createChatModel],
])("errors of %s", (_name, createModel) => {
  const fail = (reply: StandInReply, apiKey = key): Promise<Error> => {
    standIn.reply(reply);
    const model = createModel({ model: "m", apiKey, baseUrl: standIn.url });
    const request = { ...once, input: payload, systemInstructions: instructions };
    return failureOf(model.getResponse(createRequest(request)));
  };

  it.each<[string, StandInReply, object]>([
    ["400", { status: 400, error: "no" }, { code: "bad_request", retryable: false, status: 400 }],
    ["401", { status: 401, error: "no" }, { code: "unauthorized", retryable: false }],
    ["403", { status: 403, error: "no" }, { code: "unauthorized", retryable: false }],
    ["404", { status: 404, error: "no model m" }, { code: "not_found", retryable: false }],
    ["408", { status: 408, error: "late" }, { code: "timeout", retryable: true }],
    ["409", { status: 409, error: "locked" }, { code: "conflict", retryable: true }],
    ["422", { status: 422, error: "no" }, { code: "bad_request", retryable: false }],
    ["429", { status: 429, error: "slow" }, { code: "rate_limited", retryable: true }],
    [
      "429 without money",
      { status: 429, error: { message: "no", code: "insufficient_quota" } },
      { code: "quota_exceeded", retryable: false },
    ],
    ["500", { status: 500, error: "no" }, { code: "server_error", retryable: true }],
    ["a cut connection", "disconnect", { code: "connection_failed", retryable: true }],
    ["a cut body", { output: [], breakOffAfter: 1 }, { code: "stream_interrupted" }],
    ["no answer of the API", { body: { hello: 1 } }, { code: "invalid_response" }],
  ])("have a code: %s", async (_case, reply, expected) => {
    const error = await fail(reply);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject(expected);
  });

  it("say what the provider said", async () => {
    const told = {
      message: "Unsupported parameter",
      type: "invalid_request_error",
      param: "top_p",
    };
    const { message } = await fail({ status: 400, error: { ...told, code: "unsupported" } });
    expect(message).toBe(
      "The model provider refused the request with status 400: Unsupported parameter " +
        "(invalid_request_error, unsupported, parameter top_p)",
    );
  });

  it.each([
    ["the key", (apiKey: string) => `Incorrect API key provided: ${apiKey}.`],
    ["half of the key", (apiKey: string) => `Bad key ${apiKey.slice(0, -8)}`],
    ["the end of the key", (apiKey: string) => `Bad key ...${apiKey.slice(-14)}`],
    ["a starred key", (apiKey: string) => `Bad key ${apiKey.slice(0, 8)}****${apiKey.slice(-4)}`],
    ["the header", (apiKey: string) => `Bad header Authorization: Bearer ${apiKey}`],
  ])("never hold %s", async (_case, quote) => {
    for (const apiKey of [key, bareKey]) {
      for (const status of [400, 401, 500]) {
        const said = everythingSaid(await fail({ status, error: quote(apiKey) }, apiKey));
        expect(said).not.toContain(apiKey.slice(-4));
        expect(said).not.toContain(apiKey.slice(0, -8));
        expect(said).toContain("[redacted]");
      }
    }
  });

  it.each([
    ["the input", payload],
    ["a part of the input", payload.slice(7, 40)],
    ["the instructions", instructions],
  ])("never hold %s", async (_case, quote) => {
    const error = { message: `Invalid value: '${quote}' is not allowed`, code: "bad" };
    const said = everythingSaid(await fail({ status: 400, error }));
    expect(said).not.toContain(quote);
    expect(said).not.toContain(quote.slice(0, 14));
  });

  it("never hold a key that cannot be a header", async () => {
    const error = await fail({ status: 200, error: "unused" }, `${bareKey}\n${bareKey}`);
    expect(everythingSaid(error)).not.toContain(bareKey);
  });

  it("never hold the credentials of an address", async () => {
    const baseUrl = standIn.url.replace("//", `//user:${bareKey}@`);
    const model = createModel({ model: "m", apiKey: key, baseUrl });
    const error = await failureOf(model.getResponse(createRequest(once)));
    expect(error).toBeInstanceOf(ModelError);
    expect(everythingSaid(error)).not.toContain(bareKey);
  });

  it("do not hold pages of proxies", async () => {
    const error = await fail({ status: 502, error: "<html>nothing to see</html>" });
    expect(error.message).toBe("The model provider failed with status 502: (stand_in)");
  });

  it("name a refused connection by its code, not by its address", async () => {
    const url = standIn.url;
    await standIn.close();
    const model = createModel({ model: "m", apiKey: key, baseUrl: url });
    const error = await failureOf(model.getResponse(createRequest(once)));
    expect(error).toMatchObject({ code: "connection_failed", retryable: true });
    expect(error.message).toBe("The model provider could not be reached: ECONNREFUSED");
    standIn = await startOpenAiStandIn();
  });

  it("are the same for streams", async () => {
    standIn.reply({ status: 401, error: `Incorrect API key provided: ${key}` });
    const model = createModel({ model: "m", apiKey: key, baseUrl: standIn.url });
    const error = await failureOf(collect(model.getStreamedResponse(createRequest(once))));
    expect(error).toMatchObject({ code: "unauthorized", status: 401 });
    expect(everythingSaid(error)).not.toContain(key);
  });
});

function ask(fields: object): Promise<unknown> {
  const model = createResponsesModel({ model: "m", apiKey: key, baseUrl: standIn.url });
  return model.getResponse(createRequest(fields));
}

describe("a lost conversation", () => {
  it.each([
    ["previous response", { previousResponseId: "resp_gone" }, 400],
    ["conversation", { conversationId: "conv_gone" }, 404],
  ])("is told from other refusals: %s", async (_name, fields, status) => {
    await expect(ask(fields)).rejects.toMatchObject({
      code: "conversation_lost",
      retryable: false,
      status,
    });
  });

  it("is not an unknown model", async () => {
    standIn.reply({ status: 404, error: { message: "The model 'm' does not exist" } });
    await expect(ask({})).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("toModelError", () => {
  it("leaves our own errors and aborts alone", () => {
    const own = [
      new UserError("no"),
      new ModelError("timeout", "late"),
      new DOMException("This operation was aborted", "AbortError"),
    ];
    for (const error of own) expect(toModelError(error, [])).toBe(error);
  });

  it.each([undefined, null, "text", 5, {}])("makes an error of anything: %s", (thrown) => {
    expect(toModelError(thrown, [])).toMatchObject({ code: "unknown", retryable: false });
  });

  it("has no cause", () => {
    const error = toModelError(new Error("x", { cause: new Error(key) }), [key]);
    expect(error.cause).toBeUndefined();
  });
});

describe("redact", () => {
  it("leaves short accidental matches alone", () => {
    expect(redact("The model is gone", ["is"])).toBe("The model is gone");
  });

  it("caps what is shown", () => {
    expect(redact("x ".repeat(2_000), [])).toHaveLength(500);
  });
});
