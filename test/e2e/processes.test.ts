import { readFile } from "node:fs/promises";

import { describe, expect, it, vi } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { placeKinds, usePlaces, type PlaceKind } from "../support/places.ts";
import { createSqliteProbe } from "../support/sqlite-probe.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const patience = { timeout: 20_000 };

/** `amount` of 100 and more waits at the gate before it counts. */
const slowPayment = { input: 'pay {"amount": 100}' };

/** Makes a store, and agents of it; to be called where tests are declared. */
function useSites(kind: PlaceKind) {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces(kind);
  const makeGate = useGates();
  return async () => {
    const directory = await tempDirectory();
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
    const store = ["--store", await makeStore()];
    return { directory, gate, effects, store, args: [...store, "--agents", file] };
  };
}

describe.each(placeKinds)("several processes on one store in %s", (kind) => {
  const startServer = useMcpServers();
  const openSite = useSites(kind);

  it("a decision on a terminal wakes the owner without anybody calling it", async () => {
    const { gate, effects, store, args } = await openSite();
    const server = await startServer({ args });
    const { approval } = await server.startPaused(slowPayment);
    const decided = await holdpoint(["approve", approval.approval_id, "--yes", ...store]);
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    await gate.arrived;
    gate.open();
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: server.pid }]);
  });

  it("a call that a killed server was at is asked about by the other, and run again once", async () => {
    const { gate, effects, store, args } = await openSite();
    const owner = await startServer({ args });
    const { run_id, approval } = await owner.startPaused(slowPayment);
    await owner.call("approve", { ...approval, wait_seconds: 0 });
    await gate.arrived;
    // Only now: of two servers either may take up what was decided.
    const other = await startServer({ args });
    await owner.kill();
    gate.open();

    const asked = await other.call("get_run", { run_id, wait_seconds: 30 });
    expect(asked).toMatchObject({
      status: "awaiting_approval",
      pending_approvals: [{ tool: "pay", action: 'run again: pay {"amount":100}' }],
    });
    expect(await readEffects(effects)).toEqual([]);
    const [doubt] = asked["pending_approvals"] as JsonObject[];
    const approve = ["approve", pick(doubt).approval_id, "--yes", ...store];
    expect(await holdpoint(approve)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("its amount is to be typed: 100"),
    });
    const decided = await holdpoint([...approve, "--typed", "100"]);
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    expect(await other.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: other.pid }]);
  });

  it("a frozen server's run is taken over, and what it finishes later is not lost", async () => {
    const { gate, effects, args } = await openSite();
    const owner = await startServer({ args });
    const both = { input: 'pay {"amount": 100} pay {"amount": 1}' };
    const started = await owner.call("run_agent", both);
    const [slow, quick] = started["pending_approvals"] as JsonObject[];
    const run_id = started["run_id"] as string;
    await owner.call("approve", { ...pick(slow), wait_seconds: 0 });
    await gate.arrived;
    // Only now, as above.
    const other = await startServer({ args });

    process.kill(owner.pid, "SIGSTOP");
    // The other takes over once the lease has ended, and asks what came of the call.
    await vi.waitFor(async () => {
      const { pending_approvals } = await other.call("get_run", { run_id });
      expect(pending_approvals).toContainEqual(
        expect.objectContaining({ action: 'run again: pay {"amount":100}' }),
      );
    }, patience);
    gate.open();
    process.kill(owner.pid, "SIGCONT");
    // The late outcome settles the doubt: nobody need answer it.
    await vi.waitFor(async () => {
      expect(await other.call("get_run", { run_id })).toMatchObject({ pending_count: 1 });
    }, patience);
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: owner.pid }]);

    await other.call("approve", { ...pick(quick), wait_seconds: 0 });
    expect(await other.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    const paid = await readEffects(effects);
    expect(paid.map(({ amount }) => amount)).toEqual([100, 1]);
  });
});

describe("several processes on one store in a file", () => {
  const startServer = useMcpServers();
  const openSite = useSites("SQLite");

  it("a server whose run waits reads no table until somebody writes", async () => {
    const { directory, store, args } = await openSite();
    const probe = await createSqliteProbe(directory, { logs: true });
    const server = await startServer({ args, env: probe.env });
    const { approval } = await server.startPaused({ input: 'pay {"amount": 1}' });
    const statements = async (): Promise<string[]> =>
      (await readFile(probe.logFile, "utf8")).split("\n").filter((line) => line !== "");
    // What the start of the run has led to is over once the server has only looked for changes.
    const look = "PRAGMA data_version";
    await vi.waitFor(async () => {
      expect((await statements()).slice(-12)).toEqual(Array.from({ length: 12 }, () => look));
    }, patience);
    const before = (await statements()).length;
    await vi.waitFor(async () => {
      expect((await statements()).length).toBeGreaterThanOrEqual(before + 5);
    }, patience);
    expect(new Set((await statements()).slice(before))).toEqual(new Set([look]));

    await holdpoint(["approve", approval.approval_id, "--yes", ...store]);
    await vi.waitFor(async () => {
      expect((await statements()).slice(before).join("\n")).toContain("FROM entries");
    }, patience);
  });
});

/** What `approve` takes of an item. */
function pick(item: JsonObject | undefined): { approval_id: string; action: string } {
  const { approval_id, action } = (item ?? {}) as { approval_id: string; action: string };
  return { approval_id, action };
}
