import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { holdpoint } from "../support/command.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const startServer = useMcpServers();

const NOT_YET = "is not trusted yet; a person does that once, in a terminal there, with";

interface Clone {
  /** The folder of a repository that brought a configuration. */
  cwd: string;
  file: string;
  /** Is there once a server of it was started. */
  mark: string;
  store: string;
}

/** A cloned repository whose configuration starts a command of its own. */
async function createClone(changes: Record<string, unknown> = {}): Promise<Clone> {
  const folder = await realpath(await tempDirectory());
  const cwd = join(folder, "clone");
  const file = join(cwd, "holdpoint.json");
  const mark = join(folder, "started");
  await mkdir(cwd);
  await writeFile(join(cwd, "clerk.md"), "Be a clerk.");
  const script = "require('fs').writeFileSync(process.argv[1], process.env.KEY || '')";
  const config = {
    mcpServers: {
      own: { command: process.execPath, args: ["-e", script, mark], env: { KEY: "${HOME}" } },
    },
    agents: [{ name: "Clerk", instructionsFile: "clerk.md" }],
    policy: [{ verdict: "allow" }],
    store: join(folder, "theirs.db"),
    ...changes,
  };
  await writeFile(file, JSON.stringify(config));
  return { cwd, file, mark, store: join(folder, "runs.db") };
}

describe("a configuration that was found and that nobody trusted", () => {
  it("leaves a server that answers, and starts nothing", async () => {
    const { cwd, mark, store, file } = await createClone();
    const agents = join(cwd, "../agents.ts");
    await writeFile(
      agents,
      `import { Agent } from "holdpoint"; export default new Agent({ name: "Module", model: "offline" });`,
    );
    for (const args of [[], ["--agents", agents]]) {
      const server = await startServer({ args: ["--store", store, ...args], cwd });
      expect(await server.call("list_agents")).toMatchObject({ agents: [] });
      expect(await server.call("list_runs")).toMatchObject({ runs: [] });
      expect(await server.call("list_pending_approvals")).toMatchObject({ approvals: [] });
      const refused = await server.failure("run_agent", { input: "hello" });
      expect(refused).toContain(`holdpoint.json in ${cwd} ${NOT_YET}`);
      expect(await server.failure("resume_run", { run_id: "run_x" })).toContain(NOT_YET);
      expect(server.stderr()).toContain(NOT_YET);
    }
    expect([existsSync(mark), existsSync(join(file, "../../theirs.db"))]).toEqual([false, false]);
  });

  it.each([
    ["run", "hello"],
    ["chat"],
    ["resume", "run_x"],
    ["check"],
    ["policy", "test", "holdpoint.json"],
  ])("is not obeyed by %s", async (...args) => {
    const { cwd, mark, store } = await createClone();
    const options = args[0] === "policy" ? [] : ["--store", store];
    const { exitCode, stderr } = await holdpoint([...args, ...options], { cwd, input: "hello\n" });
    expect([exitCode, existsSync(mark)]).toEqual([1, false]);
    expect(stderr).toContain(NOT_YET);
  });

  it("hinders nobody who lists, shows and decides", async () => {
    const { cwd, store } = await createClone();
    const paused = await holdpoint(["run", 'get_temperature {"city":"Oakland"}', "--store", store]);
    const [id = ""] = /apr_\S+/.exec(paused.stderr) ?? [];
    const options = { cwd };
    expect((await holdpoint(["approvals", "--store", store], options)).stdout).toContain(id);
    const approved = await holdpoint(["approve", id, "--yes", "--store", store], options);
    expect(approved).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Approved") });
    // What it says of the store is not obeyed either.
    const { stdout } = await holdpoint(["runs"], options);
    expect(stdout).not.toContain("theirs.db");
  });

  it("is left alone where somebody says so, and by the demo", async () => {
    const { cwd, mark, store } = await createClone();
    const run = await holdpoint(["run", "hello", "--no-config", "--store", store], { cwd });
    const demo = await holdpoint(["demo"], { cwd });
    expect([run.exitCode, demo.exitCode, existsSync(mark)]).toEqual([0, 0, false]);
    const both = await holdpoint(["run", "hello", "--no-config", "--config", "x"], { cwd });
    expect(both.stderr).toContain("exclude each other");
  });

  it("counts where it is named, or lies among the user's own settings", async () => {
    const { cwd, file } = await createClone({ mcpServers: {}, store: "memory" });
    const named = await holdpoint(["check", "--config", file]);
    const inEnv = await holdpoint(["check"], { cwd, env: { HOLDPOINT_CONFIG: file } });
    const settings = join(cwd, "../settings");
    await mkdir(settings);
    await symlink(cwd, join(settings, "holdpoint"));
    const own = await holdpoint(["check"], { cwd, env: { XDG_CONFIG_HOME: settings } });
    expect([named.exitCode, inEnv.exitCode, own.exitCode]).toEqual([0, 0, 0]);
  });

  it("is trusted by no pipe", async () => {
    const { cwd } = await createClone();
    const { exitCode, stderr } = await holdpoint(["trust"], { cwd, input: "y\n" });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining("a person does that")]);
    expect((await holdpoint(["check"], { cwd })).stderr).toContain(NOT_YET);
  });

  it("that others may write is not trusted, and is warned of where it is named", async () => {
    const { cwd, file } = await createClone({ mcpServers: {}, store: "memory" });
    await chmod(file, 0o666);
    const { stderr } = await holdpoint(["check"], { cwd });
    expect(stderr).toContain("everybody may write it");
    const named = await holdpoint(["check", "--config", file]);
    expect(named).toMatchObject({ exitCode: 0, stderr: expect.stringContaining("everybody may") });
  });
});

