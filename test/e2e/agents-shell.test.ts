import { statSync } from "node:fs";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { foreignText } from "../interop/fixtures.ts";
import { readEffects, weatherAgents, writePaymentsFile } from "../support/agent-files.ts";
import { commandFile, holdpoint } from "../support/command.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { hasTerminal, onTerminal } from "../support/pty.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const serve = useMcpServers();

/** Runs what it is given, as the shell tool of an agent does. */
const RUN =
  "const [program, ...rest] = process.argv.slice(1);" +
  "process.exit(require('child_process').spawnSync(program, rest, { stdio: 'inherit' }).status)";

/** Starts a server as a host does, and once it answers runs what it is given besides. */
const TALK =
  "const { spawn, spawnSync } = require('child_process');" +
  "const [started, program, ...rest] = process.argv.slice(1);" +
  "const [first, ...more] = JSON.parse(started);" +
  "const child = spawn(first, more, { stdio: ['pipe', 'pipe', 'inherit'] });" +
  "child.stdin.write(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }) + '\\n');" +
  "child.stdout.once('data', () => {" +
  "const { status } = spawnSync(program, rest, { stdio: 'inherit' });" +
  "child.stdin.end(); process.exitCode = status; });";

let directory: string;
let server: McpServerProcess;
let effects: string;
let store: string[];
/** A coding agent's program, which runs what it is given. */
let agent: string[];
/** What started the server of the test is what runs this. */
const host = [process.execPath, "-e", RUN, "--"];

beforeEach(async () => {
  directory = await tempDirectory();
  const payments = await writePaymentsFile(directory);
  effects = payments.effects;
  const config = join(directory, "holdpoint.json");
  await writeFile(config, JSON.stringify({ approvers: { default: "person" } }));
  store = ["--store", join(directory, "runs.db")];
  server = await serve({ args: ["--config", config, "--agents", payments.file, ...store] });
  await symlink(process.execPath, join(directory, "claude"));
  agent = [join(directory, "claude"), "-e", RUN, "--"];
});

async function decided(runId: string): Promise<unknown[]> {
  const { stdout } = await holdpoint(["export", runId, ...store]);
  const entries = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  return entries.filter(({ type }) => type === "approval_decided");
}

describe.runIf(hasTerminal)("a terminal below", () => {
  it.each([
    ["a coding agent", () => agent, /runs below Claude Code \(process \d+\)/],
    ["the host of the server", () => host, /which started the server that asks/],
  ])("%s is no person's, whatever makes a terminal of it", async (_, below, why) => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
    for (const more of [[], ["--yes"]]) {
      const { exitCode, screen } = await onTerminal(
        ["approve", approval.approval_id, ...more, ...store],
        { typed: "y\n", below: below() },
      );
      expect(screen.replaceAll(/\s+/g, " ")).toMatch(why);
      expect([exitCode, (await readEffects(effects)).length]).toEqual([1, 0]);
    }
  });

  it("the host of a server that was started through others is no person's", async () => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
    // As `npx` does, or a script: what hands its own input on only started the server for another.
    const started = [...host, process.execPath, commandFile, "serve", "--no-config", ...store];
    const { exitCode, screen } = await onTerminal(["approve", approval.approval_id, ...store], {
      typed: "y\n",
      below: [process.execPath, "-e", TALK, "--", JSON.stringify(started)],
    });
    expect(screen.replaceAll(/\s+/g, " ")).toContain("which started the server that asks");
    expect([exitCode, (await readEffects(effects)).length]).toEqual([1, 0]);
  });

  it.each(["CLAUDECODE", "CURSOR_AGENT"])(
    "nothing that says so, but with %s of an agent's shell in its environment, is no person's",
    async (name) => {
      const { approval } = await server.startPaused({ input: 'pay {"amount": 5}' });
      await writeFile(join(directory, "holdpoint.json"), "{}");
      const options = { typed: "y\n", cwd: directory, env: { [name]: "1" } };
      for (const command of [["approve", approval.approval_id, ...store], ["trust"]]) {
        const { exitCode, screen } = await onTerminal(command, options);
        expect([exitCode, screen.replaceAll(/\s+/g, " ")]).toEqual([
          1,
          expect.stringMatching(`${name} is set here`),
        ]);
      }
      expect(await readEffects(effects)).toEqual([]);
    },
  );

  it("a coding agent may refuse, which is recorded with what was above it", async () => {
    const { approval, run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    await onTerminal(["reject", approval.approval_id, "--yes", ...store], {
      typed: "",
      below: agent,
    });
    expect(await decided(run_id)).toMatchObject([
      {
        decision: "rejected",
        level: "client",
        ancestors: expect.arrayContaining([expect.stringMatching(/^claude \(\d+\)$/)]),
      },
    ]);
  });

  it("a coding agent trusts no configuration, and sets no PIN", async () => {
    await writeFile(join(directory, "holdpoint.json"), "{}");
    for (const command of [["trust"], ["enrol"]]) {
      const { exitCode, screen } = await onTerminal(command, {
        typed: "y\n1234\n1234\n",
        below: agent,
        cwd: directory,
        env: { XDG_STATE_HOME: directory },
      });
      expect([exitCode, screen.replaceAll(/\s+/g, " ")]).toEqual([
        1,
        expect.stringContaining("a person does that, and this terminal runs below Claude Code"),
      ]);
    }
  });

  it.each([
    ["a coding agent", () => agent],
    ["the host of a server", () => host],
  ])("%s writes a configuration that is not trusted by that", async (_, below) => {
    const folder = join(directory, "project");
    await mkdir(folder);
    const options = { cwd: folder };
    const { screen } = await onTerminal(["init"], { ...options, typed: "y\n", below: below() });
    expect(screen.replaceAll(/\s+/g, " ")).toContain("It is not trusted yet");
    await writeFile(join(folder, "calls.json"), "[]");
    const { stderr } = await holdpoint(["policy", "test", "calls.json"], options);
    expect(stderr).toContain("is not trusted yet");
  });

  it("a coding agent takes in no approvals that need a person", async () => {
    const { file, args } = await foreignRun();
    const { screen, exitCode } = await onTerminal(["import", file, "--with-approvals", ...args], {
      typed: "",
      below: agent,
    });
    expect([exitCode, screen]).toEqual([0, expect.stringContaining("(awaiting_approval)")]);
  });
});

