import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, describe, expect, it } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import {
  proofs,
  providers,
  startAiSdkStandIn,
  type ProviderName,
} from "../support/ai-sdk-stand-in.ts";
import { childEnv, runProgram } from "../support/command.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const program = fileURLToPath(new URL("./ai-sdk-process.ts", import.meta.url));
const tempDirectory = useTempDirectory();

let close: (() => Promise<void>) | undefined;
afterEach(async () => {
  await close?.();
  close = undefined;
});

/** Starts a run in one process, and goes on with it in another. */
async function playTwice(provider: ProviderName, how: "start" | "stream") {
  const standIn = await startAiSdkStandIn(provider);
  close = standIn.close;
  const store = join(await tempDirectory(), "runs.db");
  const play = async (what: string): Promise<Record<string, unknown>> => {
    const { stdout, stderr } = await runProgram(
      process.execPath,
      [program, provider, standIn.url, store, what],
      { env: childEnv(how === "stream" ? { STREAM: "1" } : {}) },
    );
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  const started = await play(how);
  const ended = await play(String(started["runId"]));
  return { started, ended, bodies: standIn.bodies };
}

/** What the second request says of the first answer, and of its call's output. */
const conversations: Record<ProviderName, unknown> = {
  openai: [
    {
      type: "reasoning",
      id: "rs_1",
      encrypted_content: proofs.openai,
      summary: [{ type: "summary_text", text: "I must pay." }],
    },
    { type: "function_call", call_id: "call_A", name: "pay", arguments: '{"amount":7}' },
    { type: "function_call_output", call_id: "call_A", output: "PAID 7" },
  ],
  anthropic: [
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "I must pay.", signature: proofs.anthropic },
        { type: "tool_use", id: "call_A", name: "pay", input: { amount: 7 } },
      ],
    },
    {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "call_A", content: "PAID 7" }],
    },
  ],
  google: [
    {
      role: "model",
      parts: [
        { text: "I must pay.", thought: true },
        {
          functionCall: { id: expect.any(String), name: "pay", args: { amount: 7 } },
          thoughtSignature: proofs.google,
        },
      ],
    },
    {
      role: "user",
      parts: [
        {
          functionResponse: {
            id: expect.any(String),
            name: "pay",
            response: { name: "pay", content: "PAID 7" },
          },
        },
      ],
    },
  ],
};

function sincePayment({ input, messages, contents }: JsonObject): unknown {
  const said = input ?? messages ?? contents;
  if (!Array.isArray(said)) return said;
  const asked = said.findIndex((each) => JSON.stringify(each).includes("Pay 7."));
  return said.slice(asked + 1);
}

describe.each(providers)("a model of @ai-sdk/%s", (provider) => {
  it.each(["start", "stream"] as const)(
    "waits for a person, and goes on after a restart with what the provider signed (%s)",
    async (how) => {
      const { started, ended, bodies } = await playTwice(provider, how);
      expect(started["held"]).toBe(1);
      expect(ended["finalOutput"]).toBe("Done.");
      expect(ended["usage"]).toEqual({ requests: 2, inputTokens: 20, outputTokens: 10 });
      expect(bodies).toHaveLength(2);
      expect(JSON.stringify(bodies[0])).not.toContain(proofs[provider]);
      expect(JSON.stringify(bodies[1])).toContain(proofs[provider]);
      expect(sincePayment(bodies[1]!)).toEqual(conversations[provider]);
    },
  );
});
