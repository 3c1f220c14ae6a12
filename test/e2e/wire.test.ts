import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint, useCommands } from "../support/command.ts";
import { handshake, parseMessages, resultOf, toLines, toolCall } from "../support/json-rpc.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const oakland = { input: "What is the temperature in Oakland?" };
const list = { jsonrpc: "2.0", id: 9, method: "tools/list" };

/** An agent whose model never answers. */
const silentAgent = `
import { Agent } from "holdpoint";
const getResponse = () => new Promise(() => {});
export default new Agent({ name: "Silent", model: { getResponse, getStreamedResponse: getResponse } });
`;

/** What Windows has none of. */
const signals = process.platform === "win32" ? [] : (["SIGTERM", "SIGINT", "SIGHUP"] as const);

describe("holdpoint serve", () => {
  const tempDirectory = useTempDirectory();
  const start = useCommands();

  /** Options for a server of its own. */
  async function ownStore(): Promise<{ directory: string; args: string[] }> {
    const directory = await tempDirectory();
    return { directory, args: ["serve", "--store", join(directory, "runs.db")] };
  }

  it("answers what a shell pipe sends, and ends with it", async () => {
    const { args } = await ownStore();
    const input = toLines([...handshake, toolCall(2, "run_agent", oakland)]);
    const { exitCode, stdout } = await holdpoint(args, { input });
    expect(exitCode).toBe(0);
    expect(resultOf(stdout, 1)).toMatchObject({ serverInfo: { name: "holdpoint" } });
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: { status: "awaiting_approval", pending_count: 1 },
    });
  });

  it("says why to whoever calls it, and on stderr, where its store turns out to be damaged", async () => {
    const { directory, args } = await ownStore();
    await holdpoint(args);
    const store = join(directory, "runs.db");
    const bytes = await readFile(store);
    // All behind the header of the file.
    await writeFile(store, bytes.fill(255, 100));
    const child = start(args);
    child.stdin.write(toLines([...handshake, list, toolCall(2, "list_agents", {})]));
    const { exitCode, stdout, stderr } = await child.ended;
    const why = `Cannot use the store "${store}": it is damaged`;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`holdpoint: ${why}`);
    expect(resultOf(stdout, 9)).toHaveProperty("tools");
    expect(parseMessages(stdout)).toContainEqual({
      jsonrpc: "2.0",
      id: 2,
      error: { code: -32_603, message: expect.stringContaining(why) },
    });
  });

  it("answers at the end of input even where a run never ends", async () => {
    const { directory, args } = await ownStore();
    const agents = join(directory, "silent.mjs");
    await writeFile(agents, silentAgent);
    const input = toLines([...handshake, toolCall(2, "run_agent", { input: "x" })]);
    const { exitCode, stdout } = await holdpoint([...args, "--agents", agents], { input });
    expect(exitCode).toBe(0);
    expect(resultOf(stdout, 2)).toMatchObject({
      structuredContent: { status: "running", next: expect.stringContaining("get_run") },
    });
  });

  it("writes nothing but messages, whatever agents and tools print", async () => {
    const { directory, args } = await ownStore();
    const noise =
      'console.log("loud"); process.stdout.write("louder\\n"); console.info("loudest");';
    const { file } = await writePaymentsFile(directory, { noise });
    const child = start([...args, "--agents", file]);
    child.stdin.write(
      toLines([...handshake, toolCall(2, "run_agent", { input: 'pay {"amount": 1}' })]),
    );
    await child.printed('"id":2');
    const { structuredContent } = resultOf(child.stdout(), 2);
    const { pending_approvals } = structuredContent as {
      pending_approvals: { approval_id: string; action: string }[];
    };
    const { approval_id = "", action = "" } = pending_approvals[0] ?? {};
    child.stdin.end(toLines([toolCall(3, "approve", { approval_id, action })]));
    const { stdout, stderr, exitCode } = await child.ended;
    expect(resultOf(stdout, 3)).toMatchObject({
      structuredContent: { outcome: "approved", run: { status: "completed" } },
    });
    expect(parseMessages(stdout)).toHaveLength(3);
    expect(stderr.match(/^loud(er|est)?$/gm)).toEqual([
      ...["loud", "louder", "loudest"],
      ...["loud", "louder", "loudest"],
    ]);
    expect(exitCode).toBe(0);
  });

  it("logs a line that is no message, and goes on", async () => {
    const { args } = await ownStore();
    const { exitCode, stdout, stderr } = await holdpoint(args, {
      input: toLines([...handshake, "hello?", '{"jsonrpc":', list]),
    });
    expect(exitCode).toBe(0);
    expect(parseMessages(stdout).map(({ id }) => id)).toEqual([1, 9]);
    expect(stderr).toContain("A line was not JSON and was not read");
    expect(stderr).not.toContain("hello?");
  });

  it("answers what it does not know", async () => {
    const { args } = await ownStore();
    const unknown = [
      { jsonrpc: "2.0", id: 2, method: "server/discover" },
      toolCall(3, "no_such_tool"),
      toolCall(4, "run_agent", { inputs: "x" }),
    ];
    const { stdout } = await holdpoint(args, { input: toLines([...unknown, ...handshake]) });
    const answers = parseMessages(stdout);
    expect(answers.find(({ id }) => id === 2)).toMatchObject({ error: { code: -32_601 } });
    expect(answers.find(({ id }) => id === 3)).toMatchObject({ error: { code: -32_602 } });
    expect(resultOf(stdout, 4)).toMatchObject({
      isError: true,
      content: [{ type: "text", text: expect.stringMatching(/^INVALID_INPUT: input: /) }],
    });
  });

  it("says all it has to say to a client that reads slowly", async () => {
    const { directory, args } = await ownStore();
    const agents = join(directory, "long.mjs");
    await writeFile(agents, longWinded);
    const child = start([...args, "--agents", agents]);
    const [stdout] = child.outputs;
    child.stdin.write(toLines([...handshake, toolCall(2, "run_agent", { input: "x" })]));
    await child.printed('"id":2');
    const { run_id } = resultOf(child.stdout(), 2)["structuredContent"] as { run_id: string };
    stdout!.pause();
    // More than a pipe holds.
    const calls = [3, 4, 5, 6, 7, 8].map((id) => toolCall(id, "get_run", { run_id }));
    child.stdin.end(toLines(calls));
    await child.printed("shutting down");
    stdout!.resume();
    const ended = await child.ended;
    expect(parseMessages(ended.stdout).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ended.exitCode).toBe(0);
  });

  it("ends well when nobody reads its answers any more", async () => {
    const { args } = await ownStore();
    const child = start(args);
    child.stdin.write(toLines(handshake));
    await child.printed('"id":1');
    const [stdout] = child.outputs;
    stdout!.destroy();
    child.stdin.write(toLines([list]));
    const { exitCode, signal, stderr } = await child.ended;
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
    expect(stderr).toContain("shutting down: output: write EPIPE");
  });

  it("ends well when the host is gone, log and all, in the middle of a run", async () => {
    const { directory, args } = await ownStore();
    const agents = join(directory, "silent.mjs");
    await writeFile(agents, silentAgent);
    const child = start([...args, "--agents", agents]);
    child.stdin.write(toLines([...handshake, toolCall(2, "run_agent", { input: "x" }), list]));
    await child.printed('"id":9');
    for (const output of child.outputs) output.destroy();
    child.stdin.end();
    const { exitCode, signal } = await child.ended;
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
  });

  it.each(signals)("ends well on %s", async (name) => {
    const { args } = await ownStore();
    const child = start(args);
    await child.printed("approve counts as the user's yes");
    child.stdin.write(toLines(handshake));
    await child.printed('"id":1');
    child.kill(name);
    const { exitCode, signal, stderr } = await child.ended;
    expect({ exitCode, signal }).toEqual({ exitCode: 0, signal: null });
    expect(stderr).toContain(`shutting down: ${name}`);
  });

  it("keeps its log in a file where one is named, and also why it did not start", async () => {
    const { directory, args } = await ownStore();
    const env = { HOLDPOINT_LOG: join(directory, "holdpoint.log") };
    const { stderr } = await holdpoint(args, { env });
    const log = await readFile(env.HOLDPOINT_LOG, "utf8");
    expect(log).toBe(stderr);
    expect(log).toContain(`runs are kept in ${join(directory, "runs.db")}`);
    expect(log).toContain("shutting down: end of input");

    const failed = await holdpoint([...args, "--agents", "nowhere.ts"], { env });
    expect(failed).toMatchObject({ exitCode: 1, stdout: "" });
    const added = (await readFile(env.HOLDPOINT_LOG, "utf8")).slice(log.length);
    expect(added).toContain("Cannot load agents from nowhere.ts");
  });

  it("takes what is empty in its environment for not set", async () => {
    const directory = await tempDirectory();
    const env = { HOLDPOINT_STORE: "", OPENAI_API_KEY: "", XDG_STATE_HOME: directory };
    const { stderr } = await holdpoint(["serve"], { env: { ...env, HOME: directory } });
    expect(stderr).toContain(`runs are kept in ${directory}`);
    expect(stderr).toContain("no OPENAI_API_KEY");
  });
});

/** An agent with much to say. */
const longWinded = `
import { Agent } from "holdpoint";
import { createScriptedModel, message } from "holdpoint/testing";
const model = createScriptedModel(() => [message("x".repeat(20_000))]);
export default new Agent({ name: "Long", model });
`;
