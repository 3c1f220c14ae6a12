import { join } from "node:path";

import type { LanguageModelV4, LanguageModelV4Content } from "@ai-sdk/provider";
import { generateText, isStepCount, tool, type ModelMessage } from "ai";
import { z } from "zod";

import { medianRun, quantile, rssMb, writtenBytes, type Figures } from "../harness.ts";
import { fileBytes, loadText, saveText } from "../save.ts";
import { createKiller, type Crash } from "./crashing.ts";
import { OUTPUT, pause, TOOL, turnOf, type Script } from "../scripted.ts";

const tools = {
  [TOOL]: tool({
    description: "Looks something up.",
    inputSchema: z.object({ key: z.string() }),
    execute: async () => OUTPUT,
  }),
};

/** A plain object: the mock models of the library keep every call they get. */
function createModel({ turns, modelMs }: Script): LanguageModelV4 {
  return {
    specificationVersion: "v4",
    provider: "bench",
    modelId: "scripted",
    supportedUrls: {},
    async doGenerate({ prompt }) {
      await pause(modelMs);
      const turn = turnOf(prompt.length);
      const isLast = turn >= turns;
      const content: LanguageModelV4Content = isLast
        ? { type: "text", text: "Done" }
        : {
            type: "tool-call",
            toolCallId: `call_${turn}`,
            toolName: TOOL,
            input: JSON.stringify({ key: `key ${turn}` }),
          };
      return {
        content: [content],
        finishReason: { unified: isLast ? "stop" : "tool-calls", raw: undefined },
        usage: {
          inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 1, text: 1, reasoning: 0 },
        },
        warnings: [],
      };
    },
    doStream() {
      throw new Error("This model does not stream");
    },
  };
}

/** Its guide's way: the messages are saved, and the response to the request is one more of them. */
export async function approvals({
  turns,
  directory,
}: {
  turns: number;
  directory: string;
}): Promise<Figures> {
  const path = join(directory, "messages.json");
  const model = createModel({ turns: turns + 1 });
  const before = await writtenBytes();
  let bytes = 0;
  let given = 0;
  const start = performance.now();
  const cpuBefore = process.threadCpuUsage();
  let messages: ModelMessage[] = [{ role: "user", content: "Go" }];
  for (;;) {
    const result = await generateText({
      model,
      tools,
      messages,
      toolApproval: { [TOOL]: "user-approval" },
      stopWhen: isStepCount(turns + 2),
    });
    messages.push(...result.responseMessages);
    const text = JSON.stringify(messages);
    bytes += text.length;
    await saveText(path, text);
    const asked = result.content.flatMap((part) =>
      part.type === "tool-approval-request" ? [part.approvalId] : [],
    );
    if (asked.length === 0) break;
    messages = JSON.parse(await loadText(path)) as ModelMessage[];
    for (const approvalId of asked) {
      given += 1;
      const response = { type: "tool-approval-response" as const, approvalId, approved: true };
      messages.push({ role: "tool", content: [response] });
    }
  }
  const ms = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  if (given !== turns) throw new Error(`${given} approvals were asked for`);
  const diskBytes = (await writtenBytes()) - before;
  return {
    ms,
    cpuMs: (user + system) / 1_000,
    bytes,
    fileBytes: await fileBytes(path),
    diskBytes,
  };
}

async function runOnce(script: Script, model = createModel(script)): Promise<void> {
  await generateText({ model, tools, prompt: "Go", stopWhen: isStepCount(script.turns + 1) });
}

export async function turns({ turns }: { turns: number }): Promise<Figures> {
  const once = async (): Promise<number> => {
    const start = performance.now();
    await runOnce({ turns });
    return performance.now() - start;
  };
  return { cpuMsPerTurn: (await medianRun(turns, once)) / turns };
}

export async function crowd({ runs, ...script }: Script & { runs: number }): Promise<Figures> {
  const model = createModel(script);
  await runOnce({ turns: 5 });
  const start = performance.now();
  const latencies = await Promise.all(
    Array.from({ length: runs }, async () => {
      await runOnce(script, model);
      return performance.now() - start;
    }),
  );
  const ms = performance.now() - start;
  const idealMs = script.turns * (script.modelMs ?? 0);
  return {
    timesIdeal: ms / idealMs,
    runsPerSecond: (runs * 1_000) / ms,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    rssMb: rssMb(),
  };
}

/** The messages are saved whenever a call of `generateText` is over. */
export async function crash(options: Crash): Promise<Figures> {
  const killer = createKiller(options);
  const path = join(options.directory, "messages.json");
  const acting = {
    [TOOL]: tool({
      description: "Does it.",
      inputSchema: z.object({ key: z.string() }),
      execute: async () => killer.act(),
    }),
  };
  const saved = await loadText(path).catch(() => undefined);
  let messages = (
    saved === undefined ? [{ role: "user", content: "Go" }] : JSON.parse(saved)
  ) as ModelMessage[];
  let saves = 0;
  for (let isOver = false; ;) {
    const asked = messages.flatMap((message) =>
      message.role === "assistant" && Array.isArray(message.content) ? message.content : [],
    );
    const isAnswered = messages.some(({ role }) => role === "tool");
    for (const part of asked) {
      if (isAnswered || part.type !== "tool-approval-request") continue;
      const { approvalId } = part;
      const response = { type: "tool-approval-response" as const, approvalId, approved: true };
      messages.push({ role: "tool", content: [response] });
    }
    if (isOver || isAnswered) return { effects: killer.effects(), completed: 1 };
    const isPaused = asked.length > 0;
    const result = await generateText({
      model: createModel({ turns: 2 }),
      tools: acting,
      messages,
      toolApproval: { [TOOL]: "user-approval" },
    });
    messages = [...messages, ...result.responseMessages];
    await saveText(path, JSON.stringify(messages));
    killer.reached(`${saves}`);
    saves += 1;
    isOver = isPaused;
  }
}
