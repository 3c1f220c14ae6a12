import { afterEach, describe, expect, it, vi } from "vitest";

import { createModelProvider, offlineNote } from "../../src/app/model-provider.ts";
import { findProvided } from "../../src/models/providers.ts";
import { startOpenAiStandIn } from "../support/openai-stand-in.ts";
import { createRequest } from "./support.ts";

const find = (name: string, env: Record<string, string> = {}) =>
  findProvided(name, { env, own: {} });

describe("a model of another provider", () => {
  it.each([
    ["anthropic/claude-x", { ANTHROPIC_API_KEY: "a" }, "https://api.anthropic.com/v1/", "a"],
    [
      "google/gemini-x",
      { GEMINI_API_KEY: "g" },
      "https://generativelanguage.googleapis.com/v1beta/openai/",
      "g",
    ],
    [
      "google/gemini-x",
      { GOOGLE_API_KEY: "g" },
      "https://generativelanguage.googleapis.com/v1beta/openai/",
      "g",
    ],
    ["openrouter/meta/llama", { OPENROUTER_API_KEY: "o" }, "https://openrouter.ai/api/v1", "o"],
    ["ollama/llama3:8b", {}, "http://127.0.0.1:11434/v1", undefined],
    ["ollama/llama3", { OLLAMA_HOST: "box.example" }, "http://box.example:11434/v1", undefined],
    ["ollama/llama3", { OLLAMA_HOST: "0.0.0.0:9000" }, "http://127.0.0.1:9000/v1", undefined],
    ["ollama/llama3", { OLLAMA_HOST: "https://box.example/" }, "https://box.example/v1", undefined],
  ])("%s is asked for where its provider is (%o)", (name, env, baseUrl, apiKey) => {
    expect(find(name, env)).toMatchObject({ api: "chat", baseUrl, apiKey });
    expect(find(name, env)?.model).toBe(name.slice(name.indexOf("/") + 1));
    expect(find(name, env)?.missingKey).toBeUndefined();
  });

  it.each([
    ["gpt-5"],
    ["openai/gpt-5"],
    ["meta-llama/llama"],
    ["/x"],
    ["anthropic/"],
    ["toString/x"],
  ])("is none of them: %s", (name) => {
    expect(find(name, { ANTHROPIC_API_KEY: "a" })).toBeUndefined();
  });

  it("is asked for at OPENAI_BASE_URL where only that is set up, as before", () => {
    const router = { OPENAI_BASE_URL: "https://router.example/v1" };
    expect(find("anthropic/claude-x", router)).toBeUndefined();
    expect(find("anthropic/claude-x", { ...router, ANTHROPIC_API_KEY: "a" })?.apiKey).toBe("a");
  });

  it("reaches several that a configuration names, each with its key", async () => {
    const [one, other] = [await startOpenAiStandIn(), await startOpenAiStandIn()];
    try {
      one.reply({ message: { role: "assistant", content: "one" } });
      other.reply({ message: { role: "assistant", content: "other" } });
      const provider = createModelProvider(
        {},
        {
          house: { api: "chat", baseUrl: one.url, apiKey: "key-1" },
          anthropic: { api: "chat", baseUrl: other.url, apiKey: "key-2" },
        },
      );
      for (const name of ["house/small", "anthropic/claude-x"]) {
        const model = await provider.getModel(name);
        await model.getResponse(createRequest());
      }
      const seen = [one, other].flatMap(({ requests }) => requests);
      expect(seen).toMatchObject([
        { headers: { authorization: "Bearer key-1" }, body: { model: "small" } },
        { headers: { authorization: "Bearer key-2" }, body: { model: "claude-x" } },
      ]);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });
});

describe("headers for OpenAI's own address", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it("reach no other provider, nor take the place of its key", async () => {
    vi.stubEnv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer gateway-secret\nx-gateway: secret");
    const standIn = await startOpenAiStandIn();
    try {
      standIn.reply({ message: { role: "assistant", content: "one" } });
      const house = { api: "chat", baseUrl: standIn.url, apiKey: "key-1" } as const;
      const model = await createModelProvider({}, { house }).getModel("house/small");
      await model.getResponse(createRequest());
      const headers = standIn.requests[0]?.headers ?? {};
      expect(headers["authorization"]).toBe("Bearer key-1");
      expect(JSON.stringify(headers)).not.toContain("secret");
    } finally {
      await standIn.close();
    }
  });
});

it("an address of Ollama that is none names its variable", () => {
  expect(() => find("ollama/llama3", { OLLAMA_HOST: "http://:x" })).toThrow("OLLAMA_HOST");
});

describe("a key that is missing", () => {
  const complaint = async (name: string, env: Record<string, string> = {}) => {
    try {
      await createModelProvider(env).getModel(name);
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return "";
  };

  it.each([
    ["anthropic/claude-x", "ANTHROPIC_API_KEY"],
    ["google/gemini-x", "GEMINI_API_KEY"],
    ["openrouter/x/y", "OPENROUTER_API_KEY"],
    ["gpt-5", "OPENAI_API_KEY"],
  ])("is named, and what would do without it (%s)", async (name, variable) => {
    expect(await complaint(name)).toContain(`"${name}": ${variable} is not set`);
    expect(await complaint(name)).toContain('"offline", which needs no key');
  });

  it("names the models whose key is there, and never a key", async () => {
    const said = await complaint("gpt-5", { ANTHROPIC_API_KEY: "sk-secret" });
    expect(said).toContain("anthropic/MODEL (ANTHROPIC_API_KEY is set)");
    expect(said).not.toContain("sk-secret");
    expect(offlineNote("it runs", { GEMINI_API_KEY: "sk-secret" })).toBe(
      "no OPENAI_API_KEY: it runs offline, without a language model (GEMINI_API_KEY is set: HOLDPOINT_MODEL=google/MODEL uses it)",
    );
  });
});
