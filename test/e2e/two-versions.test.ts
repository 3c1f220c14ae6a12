import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, it, vi } from "vitest";

import { createSqliteSessions } from "../../src/index.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers, type PausedRun } from "../support/mcp-client.ts";
import { useOldPackage, type OldServer } from "../support/old-package.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const patience = { timeout: 20_000 };
const timeout = 120_000;
const pay = (amount: number): JsonObject => ({ input: `pay {"amount": ${amount}}` });

const old = useOldPackage();

describe("a store of the version before", { timeout }, () => {
  const { openSite, startServer } = useSites();

  it("is migrated after a copy that is named, and its runs go on in format 2", async () => {
    const { args, store, directory, effects, path } = await openSite();
    const before = await old.serve(args);
    const key = { ...pay(2), session_id: "s1", idempotency_key: "k1" };
    const done = await startPaused(before, key);
    const finished = await before.call("approve", { ...done.approval, wait_seconds: 20 });
    expect(finished).toMatchObject({ run: { status: "completed" } });
    const paused = await startPaused(before, pay(1));
    await before.close();
    const ids = [done.run_id, paused.run_id];
    const lines = await Promise.all(ids.map((id) => linesOf(old.holdpoint, id, path)));

    const server = await startServer({ args });
    const copy = await namedCopy(directory, server.stderr());
    const items = await itemsOf(path);
    expect(items.length).toBeGreaterThan(2);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    // The copy is whole, and of the version before.
    const copied = await Promise.all(ids.map((id) => linesOf(old.holdpoint, id, copy)));
    expect(copied).toEqual(lines);

    expect(await server.call("get_run", { run_id: done.run_id })).toEqual(
      expect.objectContaining(pick(finished["run"], ["run_id", "status", "output"])),
    );
    expect(await server.call("run_agent", key)).toMatchObject({ run_id: done.run_id });
    expect(await server.call("get_run", { run_id: paused.run_id })).toMatchObject({
      status: "awaiting_approval",
      pending_approvals: [paused.approval],
    });
    expect(await server.call("approve", { ...paused.approval, wait_seconds: 20 })).toMatchObject({
      outcome: "approved",
      run: { status: "completed" },
    });
    expect((await readEffects(effects)).map(({ amount }) => amount)).toEqual([2, 1]);

    const [doneLines = [], pausedLines = []] = lines;
    expect(await linesOf(holdpoint, done.run_id, path)).toEqual(doneLines);
    const now = await linesOf(holdpoint, paused.run_id, path);
    expect(now.slice(0, pausedLines.length)).toEqual(pausedLines);
    const added = now.slice(pausedLines.length).map((line) => JSON.parse(line) as JsonObject);
    expect(added.find(({ type }) => type === "run_claimed")).toMatchObject({ format: 2 });
    expect(added.find(({ type }) => type === "tool_finished")).toMatchObject({
      attempt: 1,
      outcome: "ran",
    });
    expect(added.find(({ type }) => type === "tool_started")).toMatchObject({
      epoch: added.find(({ type }) => type === "run_claimed")?.["epoch"],
    });
    expect(await holdpoint(["audit", ...store])).toMatchObject({ exitCode: 0, stderr: "" });

    expect(await itemsOf(path)).toEqual(items);
    const next = await server.startPaused({ ...pay(3), session_id: "s1" });
    await server.call("approve", { ...next.approval, wait_seconds: 20 });
    expect((await itemsOf(path)).slice(0, items.length)).toEqual(items);
    expect((await itemsOf(path)).length).toBeGreaterThan(items.length);
  });

  it("is copied once, by whoever opens it first", async () => {
    const { args, store, directory, path } = await openSite();
    const before = await old.serve(args);
    const { run_id } = await startPaused(before, pay(1));
    await before.close();
    const listed = await Promise.all([1, 2, 3].map(() => holdpoint(["runs", ...store])));
    for (const { exitCode, stdout } of listed) {
      expect(exitCode).toBe(0);
      expect(stdout).toContain(run_id);
    }
    const said = listed.map(({ stderr }) => stderr).join("\n");
    const copy = await namedCopy(directory, said);
    await holdpoint(["runs", ...store]);
    expect(await namedCopy(directory, said)).toBe(copy);
    expect(await linesOf(old.holdpoint, run_id, copy)).not.toEqual([]);
    expect(path).not.toBe(copy);
  });

  it("that was migrated is refused by the version before in one sentence", async () => {
    const { args, store, path } = await openSite();
    const before = await old.serve(args);
    const { run_id } = await startPaused(before, pay(1));
    await before.close();
    await holdpoint(["runs", ...store]);
    const lines = await linesOf(holdpoint, run_id, path);

    for (const command of [["runs"], ["export", run_id], ["cancel", run_id], ["serve"]]) {
      const { exitCode, stdout, stderr } = await old.holdpoint([...command, ...store]);
      expect({ command, exitCode, stdout }).toEqual({ command, exitCode: 1, stdout: "" });
      expect(stderr).toMatch(
        /^holdpoint: Cannot use the store ".*": [^\n]*schema version[^\n]*\n$/,
      );
    }
    expect(await linesOf(holdpoint, run_id, path)).toEqual(lines);
  });
});

