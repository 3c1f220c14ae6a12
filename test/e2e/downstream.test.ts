import { existsSync } from "node:fs";
import { mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createFickle } from "../support/borrowed.ts";
import { holdpoint } from "../support/command.ts";
import { foreignServer } from "../support/foreign-server.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { peerFile } from "../support/peers.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const startServer = useMcpServers();

interface Place {
  directory: string;
  notes: string;
  config: string;
  /** Options of a command that uses the configuration. */
  args: string[];
}

/** A directory with a configuration, and one beside it with a note. */
async function createPlace(config: Record<string, unknown> = {}): Promise<Place> {
  const directory = await realpath(await tempDirectory());
  const notes = join(directory, "notes");
  const file = join(directory, "conf", "holdpoint.json");
  await mkdir(notes);
  await mkdir(join(directory, "conf"));
  await writeFile(join(notes, "a.txt"), "hello");
  const servers = { files: { ...foreignServer("filesystem", ["../notes"]), trusted: true } };
  await writeFile(file, JSON.stringify({ mcpServers: servers, ...config }));
  const args = ["--config", file, "--store", join(directory, "runs", "runs.db")];
  return { directory, notes, config: file, args };
}

const spell = (tool: string, args: Record<string, unknown>): string =>
  `${tool} ${JSON.stringify(args)}`;

