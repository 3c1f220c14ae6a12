/**
 * A program with a model of the AI SDK, in a store: `<provider> <url> <store> start|stream`, or
 * `... <run id>`, which approves and goes on. Prints what came of it, as JSON.
 */
import { pathToFileURL } from "node:url";

import { z } from "zod";

import { aisdk, type AiSdkLanguageModel } from "../../src/ai-sdk.ts";
import { Agent, createSqliteRunStore, Runner, tool } from "../../src/index.ts";
import { peerFile } from "../support/peers.ts";

const [provider = "", url = "", path = "", what = ""] = process.argv.slice(2);

const models: Record<string, { factory: string; model: string; base: string }> = {
  openai: { factory: "createOpenAI", model: "gpt-5.4", base: `${url}/v1` },
  anthropic: { factory: "createAnthropic", model: "claude-opus-4-5", base: `${url}/v1` },
  google: { factory: "createGoogleGenerativeAI", model: "gemini-3-pro", base: `${url}/v1beta` },
};

async function openModel(): Promise<AiSdkLanguageModel> {
  const { factory, model, base } = models[provider]!;
  const file = pathToFileURL(peerFile(`@ai-sdk/${provider}/dist/index.js`)).href;
  const found = (await import(file)) as Record<string, (options: object) => (id: string) => never>;
  return found[factory]!({ baseURL: base, apiKey: "key-of-nobody" })(model);
}

const pay = tool({
  name: "pay",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: ({ amount }) => `PAID ${amount}`,
});
const settings =
  provider === "openai"
    ? { providerData: { providerOptions: { openai: { store: false } } } }
    : { maxTokens: 2_000 };
const agent = new Agent({
  name: "Payer",
  instructions: "You pay.",
  model: aisdk(await openModel()),
  modelSettings: settings,
  tools: [pay],
});
const runner = new Runner({ store: await createSqliteRunStore({ path }) });
const stream = what === "stream" || process.env["STREAM"] === "1";

async function play(input: Parameters<typeof runner.run>[1]) {
  if (!stream) return runner.run(agent, input);
  const result = await runner.run(agent, input, { stream: true });
  await result.completed;
  return result;
}

async function main(): Promise<void> {
  if (what === "start" || what === "stream") {
    const { state, interruptions } = await play("Pay 7.");
    process.stdout.write(JSON.stringify({ runId: state.runId, held: interruptions.length }));
    return;
  }
  const waiting = await runner.resume(agent, what);
  for (const item of waiting.interruptions) waiting.state.approve(item);
  const { finalOutput, state } = await play(waiting.state);
  const { requests, inputTokens, outputTokens } = state.usage;
  const usage = { requests, inputTokens, outputTokens };
  process.stdout.write(JSON.stringify({ finalOutput, usage }));
}

await main();
