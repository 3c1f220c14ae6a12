import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { useMcpServers } from "../support/mcp-client.ts";
import { startOpenAiStandIn, type OpenAiStandIn } from "../support/openai-stand-in.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const key = "secret-key-4711-of-nobody-else";
const toolCallItem = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "get_temperature",
  arguments: '{"city":"Oakland"}',
  status: "completed",
};
const answer = {
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: "It is 20 degrees.", annotations: [] }],
};

describe("a server with a language model behind it", () => {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();
  let standIn: OpenAiStandIn;
  beforeAll(async () => {
    standIn = await startOpenAiStandIn();
  });
  afterAll(async () => {
    await standIn.close();
  });

  /** A server with the demo agent, and the text of everything that it leaves behind. */
  async function start(env: Record<string, string> = {}, args: string[] = []) {
    const directory = await tempDirectory();
    const log = join(directory, "holdpoint.log");
    const server = await startServer({
      args: ["--store", join(directory, "runs.db"), ...args],
      env: {
        OPENAI_BASE_URL: standIn.url,
        OPENAI_API_KEY: key,
        HOLDPOINT_LOG: log,
        ...env,
      },
    });
    const traces = async (): Promise<string> => {
      const entries = await readdir(directory, { withFileTypes: true });
      const files = entries.filter((entry) => entry.isFile());
      const texts = files.map((file) => readFile(join(directory, file.name), "latin1"));
      return [server.stderr(), ...(await Promise.all(texts))].join("\n");
    };
    return { server, traces };
  }

  it("calls the one that the environment names, with its key, and keeps that to itself", async () => {
    const { server, traces } = await start({ HOLDPOINT_MODEL: "some-model" });
    const seen = standIn.requests.length;
    standIn.reply({ output: [toolCallItem] }, { output: [answer] });
    const { approval } = await server.startPaused({ input: "How warm is it in Oakland?" });
    const approved = await server.call("approve", { ...approval });
    expect(approved).toMatchObject({ run: { status: "completed", output: "It is 20 degrees." } });
    const [first, second] = standIn.requests.slice(seen);
    expect(first).toMatchObject({
      path: "/v1/responses",
      headers: { authorization: `Bearer ${key}` },
      body: { model: "some-model" },
    });
    expect(JSON.stringify(second?.body)).toContain("The temperature in Oakland is 20 degrees");
    await server.close();
    expect(await traces()).not.toContain(key);
  });

  it("stops resumably at a refused key, which it does not repeat, and goes on when resumed", async () => {
    const { server, traces } = await start({ OPENAI_API: "chat" });
    const seen = standIn.requests.length;
    const refused = { message: `Incorrect API key provided: ${key}`, code: "invalid_api_key" };
    standIn.reply({ status: 401, error: refused });
    const failed = await server.call("run_agent", { input: "How warm is it?" });
    expect(failed).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("Incorrect API key"), resumable: true },
      next: expect.stringContaining("call resume_run"),
    });
    standIn.reply({ message: { role: "assistant", content: "20 degrees." } });
    const resumed = await server.call("resume_run", { run_id: failed["run_id"] ?? "" });
    expect(resumed).toMatchObject({ status: "completed", output: "20 degrees." });
    expect(standIn.requests[seen]).toMatchObject({
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${key}` },
    });
    await server.close();
    expect(JSON.stringify([failed, resumed])).not.toContain(key);
    expect(await traces()).not.toContain(key);
  });

  it("calls a provider that the configuration names, with a key of its own", async () => {
    const config = join(await tempDirectory(), "holdpoint.json");
    const providers = { house: { baseUrl: standIn.url, apiKey: "${HOUSE_KEY}" } };
    const agents = [{ name: "Clerk", model: "house/small" }];
    await writeFile(config, JSON.stringify({ providers, agents }));
    const { server, traces } = await start(
      { HOUSE_KEY: key, OPENAI_API_KEY: "", OPENAI_BASE_URL: "" },
      ["--config", config],
    );
    const seen = standIn.requests.length;
    standIn.reply({ message: { role: "assistant", content: "Hello." } });
    const ran = await server.call("run_agent", { input: "Hi" });
    expect(ran).toMatchObject({ status: "completed", output: "Hello." });
    expect(standIn.requests[seen]).toMatchObject({
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${key}` },
      body: { model: "small" },
    });
    await server.close();
    expect(await traces()).not.toContain(key);
  });

  it("answers in time, and answers others meanwhile, when the model never does", async () => {
    const { server } = await start();
    standIn.reply("never", "never");
    const slow = server.call("run_agent", { input: "x", wait_seconds: 10_000 });
    const quick = await server.call("run_agent", { input: "y", wait_seconds: 0.2 });
    expect(quick).toMatchObject({ status: "running" });
    expect(await server.call("list_agents")).toMatchObject({
      agents: [{ name: "Weather Assistant" }],
    });
    expect(await server.call("list_runs")).toMatchObject({
      runs: [{ status: "running" }, { status: "running" }],
    });
    const { runs } = (await server.call("list_runs")) as { runs: { run_id: string }[] };
    await Promise.all(
      runs.map(({ run_id }) => server.call("cancel_run", { run_id, reason: "no answer" })),
    );
    expect(await slow).toMatchObject({ status: "cancelled" });
  });
});