describe("a configured server of files", () => {
  it.each([
    ["approve", true],
    ["reject", false],
  ])("is read freely, and written to only after a yes: %s", async (verb, isWritten) => {
    const { notes, args } = await createPlace();
    const server = await startServer({ args });
    const file = join(notes, "b.txt");
    const read = spell("files__read_text_file", { path: join(notes, "a.txt") });
    const write = spell("files__write_file", { path: file, content: "new" });
    const { approval } = await server.startPaused({ input: `${read} ${write}` });
    expect(existsSync(file)).toBe(false);
    const { approval_id, action } = approval;
    const decided = await server.call(verb, {
      approval_id,
      ...(verb === "approve" ? { action } : {}),
      wait_seconds: 20,
    });
    expect(decided).toMatchObject({
      run: { status: "completed", output: expect.stringContaining("hello") },
    });
    expect(existsSync(file)).toBe(isWritten);
  });

  it("goes on in the next process with what was approved", async () => {
    const { notes, args } = await createPlace();
    const file = join(notes, "b.txt");
    const input = spell("files__write_file", { path: file, content: "new" });
    const paused = await holdpoint(["run", input, ...args]);
    expect(paused.exitCode).toBe(2);
    const id = /approve (apr_\S+)/.exec(paused.stderr)?.[1] ?? "";
    const resume = /holdpoint\.js (resume .*)$/m.exec(paused.stderr)?.[1]?.split(" ") ?? [];
    await holdpoint(["approve", id, "--yes", ...args]);
    expect(existsSync(file)).toBe(false);
    expect(await holdpoint(resume)).toMatchObject({ exitCode: 0 });
    expect(await readFile(file, "utf8")).toBe("new");
  });

  it("is denied by a rule what is outside", async () => {
    const rule = {
      verdict: "deny",
      arguments: { path: { exists: true, outside: "../notes" } },
      reason: "Only the notes.",
    };
    const { directory, args } = await createPlace({ policy: [rule] });
    const file = join(directory, "outside.txt");
    const input = spell("files__write_file", { path: file, content: "x" });
    const { stdout, exitCode } = await holdpoint(["run", input, ...args]);
    expect(stdout).toContain("denied by policy and was not run: Only the notes.");
    expect([exitCode, existsSync(file)]).toEqual([0, false]);
  });

  it("whose root holds the store or the configuration is refused", async () => {
    const { directory, config, args } = await createPlace();
    const servers = { files: foreignServer("filesystem", [directory]) };
    await writeFile(config, JSON.stringify({ mcpServers: servers }));
    const { exitCode, stderr } = await holdpoint(["run", "hello", ...args]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("mcpServers.files.args[1]: is a directory that contains this file");
    expect(stderr).toContain("mcpServers.files.args[1]: is a directory that contains the store");
  });
});

describe("a server that dies in mid-call", () => {
  it("makes the run wait for somebody to say what came of it", async () => {
    const fickle = await createFickle(await tempDirectory());
    await fickle.set({ tools: [{ name: "act", description: "Acts." }], dies: "act" });
    const { args } = await createPlace({
      mcpServers: { fickle: fickle.spec },
      policy: [{ verdict: "allow", server: "fickle" }],
    });
    const server = await startServer({ args });
    const { run_id, approval } = await server.startPaused({ input: "fickle__act {}" });
    expect(approval).toMatchObject({ action: expect.stringContaining("run again: fickle__act") });
    const message = "It was done.";
    await server.call("reject", { approval_id: approval.approval_id, message, wait_seconds: 20 });
    expect(await server.call("get_run", { run_id })).toMatchObject({
      status: "completed",
      output: expect.stringContaining(message),
    });
    expect(await fickle.effects()).toEqual(["act"]);
  });
});

describe("twenty servers, one of which hangs", () => {
  it("are started behind initialize, and a run goes on without those that do not come up", async () => {
    const marks = await tempDirectory();
    const names = Array.from({ length: 20 }, (_, index) => `s${index}`);
    const script = "require('fs').writeFileSync(process.argv[1], ''); setInterval(() => {}, 1000)";
    const servers = names.map((name) => [
      name,
      { command: process.execPath, args: ["-e", script, join(marks, name)] },
    ]);
    const { args } = await createPlace({ mcpServers: Object.fromEntries(servers) });
    const server = await startServer({ args });
    const started = (): string[] => names.filter((name) => existsSync(join(marks, name)));
    // Nobody has asked for a run yet.
    await expect.poll(started, { timeout: 20_000 }).toEqual(names);
    expect(await server.call("run_agent", { input: "hello", wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
  });
});

describe("the tools of a server that was never up", () => {
  it("are listed by the first who asks, before any run", async () => {
    const script = peerFile("@modelcontextprotocol/server-memory/dist/index.js");
    const mcpServers = { memory: { command: process.execPath, args: [script] } };
    const { args } = await createPlace({ mcpServers });
    const server = await startServer({ args });
    expect(JSON.stringify(await server.call("list_agents"))).toContain("memory__read_graph");
  });
});

describe("the tools of a server that was up before", () => {
  it("are listed by the next server at once, as they were", async () => {
    const script = peerFile("@modelcontextprotocol/server-memory/dist/index.js");
    const mcpServers = { memory: { command: process.execPath, args: [script] } };
    const { args } = await createPlace({ mcpServers });
    const first = await startServer({ args });
    await first.call("run_agent", { input: "hello", wait_seconds: 20 });
    const seen = await first.call("list_agents");
    expect(JSON.stringify(seen)).toContain("memory__read_graph");
    await first.close();
    const second = await startServer({ args });
    expect(await second.call("list_agents")).toEqual(seen);
  });
});

describe("agents of a file and of a module", () => {
  it("work together", async () => {
    const { directory, args } = await createPlace({
      agents: [{ name: "Files", handoffs: ["Module"], agents: ["Helper"] }, { name: "Helper" }],
    });
    const file = join(directory, "agents.ts");
    await writeFile(
      file,
      'import { Agent } from "holdpoint";\nexport default new Agent({ name: "Module", model: "offline" });\n',
    );
    const server = await startServer({ args: [...args, "--agents", file] });
    expect(await server.call("list_agents")).toMatchObject({
      agents: [
        { name: "Module" },
        {
          name: "Files",
          handoffs: ["Module"],
          tools: expect.arrayContaining([
            expect.objectContaining({ name: "Helper" }),
            expect.objectContaining({ name: "files__read_file" }),
          ]),
        },
        { name: "Helper" },
      ],
    });
  });

  it("are gated by the rules, code as well", async () => {
    const { directory, args } = await createPlace({
      policy: [{ verdict: "deny", tool: "greet", reason: "No greetings." }],
    });
    const file = join(directory, "agents.ts");
    await writeFile(
      file,
      `import { Agent, tool } from "holdpoint";
import { z } from "zod";
const greet = tool({ name: "greet", description: "", parameters: z.object({}), execute: () => "hi" });
export default new Agent({ name: "Module", model: "offline", tools: [greet] });
`,
    );
    const { stdout } = await holdpoint(["run", "greet {}", "--agents", file, ...args]);
    expect(stdout).toContain("No greetings.");
  });
});

describe("approvers", () => {
  it("of the configuration are asked for", async () => {
    const { notes, args } = await createPlace({ approvers: { default: "person" } });
    const server = await startServer({ args });
    const input = spell("files__write_file", { path: join(notes, "b.txt"), content: "new" });
    const { approval } = await server.startPaused({ input });
    const { approval_id, action } = approval;
    expect(await server.call("approve", { approval_id, action })).toMatchObject({
      outcome: "needs_stronger_approval",
    });
  });
});

it("how far a server says that its tool is reaches whoever waits for the run", async () => {
  const every = { ...foreignServer("everything"), trusted: true };
  const policy = [{ verdict: "allow", server: "every" }];
  const { args } = await createPlace({ mcpServers: { every }, policy });
  const server = await startServer({ args });
  const told: string[] = [];
  const work = { duration: 1, steps: 4 };
  const input = spell("every__trigger-long-running-operation", work);
  await server.call(
    "run_agent",
    { input, wait_seconds: 20 },
    { onprogress: ({ message }) => void told.push(message ?? "") },
  );
  expect(told).toContain("every__trigger-long-running-operation: 2 of 4");
});