/** A state in which a call was approved elsewhere, and an agent whose calls a person decides here. */
async function foreignRun(): Promise<{ file: string; args: string[] }> {
  const file = join(directory, "state.json");
  await writeFile(file, foreignText("py-a2-approved-not-resumed"));
  const agents = join(directory, "weather.ts");
  await writeFile(agents, weatherAgents);
  const config = join(directory, "holdpoint.json");
  return { file, args: ["--config", config, "--agents", agents, ...store] };
}

describe.runIf(hasTerminal)("who enrolled a PIN", () => {
  it("is asked for it before approvals of another program are taken in", async () => {
    const env = { XDG_STATE_HOME: directory };
    await onTerminal(["enrol"], { typed: "2468\n2468\n", env });
    const { file, args } = await foreignRun();
    const command = ["import", file, "--with-approvals", ...args];
    const wrong = await onTerminal(command, { typed: "1111\n", env });
    expect(wrong).toMatchObject({ exitCode: 1, screen: expect.stringContaining("not the PIN") });
    const right = await onTerminal(command, { typed: "2468\n", env });
    expect(right).toMatchObject({ exitCode: 0, screen: expect.stringContaining("(running)") });
  });

  it("is not asked for it where less will do", async () => {
    const env = { XDG_STATE_HOME: directory };
    await onTerminal(["enrol"], { typed: "2468\n2468\n", env });
    await writeFile(join(directory, "holdpoint.json"), JSON.stringify({}));
    const paused = await holdpoint(["run", 'get_temperature {"city":"Oakland"}', ...store], {
      input: "",
    });
    const [id = ""] = /apr_\S+/.exec(paused.stderr) ?? [];
    const { screen, exitCode } = await onTerminal(["approve", id, ...store], { typed: "y\n", env });
    expect([exitCode, screen]).toEqual([0, expect.not.stringContaining("PIN")]);
  });

  it("is asked for it where a person is needed, and kept as a hash", async () => {
    const env = { XDG_STATE_HOME: directory };
    const enrolled = await onTerminal(["enrol"], { typed: "2468\n2468\n", env });
    expect(enrolled).toMatchObject({ exitCode: 0, screen: expect.stringContaining("Enrolled") });
    const file = join(directory, "holdpoint/pin.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await readFile(file, "utf8")).not.toContain("2468");

    const { approval, run_id } = await server.startPaused({ input: 'pay {"amount": 5}' });
    const args = ["approve", approval.approval_id, ...store];
    const wrong = await onTerminal(args, { typed: "y\n1111\n", env });
    expect(wrong).toMatchObject({ exitCode: 1, screen: expect.stringContaining("not the PIN") });
    expect(await decided(run_id)).toEqual([]);
    const right = await onTerminal(args, { typed: "y\n2468\n", env });
    expect(right).toMatchObject({ exitCode: 0, screen: expect.stringContaining("Your PIN:") });
    expect(await decided(run_id)).toMatchObject([{ decision: "approved", level: "person" }]);
    // Changing it asks for the one before.
    const changed = await onTerminal(["enrol"], { typed: "1111\n9999\n9999\n", env });
    expect(changed.exitCode).toBe(1);
  });
});
