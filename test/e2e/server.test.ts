import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { JsonObject } from "../../src/lib/json.ts";
import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { startMcpServer, useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { placeKinds, shownStore, usePlaces } from "../support/places.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const oakland = { input: "What is the temperature in Oakland?" };
const inOakland = "The temperature in Oakland is 20 degrees Celsius";

describe.each(placeKinds)("a run on %s", (kind) => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces(kind);
  const startServer = useMcpServers();
  const makeGate = useGates();

  it("that paused in a server that was killed goes on in the next", async () => {
    const args = ["--store", await makeStore()];
    const first = await startServer({ args });
    const { run_id, approval } = await first.startPaused(oakland);
    await first.kill();
    const second = await startServer({ args });
    const listed = await second.call("list_pending_approvals");
    expect(listed).toMatchObject({ count: 1, approvals: [approval] });
    expect(await second.call("approve", { ...approval })).toMatchObject({
      outcome: "approved",
      run: { run_id, status: "completed", output: expect.stringContaining(inOakland) },
    });
  });

  it("that was decided on while no server was up goes on in the next", async () => {
    const store = ["--store", await makeStore()];
    const first = await startServer({ args: store });
    const { run_id, approval } = await first.startPaused(oakland);
    await first.kill();
    const decided = await holdpoint(["approve", approval.approval_id, "--yes", ...store]);
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    expect(decided.stdout).toContain("Approved.");
    const second = await startServer({ args: store });
    expect(await second.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
      output: expect.stringContaining(inOakland),
    });
  });

  it("goes on when its caller has given up waiting", async () => {
    const directory = await tempDirectory();
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
    const server = await startServer({
      args: ["--store", await makeStore(), "--agents", file],
    });
    const { run_id, approval } = await server.startPaused({ input: 'pay {"amount": 100}' });
    const approving = server.call("approve", { ...approval }, { timeout: 1_000 });
    await expect(approving).rejects.toThrow("Request timed out");
    await gate.arrived;
    expect(await server.call("get_run", { run_id, steps: true })).toMatchObject({
      status: "running",
      steps: [expect.stringMatching(/^call_1 pay .* started at .* approved by test 1\.0\.0/)],
    });
    gate.open();
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toHaveLength(1);
  });
});