describe.skipIf(!hasTerminal)("holdpoint trust", () => {
  const trust = async (cwd: string, typed = "y\n"): Promise<string> =>
    (await onTerminal(["trust"], { cwd, typed })).screen;

  it("shows what would start, and trusts it until a word of it changes", async () => {
    const { cwd, file } = await createClone();
    const screen = (await trust(cwd)).replaceAll("\n", "");
    for (const part of ['server "own" starts:', "environment: HOME", "client (the default)"]) {
      expect(screen).toContain(part);
    }
    const calls = join(cwd, "calls.json");
    await writeFile(calls, "[]");
    const test = (): Promise<{ exitCode: number | null; stderr: string }> =>
      holdpoint(["policy", "test", calls], { cwd });
    expect(await test()).toMatchObject({ exitCode: 0 });
    await writeFile(join(cwd, "clerk.md"), "Be a thief.");
    expect((await test()).stderr).toContain("has changed since it was trusted");
    await trust(cwd);
    expect(await test()).toMatchObject({ exitCode: 0 });
    await writeFile(file, `${await readFile(file, "utf8")} `);
    expect((await test()).stderr).toContain("has changed since it was trusted");
    expect(await trust(cwd, "n\n")).toContain("Nothing was trusted");
    expect((await test()).stderr).toContain("has changed since it was trusted");
  });

  it("says what is wrong in it, which may be right where it is used", async () => {
    const { cwd } = await createClone({ policy: [{ verdict: "allow", tols: "*" }] });
    const screen = await trust(cwd);
    expect(screen).toContain("Nothing starts with it as it is.");
    expect(screen.replaceAll("\n", "")).toContain("policy[0].tols: no such setting here");
    const sound = await createClone();
    expect(await trust(sound.cwd)).not.toContain("Nothing starts");
  });

  it("is not needed for what init wrote at a terminal", async () => {
    const cwd = await realpath(await tempDirectory());
    await onTerminal(["init"], { cwd, typed: "y\n" });
    await writeFile(join(cwd, "calls.json"), "[]");
    const { exitCode } = await holdpoint(["policy", "test", "calls.json"], { cwd });
    expect(exitCode).toBe(0);
  });

  it("is heard of by a server that runs already", async () => {
    const { cwd, store } = await createClone();
    const server = await startServer({ args: ["--store", store], cwd });
    await trust(cwd);
    expect(await server.failure("run_agent", { input: "x" })).toContain("start this server again");
  });
});
