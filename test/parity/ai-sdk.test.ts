import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { aisdk as theirAisdk } from "@openai/agents-extensions/ai-sdk";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { aisdk, type AiSdkLanguageModel } from "../../src/ai-sdk.ts";
import type { Model } from "../../src/agents/model.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { providers, startAiSdkStandIn, type ProviderName } from "../support/ai-sdk-stand-in.ts";
import { original, ours, type Library } from "./libraries.ts";

const key = { apiKey: "k" };
const models: Record<ProviderName, (baseURL: string) => unknown> = {
  openai: (baseURL) => createOpenAI({ ...key, baseURL }).responses("gpt-5.4"),
  anthropic: (baseURL) => createAnthropic({ ...key, baseURL })("claude-x"),
  google: (baseURL) => createGoogleGenerativeAI({ ...key, baseURL })("gemini-3"),
};

/** The requests of a run that calls a tool once, as the provider gets them. */
async function sentBy(
  lib: Library,
  wrap: (model: never) => Model,
  { provider, stream }: { provider: ProviderName; stream: boolean },
): Promise<JsonObject[]> {
  const standIn = await startAiSdkStandIn(provider);
  try {
    const pay = lib.tool({
      name: "pay",
      description: "Pays an amount.",
      parameters: z.object({ amount: z.number().describe("In cents") }),
      execute: ({ amount }) => `PAID ${amount}`,
    });
    const agent = new lib.Agent({
      name: "Clerk",
      instructions: "You pay.",
      tools: [pay],
      model: wrap(models[provider](standIn.url) as never),
      modelSettings: { temperature: 0.5, maxTokens: 500, toolChoice: "auto" },
    });
    const input = [
      lib.user([
        { type: "input_text", text: "Pay 7 to this one." },
        { type: "input_image", image: "data:image/png;base64,iVBORw0KGgo=" },
      ]),
    ];
    if (stream) {
      const result = await lib.run(agent, input, { stream: true });
      await result.completed;
    } else {
      await lib.run(agent, input);
    }
    return standIn.bodies;
  } finally {
    await standIn.close();
  }
}

/** What Google's provider calls a call is made up each time. */
function named(bodies: readonly JsonObject[]): unknown {
  return JSON.parse(JSON.stringify(bodies).replaceAll(/"id":"\w{16}"/g, '"id":"call"'));
}

/** What a model thought and called in one turn is one content here, and two there. */
function inTurns(body: JsonObject): JsonObject {
  const contents = body["contents"] as { role: string; parts: JsonObject[] }[];
  const joined: typeof contents = [];
  for (const { role, parts } of contents) {
    const last = joined.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else joined.push({ role, parts: [...parts] });
  }
  return { ...body, contents: joined };
}

describe("a model of the AI SDK", () => {
  for (const provider of providers) {
    for (const stream of [false, true]) {
      it(`is asked as the original asks it: ${provider}${stream ? ", streamed" : ""}`, async () => {
        const way = { provider, stream };
        const theirs = await sentBy(original, theirAisdk as never, way);
        const here = await sentBy(ours, (model: AiSdkLanguageModel) => aisdk(model), way);
        expect(theirs).toHaveLength(2);
        expect(named(here)).toEqual(named(provider === "google" ? theirs.map(inTurns) : theirs));
      });
    }
  }
});
