import { describe, expect, it, vi } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint, useCommands } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { placeKinds, usePlaces } from "../support/places.ts";
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

describe("a worker", () => {
  it.each([
    [["--slots", "0"], "--slots must be a whole number"],
    [["--store", "memory"], "a store in memory is its own"],
  ])("refuses %j in one sentence", async (args, message) => {
    const { exitCode, stderr } = await holdpoint(["worker", ...args]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining(message) });
  });
});