describe.each(placeKinds)("two servers on one store in %s", (kind) => {
  const tempDirectory = useTempDirectory();
  const makeStore = usePlaces(kind);
  const startServer = useMcpServers();
  const makeGate = useGates();

  it("a decision given to one is carried out by the one that is at the run", async () => {
    const directory = await tempDirectory();
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
    const args = ["--store", await makeStore(), "--agents", file];
    const owner = await startServer({ args });
    const started = await owner.call("run_agent", {
      input: 'pay {"amount": 100} pay {"amount": 1}',
    });
    const [slow, quick] = started["pending_approvals"] as JsonObject[];
    const id = { run_id: started["run_id"] as string };
    await owner.call("approve", { ...pick(slow), wait_seconds: 0 });
    await gate.arrived;
    // Only now: of two servers either may take up what was decided.
    const other = await startServer({ args });

    const decided = await other.call("approve", { ...pick(quick), wait_seconds: 0 });
    expect(decided).toMatchObject({ outcome: "approved", run: { ...id, status: "running" } });
    gate.open();
    expect(await other.call("get_run", { ...id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    const paid = await readEffects(effects);
    expect(paid.map(({ amount }) => amount).toSorted()).toEqual([1, 100]);
    expect(new Set(paid.map(({ pid }) => pid))).toEqual(new Set([owner.pid]));
  });

  it("one that only has an agent of the same name leaves the run alone, and says how", async () => {
    const store = ["--store", await makeStore()];
    const mine = await writePaymentsFile(await tempDirectory());
    const theirs = await writePaymentsFile(await tempDirectory());
    const [first, other] = await Promise.all(
      [mine, theirs].map(({ file }) => startServer({ args: [...store, "--agents", file] })),
    );
    const { run_id, approval } = await first!.startPaused({ input: 'pay {"amount": 1}' });
    await first!.kill();

    const decided = await other!.call("approve", { ...approval, wait_seconds: 0 });
    const resume = ["resume", run_id, "--agents", mine.file];
    const command = `holdpoint ${resume.join(" ")} --store ${shownStore(store[1]!)}`;
    expect(decided).toMatchObject({
      outcome: "approved",
      run: { status: "running", next: expect.stringContaining(command) },
    });
    await other!.call("run_agent", { input: "hello" });
    expect(await readEffects(mine.effects)).toEqual([]);

    const resumed = await holdpoint([...resume, ...store]);
    expect(resumed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("Paid 1") });
    expect(await other!.call("get_run", { run_id })).toMatchObject({ status: "completed" });
    expect(await readEffects(mine.effects)).toHaveLength(1);
    expect(await readEffects(theirs.effects)).toEqual([]);
  });
});

describe("a server", () => {
  let directory = "";
  let server: McpServerProcess;
  let effects = "";
  let store: string[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdpoint-"));
    store = ["--store", join(directory, "runs.db")];
    const written = await writePaymentsFile(directory);
    effects = written.effects;
    server = await startMcpServer({ args: [...store, "--agents", written.file] });
  });
  afterAll(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });

  const paid = async (): Promise<number[]> =>
    (await readEffects(effects)).map(({ amount }) => amount);

  it("lists its tools", async () => {
    const { tools } = await server.client.listTools();
    await expect(`${JSON.stringify(tools, undefined, 2)}\n`).toMatchFileSnapshot(
      "__snapshots__/tools-list.json",
    );
  });

  it("goes on with a run that the command approves in another process", async () => {
    const { run_id, approval } = await server.startPaused({ input: 'pay {"amount": 11}' });
    const decided = await holdpoint(["approve", approval.approval_id, "--yes", ...store]);
    expect(decided).toMatchObject({ exitCode: 0, stderr: "" });
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await paid()).toContain(11);
  });

  it("lets three approvals of one call have one effect", async () => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 12}' });
    const results = await Promise.all([1, 2, 3].map(() => server.call("approve", { ...approval })));
    expect(results.map(({ outcome }) => outcome).toSorted()).toEqual([
      "already_approved",
      "already_approved",
      "approved",
    ]);
    for (const { run } of results) expect(run).toMatchObject({ status: "completed" });
    expect((await paid()).filter((amount) => amount === 12)).toHaveLength(1);
  });

  it("rejects, and tells the agent why", async () => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 13}' });
    const { approval_id } = approval;
    expect(await server.call("reject", { approval_id, message: "Too much" })).toMatchObject({
      outcome: "rejected",
      run: { status: "completed", output: expect.stringContaining("Too much") },
    });
    expect(await server.call("reject", { approval_id })).toMatchObject({
      outcome: "already_rejected",
    });
    expect(await server.failure("approve", { ...approval })).toMatch(
      /^ALREADY_DECIDED: Approval apr_\S+ is rejected by test 1\.0\.0 through mcp at /,
    );
    expect(await server.call("list_pending_approvals", { approval_id })).toMatchObject({
      approvals: [],
      count: 0,
    });
    expect(await paid()).not.toContain(13);
  });

  it("cancels, and what waited waits no more", async () => {
    const { run_id, approval } = await server.startPaused({ input: 'pay {"amount": 14}' });
    const cancelled = await server.call("cancel_run", { run_id, reason: "changed my mind" });
    expect(cancelled).toMatchObject({ status: "cancelled", pending_approvals: [] });
    expect(await server.call("cancel_run", { run_id })).toEqual(cancelled);
    expect(await server.call("resume_run", { run_id })).toEqual(cancelled);
    expect(await server.failure("approve", { ...approval })).toMatch(/^ALREADY_DECIDED: /);
    expect(await server.call("list_pending_approvals", { run_id })).toMatchObject({ count: 0 });
  });

  it("starts one run for one idempotency key", async () => {
    const request = { input: "hello", idempotency_key: "once" };
    const { run_id } = await server.call("run_agent", request);
    expect(await server.call("run_agent", request)).toMatchObject({ run_id });
    expect(await server.failure("run_agent", { ...request, input: "bye" })).toMatch(
      /^IDEMPOTENCY_CONFLICT: /,
    );
  });

  it("takes an action only word for word", async () => {
    const { approval } = await server.startPaused({ input: 'pay {"amount": 15}' });
    const { approval_id, action } = approval;
    expect(action).toBe('pay {"amount":15}');
    expect(await server.failure("approve", { approval_id, action: "pay nothing" })).toBe(
      `ACTION_MISMATCH: The action is not what would run. Show the user this, and repeat it word for word: ${action}`,
    );
    expect(await server.call("list_runs", { status: "awaiting_approval" })).toMatchObject({
      runs: [{ status: "awaiting_approval" }],
    });
    await server.call("reject", { approval_id });
  });

  it.each([
    ["get_run", { run_id: "run_unknown" }, "RUN_NOT_FOUND: There is no run run_unknown"],
    ["approve", { approval_id: "apr_unknown", action: "" }, "APPROVAL_NOT_FOUND: "],
    ["run_agent", { input: "x", agent: "Nobody" }, 'UNKNOWN_AGENT: Agent "Nobody" is not known'],
    ["list_runs", { cursor: "nonsense" }, "INVALID_CURSOR: "],
    ["list_runs", { limit: 1_000 }, "INVALID_INPUT: limit: "],
    ["run_agent", { input: "" }, "INVALID_INPUT: input: "],
  ])("tells what is wrong with %s %j", async (tool, input, start) => {
    expect((await server.failure(tool, input)).startsWith(start)).toBe(true);
  });
});

/** What `approve` takes of an item. */
function pick(item: JsonObject | undefined): { approval_id: string; action: string } {
  const { approval_id, action } = item ?? {};
  return { approval_id: String(approval_id), action: String(action) };
}
