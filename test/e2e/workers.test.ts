import { describe, expect, it, vi } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint, useCommands } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { placeKinds, usePlaces } from "../support/places.ts";
import { psql } from "../support/postgres.ts";
import { clockOffBy } from "../support/shifted-clock.ts";
import { openSwallowing } from "../support/swallowing-proxy.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const patience = { timeout: 20_000 };

describe.each(placeKinds)("workers on a store in %s", (kind) => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces(kind);
  const startServer = useMcpServers();
  const startCommand = useCommands();
  const makeGate = useGates();

  it("go on with what a server without work starts, and with what one of them was killed at", async () => {
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(await tempDirectory(), { gate: gate.url });
    const args = ["--store", await makeStore(), "--agents", file];
    const face = await startServer({ args: [...args, "--no-work"] });
    const first = startCommand(["worker", ...args, "--slots", "2"]);
    await first.printed("works on runs");
    const { run_id, approval } = await face.startPaused({ input: 'pay {"amount": 100}' });
    await face.call("approve", { ...approval, wait_seconds: 0 });
    await gate.arrived;
    const second = startCommand(["worker", ...args]);
    await second.printed("works on runs");
    first.kill("SIGKILL");
    gate.open();

    // Whether it was paid nobody knows: it is asked about, and not done again by itself.
    const asked = await face.call("get_run", { run_id, wait_seconds: 30 });
    expect(asked).toMatchObject({
      status: "awaiting_approval",
      pending_approvals: [{ tool: "pay", action: 'run again: pay {"amount":100}' }],
    });
    expect(await readEffects(effects)).toEqual([]);
    const [doubt] = asked["pending_approvals"] as JsonObject[];
    const id = String(doubt?.["approval_id"]);
    await holdpoint(["approve", id, "--yes", "--typed", "100", ...args.slice(0, 2)]);
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: second.pid }]);
    second.kill("SIGTERM");
    expect(await second.ended).toMatchObject({ exitCode: 0 });
  });
});

describe.skipIf(!placeKinds.includes("PostgreSQL"))("a worker whose host is lost", () => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces("PostgreSQL");
  const startServer = useMcpServers();
  const startCommand = useCommands();
  const makeGate = useGates();

  it("is taken over from by its lease: nothing says that it is gone", async ({
    onTestFinished,
  }) => {
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(await tempDirectory(), { gate: gate.url });
    const store = await makeStore();
    const way = await openSwallowing(store);
    onTestFinished(way.close);
    const toArgs = (url: string): string[] => ["--store", url, "--agents", file];
    const face = await startServer({ args: [...toArgs(store), "--no-work"] });
    const first = startCommand(["worker", ...toArgs(way.url)]);
    await first.printed("works on runs");
    const { run_id, approval } = await face.startPaused({ input: 'pay {"amount": 100}' });
    await face.call("approve", { ...approval, wait_seconds: 0 });
    await gate.arrived;
    const second = startCommand(["worker", ...toArgs(store)]);
    await second.printed("works on runs");
    way.swallow();
    first.kill("SIGKILL");
    await first.ended;
    // Its connections stand, and so does the lock that says that it lives.
    const owners = await psql(store, "SELECT pid, is_alive(instance) FROM leases");
    expect(owners).toEqual([{ pid: first.pid, is_alive: true }]);
    gate.open();

    const asked = await face.call("get_run", { run_id, wait_seconds: 30 });
    expect(asked).toMatchObject({
      status: "awaiting_approval",
      pending_approvals: [{ tool: "pay", action: 'run again: pay {"amount":100}' }],
    });
    const [doubt] = asked["pending_approvals"] as JsonObject[];
    const id = String(doubt?.["approval_id"]);
    const again = ["approve", id, "--yes", "--typed", "100", "--store", store];
    // It may still be at it, for all that anybody knows.
    expect((await holdpoint(again)).stderr).toContain("the process that started it is still there");
    way.close();
    const approved = async (): Promise<void> => {
      expect(await holdpoint(again)).toMatchObject({ exitCode: 0 });
    };
    await vi.waitFor(approved, patience);
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: second.pid }]);
  }, 60_000);
});

describe.skipIf(!placeKinds.includes("PostgreSQL"))("workers whose clocks differ", () => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces("PostgreSQL");
  const startServer = useMcpServers();
  const startCommand = useCommands();
  const makeGate = useGates();

  it.each([-600, 600])(
    "keep leases and deadlines where one is off by %d seconds",
    async (seconds) => {
      const gate = await makeGate();
      const files = { gate: gate.url, waitSeconds: 8 };
      const { file, effects } = await writePaymentsFile(await tempDirectory(), files);
      const store = await makeStore();
      const args = ["--store", store, "--agents", file];
      const face = await startServer({ args: [...args, "--no-work"] });
      const off = startCommand(["worker", ...args], { env: { NODE_OPTIONS: clockOffBy(seconds) } });
      await off.printed("works on runs");

      const { approval, run_id } = await face.startPaused({ input: 'pay {"amount": 100}' });
      const decided = await face.call("approve", { ...approval, wait_seconds: 0 });
      expect(decided).toMatchObject({ outcome: "approved" });
      await gate.arrived;
      // One whose clock is right asks for it as often as it wants.
      const right = startCommand(["worker", ...args]);
      await right.printed("works on runs");
      const seen = new Set<unknown>();
      const look = async (): Promise<void> => {
        for (const { expires_at } of await psql(store, "SELECT expires_at FROM leases")) {
          seen.add(expires_at);
        }
        expect(seen.size).toBeGreaterThan(3);
      };
      await vi.waitFor(look, patience);
      gate.open();
      expect(await face.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
        status: "completed",
      });
      expect(await readEffects(effects)).toEqual([{ amount: 100, pid: off.pid }]);

      const late = await face.startPaused({ input: 'pay {"amount": 1}' });
      await vi.waitFor(async () => {
        const report = await face.call("get_run", { run_id: late.run_id });
        expect(report).toMatchObject({
          status: "completed",
          output: expect.stringContaining("Nobody decided"),
        });
      }, patience);
    },
    60_000,
  );
});

describe("a worker", () => {
  it.each([
    [["--slots", "0"], "--slots must be a whole number"],
    [["--store", "memory"], "a store in memory is its own"],
  ])("refuses %j in one sentence", async (args, message) => {
    const { exitCode, stderr } = await holdpoint(["worker", ...args]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(message) });
  });
});
