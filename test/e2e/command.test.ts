import { once } from "node:events";
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createDemoAgent } from "../../src/app/demo-agent.ts";
import { createModelProvider, OFFLINE } from "../../src/app/model-provider.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { packageVersion } from "../../src/app/package-version.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { commandFile, holdpoint, useCommands } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { oldNodes } from "./old-nodes.ts";
import { createPayments } from "../support/payments.ts";
import { no, startPaused, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const oakland = "What is the temperature in Oakland?";
const answer = "The temperature in Oakland is 20 degrees Celsius";

describe("holdpoint", () => {
  const tempDirectory = useTempDirectory();
  const start = useCommands();
  const makeGate = useGates();

  /** A store with a run of the demo agent that waits, and perhaps was decided on. */
  async function waitingRun(verdict?: "approved" | "rejected") {
    const path = join(await tempDirectory(), "runs.db");
    const agent = createDemoAgent(OFFLINE);
    const config = { modelProvider: createModelProvider({}) };
    const registry = createAgentRegistry([{ agent, source: `demo#${agent.name}` }], config);
    const store = await openSqliteRunStore({ path });
    const log = { info: () => {}, warn: () => {} };
    const service = createRunService({ store, registry, config, log });
    const paused = await startPaused(service, oakland);
    if (verdict !== undefined) {
      await service.decide(paused.approvalId, verdict === "approved" ? yes() : no());
      await service.wait(paused.runId, { timeoutMs: 10_000 });
    }
    await service.close();
    return { ...paused, path, store: ["--store", path] };
  }

  describe("run", () => {
    it("asks, and goes on with a yes", async () => {
      const store = ["--store", join(await tempDirectory(), "runs.db")];
      const { exitCode, stdout, stderr } = await holdpoint(["run", oakland, ...store], {
        input: "maybe\ny\n",
      });
      expect(exitCode).toBe(0);
      expect(stdout.split("Let it run? (y/n):")).toHaveLength(3);
      expect(stdout).toMatch(/tool: +get_temperature\n +arguments: \{\n +"city": "Oakland"\n +\}/);
      expect(stdout).toContain(answer);
      expect(stderr).toMatch(/^no OPENAI_API_KEY|\nno OPENAI_API_KEY/);
    });

    it("asks, and goes on with a no and its reason", async () => {
      const store = ["--store", join(await tempDirectory(), "runs.db")];
      const input = "n\nNot today\n";
      const { exitCode, stdout } = await holdpoint(["run", oakland, ...store], { input });
      expect(exitCode).toBe(0);
      expect(stdout).toContain("Not today");
      expect(stdout).not.toContain(answer);
    });

    it("leaves it waiting at the end of input, after what was approved is done", async () => {
      const directory = await tempDirectory();
      const gate = await makeGate();
      const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
      const options = ["--agents", file, "--store", join(directory, "runs.db")];
      const running = start(["run", 'pay {"amount": 100} pay {"amount": 2}', ...options]);
      running.stdin.end("y\n");
      await gate.arrived;
      await running.printed("Decide later");
      gate.open();
      const { exitCode, stderr } = await running.ended;
      expect(exitCode).toBe(2);
      expect(await readEffects(effects)).toMatchObject([{ amount: 100 }]);
      const [, resume = ""] =
        /and let it go on: \S+ \S+holdpoint\.js (resume .*)\n/.exec(stderr) ?? [];
      const resumed = await holdpoint(resume.split(" "), { input: "y\n" });
      expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Paid 2") });
      expect(await readEffects(effects)).toMatchObject([{ amount: 100 }, { amount: 2 }]);
    });

    it("goes on with what somebody decides elsewhere meanwhile", async () => {
      const store = ["--store", join(await tempDirectory(), "runs.db")];
      const running = start(["run", oakland, ...store]);
      await running.printed("Let it run?");
      const [approvalId = ""] = /apr_[\w-]+/.exec(running.stdout()) ?? [];
      await holdpoint(["approve", approvalId, "--yes", ...store]);
      running.stdin.end("n\n\n");
      const { exitCode, stdout, stderr } = await running.ended;
      expect(stderr).toContain(`Approval ${approvalId} is approved by`);
      expect(stdout).toContain(answer);
      expect(exitCode).toBe(0);
    });

    it("says that a run failed, and resume goes on with it", async () => {
      const directory = await tempDirectory();
      const agents = join(directory, "agents.mjs");
      const credit = join(directory, "credit");
      await writeFile(agents, brokeAgent(credit));
      const options = ["--agents", agents, "--store", join(directory, "runs.db")];
      const failed = await holdpoint(["run", "x", ...options]);
      expect(failed.exitCode).toBe(1);
      expect(failed.stderr).toMatch(/Run run_\S+ failed \(model_failed\): no credit\n/);
      const [, resume = ""] =
        /Go on with it: \S+ \S+holdpoint\.js (resume .*)\n/.exec(failed.stderr) ?? [];
      await writeFile(credit, "");
      const resumed = await holdpoint(resume.split(" "));
      expect(resumed).toMatchObject({ exitCode: 0, stdout: "\ndone\n" });
    });
  });

  it("approvals lists what waits, for people and for programs", async () => {
    const { store, runId, approvalId } = await waitingRun();
    const listed = (await holdpoint(["approvals", ...store])).stdout.trimEnd().split("\n");
    expect(listed).toHaveLength(2);
    expect(listed[1]).toMatch(/^normal get_temperature .*Oakland/);
    expect(listed[1]).toContain(approvalId);
    const told = await holdpoint(["approvals", "--long", ...store]);
    expect(told).toMatchObject({ exitCode: 0, stderr: "" });
    for (const part of [approvalId, runId, "Weather Assistant", "get_temperature", '"Oakland"']) {
      expect(told.stdout).toContain(part);
    }
    const asJson = async (form: string): Promise<unknown[]> => {
      const { stdout } = await holdpoint(["approvals", form, ...store]);
      return stdout
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
    };
    const call = { tool: "get_temperature", arguments: '{"city":"Oakland"}' };
    expect(await asJson("--json")).toMatchObject([
      { approval_id: approvalId, run_id: runId, action_truncated: false, ...call },
    ]);
    expect(await asJson("--json=v1")).toMatchObject([{ approvalId, runId, ...call }]);
  });

  it("approve shows the call and asks, once; then resume goes on with the run", async () => {
    const { store, path, runId, approvalId } = await waitingRun();
    const approve = ["approve", approvalId, ...store];
    const refused = await holdpoint(approve, { input: "n\n" });
    expect(refused).toMatchObject({
      exitCode: 2,
      stdout: expect.stringMatching(/"city": "Oakland"[^]*Let it run\?[^]*Nothing was decided/),
    });
    const approved = await holdpoint(approve, { input: "y\n" });
    expect(approved).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        new RegExp(
          `Approved\\.[^]*No server is up here\\. This goes on with it: .* resume ${runId} --store`,
        ),
      ),
    });
    const again = await holdpoint(approve);
    expect(again).toMatchObject({ exitCode: 0, stdout: "It was approved already.\n" });
    const late = await holdpoint(["reject", approvalId, ...store]);
    expect(late).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^holdpoint: .* is approved by .* Decisions are final\n$/),
    });

    const { file } = await writePaymentsFile(await tempDirectory());
    const elsewhere = await holdpoint(["resume", runId, "--agents", file, ...store]);
    expect(elsewhere).toMatchObject({
      exitCode: 1,
      stderr: `holdpoint: This run's agent is demo#Weather Assistant. Use ${process.execPath} ${commandFile} resume ${runId} --store ${path}\n`,
    });
    const resumed = await holdpoint(["resume", runId, ...store]);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(answer) });
  });

  it("reject tells the agent why", async () => {
    const { store, runId, approvalId } = await waitingRun();
    const rejected = await holdpoint(["reject", approvalId, "--message", "Too hot", ...store]);
    expect(rejected).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/tool: .*\nRejected\.\nNo server is up here\. .*\n$/s),
    });
    const resumed = await holdpoint(["resume", runId, ...store]);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Too hot") });
  });

  it("runs lists runs, and cancel ends one", async () => {
    const { store, runId } = await waitingRun();
    const cancelled = await holdpoint(["cancel", runId, "--reason", "no", ...store]);
    expect(cancelled).toMatchObject({ exitCode: 0, stdout: `Run ${runId} is cancelled.\n` });
    const listed = await holdpoint(["runs", ...store]);
    expect(listed.stdout).toMatch(
      new RegExp(
        `^${runId}  cancelled +Weather Assistant  started \\S+Z, last entry \\S+Z  What is the temperature in Oakland\\?\n$`,
      ),
    );
    const waiting = await holdpoint(["runs", "--status", "awaiting_approval", "--json", ...store]);
    expect(waiting).toMatchObject({ exitCode: 0, stdout: "" });
    const odd = await holdpoint(["runs", "--status", "odd", ...store]);
    expect(odd).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("--status must be one of running, "),
    });
  });

  it("show tells a run's journal, and gives it as it is stored", async () => {
    const { store, runId } = await waitingRun("rejected");
    const story = await holdpoint(["show", runId, ...store]);
    expect(story.stdout).toMatch(
      /asked, normal risk: [\s\S]*rejected by [\s\S]*\d\d:\d\d:\d\d  completed\n/,
    );
    expect(
      story.stdout
        .split("\n")
        .slice(1)
        .filter((line) => line.length > 80),
    ).toEqual([]);
    const { stdout } = await holdpoint(["show", runId, "--journal", ...store]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe(
      `${runId}: completed, agent "Weather Assistant" (demo#Weather Assistant)`,
    );
    expect(lines[1]).toBe(`for: ${oakland}`);
    const types = lines.slice(2).map((line) => line.trim().split(/ +/)[2]);
    expect(types).toContain("approval_requested");
    expect(types.at(-1)).toBe("run_completed");
    const raw = await holdpoint(["show", runId, "--json", ...store]);
    const entries = raw.stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    expect(entries.map((entry) => (entry as { type: string }).type)).toEqual(types);
  });

  describe("says what is wrong, and exits with 1", () => {
    const taken = useTakenPort();

    it.each([
      [
        "a misspelt command",
        ["aprove"],
        /^There is no command "aprove"\. Did you mean approve\?\n\S+ \S+holdpoint\.js --help lists them\.\n$/,
      ],
      [
        "an unknown option",
        ["runs", "--frobnicate"],
        /^holdpoint: Unknown option '--frobnicate'\nUsage: \S+ \S+holdpoint\.js runs /,
      ],
      [
        "a misspelt option",
        ["runs", "--stauts=failed"],
        /^holdpoint: Unknown option '--stauts'\. Did you mean --status\?\nUsage: \S+ \S+holdpoint\.js runs /,
      ],
      ["another kind of JSON", ["runs", "--json=v2"], /^holdpoint: --json, or --json=v1: .*=v2\n$/],
      [
        "nothing to approve",
        ["approve"],
        /^holdpoint: Say which: the approval's id is missing; \S+ \S+holdpoint\.js approvals lists/,
      ],
      ["a word too many", ["cancel", "a", "b"], /^holdpoint: I do not know what to do with "b"\n$/],
      [
        "a memory store",
        ["approvals", "--store", "memory"],
        /^holdpoint: A memory store lives inside/,
      ],
      [
        "an unknown run",
        ["show", "run_x", "--store", "STORE"],
        /There is no run run_x in this store\n\S+ \S+holdpoint\.js runs lists them; with the same --store/,
      ],
      [
        "an unknown approval",
        ["approve", "apr_x", "--yes", "--store", "STORE"],
        /^holdpoint: There is no approval apr_x in this store/,
      ],
      ["a wait that is no number", ["serve", "--max-wait", "long"], /--max-wait must be a number/],
      [
        "a store that cannot be",
        ["runs", "--store", "FILE/x.db"],
        /^holdpoint: Cannot create the store/,
      ],
      [
        "a store where nothing can be made",
        ["runs", "--store", "/proc/x/y.db"],
        /^holdpoint: Cannot create the store "\/proc\/x\/y\.db": .*\. Use a path this user may write to\n$/,
      ],
      ["a port that is taken", ["inbox", "--port", "PORT", "--store", "STORE"], takenPort],
      [
        "a port that is taken, of a server, which ends then",
        ["serve", "--inbox", "--port", "PORT", "--store", "STORE"],
        /\nholdpoint: Cannot serve the inbox: port \d+ is taken by another program\. /,
      ],
    ])("%s", async (_name, args, expected) => {
      const path = join(await tempDirectory(), "runs.db");
      const given = args.map((word) =>
        word === "STORE" ? path : word.replace("FILE", commandFile).replace("PORT", taken()),
      );
      const { exitCode, stdout, stderr } = await holdpoint(given);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      expect(stderr).toMatch(expected);
    });
  });

  it("lists its commands, and helps with one", async () => {
    const { exitCode, stdout, stderr } = await holdpoint(["--help"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const name of ["serve", "run", "approvals", "approve", "reject", "demo"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name} +\\w`, "m"));
    }
    const one = await holdpoint(["approve", "--help"]);
    expect(one).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(
        /^\S+ \S+holdpoint\.js approve ID .*\n\nLet .*\n\nWords:\n  ID  the approval.*\n\nOptions:\n.*\n\nExample:\n.*\n\nExit codes:\n.*\n {2}2 {2}nothing was decided\n$/s,
      ),
    });
    expect(await holdpoint(["help", "approve"])).toEqual(one);
  });

  it("says its version", async () => {
    const { exitCode, stdout } = await holdpoint(["--version"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `${packageVersion()}\n` });
  });

  it("demo plays its story to the end, and leaves nothing with the user", async () => {
    const home = await tempDirectory();
    const env = { HOME: home, XDG_STATE_HOME: "" };
    const { exitCode, stdout, stderr } = await holdpoint(["demo"], { env });
    expect(readdirSync(home)).toEqual([]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("killed (SIGKILL)");
    expect(stdout).toContain(answer);
    expect(stdout).toContain("Oakland is off limits today.");
  });

  it.each(oldNodes())("says on $name that it is too old", async ({ node }) => {
    const { exitCode, stdout, stderr } = await holdpoint(["--help"], { node });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toMatch(/^holdpoint needs Node 22\.18 or newer, and this is \S+: .*\n$/);
  });
});

const takenPort =
  /^Decisions.*\nholdpoint: Cannot serve the inbox: port \d+ is taken by another program\. Choose another with --port, or leave --port out\n$/s;

/** A port that something listens on while the tests run. */
function useTakenPort(): () => string {
  const server = createServer();
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
  });
  afterAll(() => void server.close());
  return () => {
    const address = server.address();
    return typeof address === "object" && address !== null ? String(address.port) : "";
  };
}

/** An agent whose model fails until a file is there. */
function brokeAgent(credit: string): string {
  return `
import { existsSync } from "node:fs";
import { Agent } from "holdpoint";
import { createScriptedModel, message } from "holdpoint/testing";
const model = createScriptedModel(() =>
  existsSync(${JSON.stringify(credit)}) ? [message("done")] : new Error("no credit"),
);
export default new Agent({ name: "Broke", model });
`;
}

describe("lists that are long", () => {
  const tempDirectory = useTempDirectory();

  it.each([
    ["runs", "newest"],
    ["approvals", "oldest"],
  ])("%s: say what they leave out, and how to see it", async (verb, which) => {
    const path = join(await tempDirectory(), "runs.db");
    const store = await openSqliteRunStore({ path });
    const { agent } = createPayments();
    const registry = createAgentRegistry([{ agent, source: "test#A" }], {});
    const log = { info() {}, warn() {} };
    const service = createRunService({ store, registry, log });
    for (const amount of [1, 2, 3]) await startPaused(service, `pay {"amount": ${amount}}`);
    await service.close();
    const list = (...args: string[]) => holdpoint([verb, "--store", path, "--json", ...args]);
    const lines = (text: string): number => text.split("\n").filter((line) => line !== "").length;
    const some = await list("--limit", "2");
    expect(lines(some.stdout)).toBe(2);
    expect(some.stderr).toContain(`These are the ${which} 2; --limit N shows more.`);
    const all = await list("--limit", "3");
    expect({ count: lines(all.stdout), stderr: all.stderr }).toEqual({ count: 3, stderr: "" });
    expect((await list("--limit", "0")).stderr).toContain("--limit must be a whole number above 0");
  });
});