describe("a process of the version before that has the store open", { timeout }, () => {
  const { openSite, startServer } = useSites();

  it("is refused at its next write in one sentence, and the run goes on in the new one", async () => {
    const { args, path, effects } = await openSite();
    const before = await old.serve(args);
    const { run_id, approval } = await startPaused(before, pay(1));
    const lines = await linesOf(old.holdpoint, run_id, path);
    const server = await startServer({ args });

    expectOneSentence(await before.failure("approve", { ...approval, wait_seconds: 0 }));
    expectOneSentence(await before.failure("run_agent", { ...pay(2), wait_seconds: 0 }));
    expectOneSentence(await before.failure("cancel_run", { run_id }));
    expectToldWhy(before);
    expect(await linesOf(holdpoint, run_id, path)).toEqual(lines);
    expect(await server.call("list_runs")).toMatchObject({
      runs: [{ run_id, status: "awaiting_approval" }],
    });

    expect(await server.call("approve", { ...approval, wait_seconds: 20 })).toMatchObject({
      outcome: "approved",
      run: { status: "completed" },
    });
    expect(await readEffects(effects)).toEqual([{ amount: 1, pid: server.pid }]);
    await expectCalm(before);
    expectNoFailure(await linesOf(holdpoint, run_id, path));
  });

  it("does not take up what was decided in the new one", async () => {
    const { args, path, effects, store } = await openSite();
    const before = await old.serve(args);
    const { run_id, approval } = await startPaused(before, pay(1));
    // A desk has no agents: it decides, and somebody else goes on.
    const decided = await holdpoint(["approve", approval.approval_id, "--yes", ...store]);
    expect(decided).toMatchObject({ exitCode: 0 });
    const lines = await linesOf(holdpoint, run_id, path);
    await expectCalm(before);
    expect(await linesOf(holdpoint, run_id, path)).toEqual(lines);
    expect(await readEffects(effects)).toEqual([]);

    const server = await startServer({ args });
    expect(await server.call("get_run", { run_id, wait_seconds: 30 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toEqual([{ amount: 1, pid: server.pid }]);
    expectNoFailure(await linesOf(holdpoint, run_id, path));
  });

  it("loses no run whose tool it is at: the new one asks what came of it", async () => {
    const { args, path, effects, gate } = await openSite();
    const before = await old.serve(args);
    const { run_id, approval } = await startPaused(before, pay(100));
    await before.call("approve", { ...approval, wait_seconds: 0 });
    await gate.arrived;
    const lines = await linesOf(old.holdpoint, run_id, path);
    const server = await startServer({ args });
    gate.open();
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    const doubt = await vi.waitFor(async () => {
      const { pending_approvals } = await server.call("get_run", { run_id });
      const [item] = pending_approvals as PausedRun["approval"][];
      expect(item?.action ?? "").toContain("run again: pay");
      return item;
    }, patience);
    await expectCalm(before);
    const asked = await linesOf(holdpoint, run_id, path);
    expect(asked.slice(0, lines.length)).toEqual(lines);
    expectNoFailure(asked);

    await server.call("reject", { approval_id: doubt?.approval_id ?? "", message: "It was paid" });
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: before.pid }]);
  });
});

