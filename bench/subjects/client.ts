import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { OpenAI } from "openai";
import { z } from "zod";

import { Agent, run, tool } from "../build/index.js";
import { createResponsesModel } from "../build/models/responses.js";
import { createAgentRegistry } from "../build/runs/agent-registry.js";
import { createRunService } from "../build/runs/run-service.js";
import { openSqliteRunStore } from "../build/stores/sqlite.js";
import { cpuMs, quantile, writtenBytes, type Figures } from "../harness.ts";
import { OUTPUT, TOOL } from "../scripted.ts";

const ROUNDS = 5;

/** A client of a stand-in server that is told by headers what to answer. */
async function withClient<T>(
  headers: Record<string, string>,
  work: (client: OpenAI) => Promise<T>,
): Promise<T> {
  const script = fileURLToPath(new URL("../servers/stand-in.ts", import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(server.stdout.setEncoding("utf8"), "data")) as [string];
  const client = new OpenAI({ apiKey: "none", baseURL: line.trim(), defaultHeaders: headers });
  try {
    return await work(client);
  } finally {
    server.kill("SIGKILL");
  }
}

/** CPU time of two ways to do the same, in turn; the first round of each is not counted. */
async function inTurn(
  bare: () => Promise<unknown>,
  ours: () => Promise<unknown>,
): Promise<{ bareMs: number; oursMs: number }> {
  const costs: { bareMs: number[]; oursMs: number[] } = { bareMs: [], oursMs: [] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const [first, second] = [await cpuMs(bare), await cpuMs(ours)];
    if (round === 0) continue;
    costs.bareMs.push(first);
    costs.oursMs.push(second);
  }
  return { bareMs: quantile(costs.bareMs, 0.5), oursMs: quantile(costs.oursMs, 0.5) };
}

const parameters = {
  type: "object" as const,
  properties: { key: { type: "string" } },
  required: ["key"],
  additionalProperties: false,
};

export async function plain({ turns }: { turns: number }): Promise<Figures> {
  return withClient({ "x-turns": `${turns}` }, async (client) => {
    const bare = async (): Promise<void> => {
      const description = "Looks something up.";
      const tools = [
        { type: "function" as const, name: TOOL, description, parameters, strict: true },
      ];
      const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Go" }];
      for (let isOver = false; !isOver;) {
        const { output } = await client.responses.create({ model: "stand-in", input, tools });
        isOver = true;
        for (const item of output) {
          input.push(item as OpenAI.Responses.ResponseInputItem);
          if (item.type !== "function_call") continue;
          isOver = false;
          JSON.parse(item.arguments);
          input.push({ type: "function_call_output", call_id: item.call_id, output: OUTPUT });
        }
      }
    };
    const look = tool({
      name: TOOL,
      description: "Looks something up.",
      parameters: z.object({ key: z.string() }),
      execute: () => OUTPUT,
    });
    const model = createResponsesModel({ model: "stand-in", client });
    const agent = new Agent({ name: "Bench", model, tools: [look] });
    const ours = () => run(agent, "Go", { maxTurns: null });
    const { bareMs, oursMs } = await inTurn(bare, ours);
    const kept = (await ours()).state.toString().length;
    return {
      bareMsPerTurn: bareMs / turns,
      oursMsPerTurn: oursMs / turns,
      addedMsPerTurn: (oursMs - bareMs) / turns,
      keptBytesPerTurn: kept / turns,
    };
  });
}

const MANY = Array.from({ length: 30 }, (_, index) => index);

/** An approval at every turn through the store; the provider echoes instructions and 30 tools. */
export async function echoed({
  turns,
  directory,
}: {
  turns: number;
  directory: string;
}): Promise<Figures> {
  return withClient({ "x-turns": `${turns + 1}` }, async (client) => {
    const tools = [TOOL, ...MANY.map((index) => `${TOOL}_${index}`)].map((name) =>
      tool({
        name,
        description: "Looks something up, and says what it found. ".repeat(8),
        parameters: z.object({ key: z.string().describe("What to look for") }),
        needsApproval: true,
        execute: () => OUTPUT,
      }),
    );
    const model = createResponsesModel({ model: "stand-in", client });
    const agent = new Agent({ name: "Bench", model, tools });
    const store = await openSqliteRunStore({ path: join(directory, "runs.db") });
    const registry = createAgentRegistry([{ agent, source: "bench#Bench" }], {});
    const service = createRunService({ store, registry, log: { info() {}, warn() {} } });
    const limit = { timeoutMs: 60_000 };
    const before = await writtenBytes();
    let report = await service.wait(await service.start({ input: "Go", maxTurns: null }), limit);
    for (
      ;
      report.status === "awaiting_approval";
      report = await service.wait(report.runId, limit)
    ) {
      const yes = {
        decision: "approved",
        by: "bench",
        channel: "terminal",
        level: "person",
      } as const;
      for (const { approvalId } of report.approvals) await service.decide(approvalId, yes);
    }
    const diskBytes = (await writtenBytes()) - before;
    await service.close();
    if (report.status !== "completed") throw new Error(`It is ${report.status}`);
    return { diskKbPerApproval: diskBytes / 1_000 / turns };
  });
}

export async function streamed({ deltas }: { deltas: number }): Promise<Figures> {
  return withClient({ "x-deltas": `${deltas}` }, async (client) => {
    const bare = async (): Promise<void> => {
      const stream = await client.responses.create({
        model: "stand-in",
        input: "Go",
        stream: true,
      });
      let text = "";
      for await (const event of stream) {
        if (event.type === "response.output_text.delta") text += event.delta;
      }
      if (text.length !== 5 * deltas) throw new Error("The stream was cut");
    };
    const model = createResponsesModel({ model: "stand-in", client });
    const agent = new Agent({ name: "Bench", model });
    const ours = async (): Promise<void> => {
      const stream = await run(agent, "Go", { stream: true });
      let text = "";
      for await (const event of stream) {
        if (event.type !== "raw_model_stream_event") continue;
        if (event.data.type === "output_text_delta") text += event.data.delta;
      }
      if (text.length !== 5 * deltas) throw new Error("The stream was cut");
    };
    const { bareMs, oursMs } = await inTurn(bare, ours);
    return {
      bareUsPerDelta: (1_000 * bareMs) / deltas,
      oursUsPerDelta: (1_000 * oursMs) / deltas,
      overBare: oursMs / bareMs,
    };
  });
}
