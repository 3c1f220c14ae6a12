import { readFile, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it, vi } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { holdpoint, useCommands } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { placeKinds, usePlaces } from "../support/places.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

/** Statements that end the process, and what of it is written down first. */
const deaths = {
  "is killed": `process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
  "runs out of memory": `const kept = []; for (;;) kept.push(new Array(100_000).fill(kept.length));`,
};

interface Deadly {
  death: string;
  /** Where it dies. */
  at: "model" | "tool" | "context";
  /** Asked by the model, once what was tried is written down. */
  gate?: string;
}

/**
 * Agents of a file: one that ends the process while "deadly" is there, by its model, its tool or what
 * makes its context, and another.
 */
async function writeDeadlyFile(directory: string, { death, at, gate }: Deadly) {
  const tried = join(directory, "tried.txt");
  const deadly = join(directory, "deadly");
  const file = join(directory, "agents.ts");
  await writeFile(tried, "");
  const die = `appendFileSync(${JSON.stringify(tried)}, "x"); if (existsSync(${JSON.stringify(deadly)})) { ${death} }`;
  const wait = gate === undefined ? "" : `await fetch(${JSON.stringify(gate)});`;
  await writeFile(
    file,
    `import { appendFileSync, existsSync } from "node:fs";
import { Agent, tool, Usage } from "holdpoint";
import { z } from "zod";

const charge = tool({
  name: "charge",
  description: "Charges once, however often it runs.",
  parameters: z.object({}),
  idempotent: true,
  async execute() { ${at === "tool" ? die : ""} return "Charged"; },
});
const said = (text) => ({ type: "message", role: "assistant", status: "completed", content: [{ type: "output_text", text }] });
const asked = { type: "function_call", callId: "c1", name: "charge", arguments: "{}" };
const model = {
  async getResponse(request) {
    ${at === "model" ? die : ""}
    ${wait}
    const has = typeof request.input !== "string" && request.input.some(({ type }) => type === "function_call_result");
    return { usage: new Usage(), output: [has || ${at !== "tool"} ? said("done") : asked] };
  },
  async *getStreamedResponse() { throw new Error("not streamed"); },
};
export async function createContext({ agent }) {
  if (agent === "Deadly") { ${at === "context" ? die : ""} }
  return {};
}
export default [
  new Agent({ name: "Deadly", model, tools: [charge] }),
  new Agent({ name: "Harmless", model: "offline" }),
];
`,
  );
  return {
    file: await realpath(file),
    tries: async () => (await readFile(tried, "utf8")).length,
    // Whoever starts a run makes a context too, and is to live.
    arm: async () => {
      await writeFile(tried, "");
      await writeFile(deadly, "");
    },
    mend: () => rm(deadly),
  };
}

describe.each(placeKinds)("a run whose process ends twice in the same step, on %s", (kind) => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces(kind);
  const startServer = useMcpServers();
  const startCommand = useCommands();
  const makeGate = useGates();

  /** A store with a run at which two processes died, each of which took it up by itself. */
  const openSite = async (deadly: Deadly) => {
    const files = await writeDeadlyFile(await tempDirectory(), deadly);
    const store = ["--store", await makeStore()];
    const args = [...store, "--agents", files.file];
    const face = await startServer({ args: [...args, "--no-work"] });
    const start = async (agent: string): Promise<string> =>
      String((await face.call("run_agent", { agent, input: "go", wait_seconds: 0 }))["run_id"]);
    const env = { NODE_OPTIONS: "--max-old-space-size=96" };
    const work = () => startCommand(["worker", ...args], { env });
    const run_id = await start("Deadly");
    await files.arm();
    for (const _ of [1, 2]) {
      // One after the other.
      // oxlint-disable-next-line no-await-in-loop
      const { exitCode, signal } = await work().ended;
      expect(exitCode === 0 && signal === null).toBe(false);
    }
    expect(await files.tries()).toBe(2);
    return { ...files, store, args, face, start, work, run_id };
  };

  it.each<[string, Deadly]>([
    ["a model call is killed", { death: deaths["is killed"], at: "model" }],
    ["a model call runs out of memory", { death: deaths["runs out of memory"], at: "model" }],
    ["createContext is killed", { death: deaths["is killed"], at: "context" }],
    ["createContext runs out of memory", { death: deaths["runs out of memory"], at: "context" }],
  ])(
    "because %s is put aside: it says so, others go on, and a person lets it go on",
    async (_how, deadly) => {
      const { args, store, face, start, work, run_id, tries, mend } = await openSite(deadly);
      const third = work();
      const other = await start("Harmless");
      const untilIt = { run_id: other, wait_seconds: 30 };
      expect(await face.call("get_run", untilIt)).toMatchObject({ status: "completed" });
      const aside = await face.call("get_run", { run_id, wait_seconds: 30 });
      expect(aside).toMatchObject({
        status: "failed",
        error: {
          code: "process_died",
          message: expect.stringMatching(/ended, and so did the next one.*a model call/),
          resumable: true,
        },
        next: expect.stringContaining(`holdpoint resume ${run_id}`),
      });
      const shown = await holdpoint(["show", run_id, ...store]);
      expect(shown.stdout).toContain("process_died");
      expect(shown.stdout).toContain(`resume ${run_id} --agents`);
      expect((await holdpoint(["runs", ...store])).stdout).toMatch(new RegExp(`${run_id}.*failed`));
      third.kill("SIGTERM");
      expect(await third.ended).toMatchObject({ exitCode: 0 });
      expect(await tries()).toBe(2);
      await mend();
      const resumed = await holdpoint(["resume", run_id, ...args]);
      expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("done") });
      expect((await holdpoint(["audit", ...store])).exitCode).toBe(0);
    },
    120_000,
  );

  it("in a tool that may run again is asked about", async () => {
    const { store, face, work, run_id, tries, mend } = await openSite({
      death: deaths["is killed"],
      at: "tool",
    });
    const third = work();
    const asked = await face.call("get_run", { run_id, wait_seconds: 30 });
    expect(asked).toMatchObject({
      status: "awaiting_approval",
      pending_approvals: [{ tool: "charge", reason: expect.stringContaining("ended each") }],
    });
    expect(await tries()).toBe(2);
    await mend();
    const [doubt] = asked["pending_approvals"] as JsonObject[];
    const typed = ["--typed", "charge"];
    await holdpoint(["approve", String(doubt?.["approval_id"]), "--yes", ...typed, ...store]);
    expect(await face.call("get_run", { run_id, wait_seconds: 30 })).toMatchObject({
      status: "completed",
    });
    expect(await tries()).toBe(3);
    third.kill("SIGTERM");
    await third.ended;
  }, 120_000);

  it("is not what a run is whose processes were closed at it", async () => {
    const gate = await makeGate();
    const { file, tries } = await writeDeadlyFile(await tempDirectory(), {
      death: "",
      at: "model",
      gate: gate.url,
    });
    const args = ["--store", await makeStore(), "--agents", file];
    const face = await startServer({ args: [...args, "--no-work"] });
    const input = { agent: "Deadly", input: "go", wait_seconds: 0 };
    const run_id = String((await face.call("run_agent", input))["run_id"]);
    for (const count of [1, 2, 3]) {
      // oxlint-disable-next-line no-await-in-loop
      const server = await startServer({ args });
      // oxlint-disable-next-line no-await-in-loop
      await vi.waitFor(async () => expect(await tries()).toBe(count), { timeout: 20_000 });
      // oxlint-disable-next-line no-await-in-loop
      await server.close();
    }
    gate.open();
    await startServer({ args });
    expect(await face.call("get_run", { run_id, wait_seconds: 30 })).toMatchObject({
      status: "completed",
    });
  }, 120_000);
});