/** Stores, and agents whose payments of 100 and more wait at a gate; to be called at the top. */
function useSites() {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();
  const makeGate = useGates();
  const openSite = async () => {
    const directory = await tempDirectory();
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
    const path = join(directory, "runs.db");
    const store = ["--store", path];
    return { directory, gate, effects, path, store, args: [...store, "--agents", file] };
  };
  return { openSite, startServer };
}

async function startPaused(server: OldServer, input: JsonObject): Promise<PausedRun> {
  const started = await server.call("run_agent", { ...input, wait_seconds: 20 });
  expect(started).toMatchObject({ status: "awaiting_approval", pending_count: 1 });
  const [item] = started["pending_approvals"] as PausedRun["approval"][];
  const { approval_id, action } = item ?? { approval_id: "", action: "" };
  return { run_id: String(started["run_id"]), approval: { approval_id, action } };
}

/** The stored lines of a run, as this version of the command reads them. */
async function linesOf(
  command: typeof holdpoint | typeof old.holdpoint,
  runId: string,
  path: string,
): Promise<string[]> {
  const { exitCode, stdout, stderr } = await command(["export", runId, "--store", path]);
  expect({ exitCode, stderr: exitCode === 0 ? "" : stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.split("\n").filter((line) => line !== "");
}

/** The one file beside the store that was named as its copy. */
async function namedCopy(directory: string, said: string): Promise<string> {
  const files = (await readdir(directory)).map((name) => join(directory, name));
  const named = files.filter((file) => /runs\.db.+/.test(file) && said.includes(file));
  expect(named, `one copy should be named in: ${said}`).toHaveLength(1);
  return named[0] ?? "";
}

async function itemsOf(path: string) {
  const sessions = createSqliteSessions({ path });
  const items = await sessions.session("s1").getItems();
  await sessions.close();
  return items;
}

function pick(value: unknown, names: readonly string[]): JsonObject {
  const entries = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.filter(([name]) => names.includes(name)));
}

/** What people can act on: one line, no stack, and nothing of how it is made inside. */
function expectOneSentence(text: string): void {
  expect(text.trim().split("\n")).toHaveLength(1);
  expect(text).not.toMatch(/UNIQUE|constraint|SQLITE_|\bat .*:\d+:\d+/);
}

/** That version has no words of its own for it; its log has those that the store gives it. */
function expectToldWhy({ stderr }: OldServer): void {
  expect(stderr()).toContain("this store is of a newer holdpoint now, and nothing was written");
}

/** It neither spins nor fills its log, once whatever it was at has settled. */
async function expectCalm({ pid, stderr }: OldServer): Promise<void> {
  await delay(1_000);
  const lines = (): number => stderr().split("\n").length;
  const before = { cpuMs: await cpuMsOf(pid), lines: lines() };
  await delay(1_000);
  expect((await cpuMsOf(pid)) - before.cpuMs).toBeLessThan(500);
  expect(lines() - before.lines).toBeLessThan(10);
}

/** Processor time of a process so far; 0 where there is no `/proc`. */
async function cpuMsOf(pid: number): Promise<number> {
  if (process.platform !== "linux") return 0;
  const text = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may have spaces; proc(5): fields 14 and 15, in hundredths of a second.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The fault of a process that may not write any more is no fault of the run. */
function expectNoFailure(lines: readonly string[]): void {
  const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.filter((type) => /failed|cancelled/.test(type))).toEqual([]);
}
