import { cp, rm } from "node:fs/promises";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import type { AnyAgent } from "../../src/agents/agent.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, waitFor, yes } from "../support/run-services.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const opened: RunService[] = [];
const closeAll = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
};
afterEach(closeAll);

const person = { by: "tester", channel: "terminal", level: "person" } as const;

/** A store in a file, and services on it that come one after the other. */
async function createPlace() {
  const directory = await tempDirectory();
  const path = join(directory, "runs.db");
  const log = { info: () => {}, warn: () => {} };
  const openStore = () =>
    openSqliteRunStore({ path, stateDirectory: join(directory, "state"), log });
  return {
    openStore,
    async open(agents: readonly AnyAgent[]): Promise<RunService> {
      const store = await openStore();
      const entries = agents.map((agent) => ({ agent, source: `test#${agent.name}` }));
      const registry = createAgentRegistry(entries, {});
      const service = createRunService({ store, registry, log });
      opened.push(service);
      return service;
    },
    /** With nothing open. */
    save: () => cp(path, join(directory, "saved.db")),
    async putBack() {
      for (const end of ["-wal", "-shm"]) await rm(`${path}${end}`, { force: true });
      await cp(join(directory, "saved.db"), path);
    },
  };
}

const asksAnew = { reason: expect.stringMatching(/older copy of its store.*is not known/) };

describe("a run of an older copy of its store", () => {
  it("that was paid since does not pay again, whatever was approved then", async () => {
    const place = await createPlace();
    const first = createPayments();
    const before = await place.open([first.agent]);
    const { runId, approvalId } = await startPaused(before, 'pay {"amount": 1}');
    await closeAll();
    // Approved where nobody has its agent: the yes is stored, and nothing runs.
    const desk = await place.open([]);
    await desk.decide(approvalId, yes());
    await closeAll();
    await place.save();
    const payer = await place.open([first.agent]);
    payer.recover();
    await waitFor(payer, runId, "completed");
    await closeAll();
    await place.putBack();

    const second = createPayments();
    const after = await place.open([second.agent]);
    after.recover();
    expect(await after.get(runId)).toMatchObject({ hold: expect.stringContaining("older copy") });
    await expect(after.decide(approvalId, yes())).rejects.toMatchObject({ code: "not_allowed" });
    await after.release(runId, person);
    const { approvals } = await waitFor(after, runId, "awaiting_approval");
    expect(approvals).toMatchObject([asksAnew]);
    expect(approvals[0]?.approvalId).not.toBe(approvalId);
    expect([first.paid, second.paid]).toEqual([[1], []]);
    await after.decide(approvals[0]!.approvalId, yes());
    await waitFor(after, runId, "completed");
    expect(second.paid).toEqual([1]);
    expect(await after.audit(runId)).toEqual([{ runId, entries: expect.any(Number) }]);
  });

  it("that waits is asked about anew, with what is not known", async () => {
    const place = await createPlace();
    const { agent, paid } = createPayments();
    const { runId, approvalId } = await startPaused(await place.open([agent]), 'pay {"amount": 1}');
    await closeAll();
    await place.save();
    const payer = await place.open([agent]);
    await payer.decide(approvalId, yes());
    await waitFor(payer, runId, "completed");
    await closeAll();
    await place.putBack();
    const after = await place.open([agent]);
    after.recover();
    await after.release(runId, person);
    const { approvals } = await waitFor(after, runId, "awaiting_approval");
    expect(approvals).toMatchObject([asksAnew]);
    expect(paid).toEqual([1]);
  });

  it("asks even about what is free, since it may have been done", async () => {
    const model = () =>
      createScriptedModel([[call("look_up", { key: "x" }, "c1")], [message("done")]]);
    const elsewhere = await createPlace();
    const whole = await elsewhere.open([createPayments({ model: model() }).agent]);
    const runId = await whole.start({ input: "go" });
    await waitFor(whole, runId, "completed");
    const lines = (await whole.journal(runId)).map(({ line }) => line);
    const [summary] = (await whole.list({ limit: 1 })).runs;
    // As far as a process came that ended before it began the call.
    const length = lines.findIndex((line) => line.includes('"model_responded"')) + 1;
    const place = await createPlace();
    const store = await place.openStore();
    const unfinished = { status: "running", runnable: true, isOver: false } as const;
    await store.append({
      runId,
      fromSeq: 0,
      lines: lines.slice(0, length),
      summary: { ...summary!, ...unfinished, length },
    });
    await store.close();
    await place.save();
    const { agent } = createPayments();
    await startPaused(await place.open([agent]), 'pay {"amount": 1}');
    await closeAll();
    await place.putBack();
    const after = await place.open([createPayments({ model: model() }).agent]);
    after.recover();
    await after.release(runId, person);
    const { approvals } = await waitFor(after, runId, "awaiting_approval");
    expect(approvals).toMatchObject([{ tool: "look_up", ...asksAnew }]);
  });

  it("goes on as it stood once somebody says that the copy is meant", async () => {
    const place = await createPlace();
    const { agent, paid } = createPayments();
    const { runId, approvalId } = await startPaused(await place.open([agent]), 'pay {"amount": 1}');
    await closeAll();
    await place.save();
    const payer = await place.open([agent]);
    await payer.decide(approvalId, yes());
    await waitFor(payer, runId, "completed");
    await closeAll();
    await place.putBack();
    const after = await place.open([agent]);
    after.recover();
    expect(await after.auditStore()).toMatchObject({
      problem: expect.stringContaining("older copy"),
    });
    expect(await after.acceptStore()).toBe(1);
    expect((await after.auditStore()).problem).toBeUndefined();
    await after.decide(approvalId, yes());
    await waitFor(after, runId, "completed");
    expect(paid).toEqual([1, 1]);
  });

  it("lets new runs start", async () => {
    const place = await createPlace();
    const { agent, paid } = createPayments();
    await startPaused(await place.open([agent]), 'pay {"amount": 1}');
    await closeAll();
    await place.save();
    await startPaused(await place.open([agent]), 'pay {"amount": 2}');
    await closeAll();
    await place.putBack();
    const after = await place.open([agent]);
    after.recover();
    const { runId, approvalId } = await startPaused(after, 'pay {"amount": 3}');
    await after.decide(approvalId, yes());
    await waitFor(after, runId, "completed");
    expect(paid).toEqual([3]);
  });

  it("is said to have lost runs until somebody says that it is meant", async () => {
    const place = await createPlace();
    const { agent } = createPayments();
    const first = await place.open([agent]);
    expect(await first.unknownSince()).toBeUndefined();
    await closeAll();
    await place.save();
    await startPaused(await place.open([agent]), 'pay {"amount": 1}');
    await closeAll();
    await place.putBack();
    expect(await (await place.open([agent])).unknownSince()).toMatch(/^\d{4}-/);
    await closeAll();
    // Not only by who found it out.
    const after = await place.open([agent]);
    expect(await after.unknownSince()).toMatch(/^\d{4}-/);
    expect(await after.acceptStore()).toBe(0);
    expect(await after.unknownSince()).toBeUndefined();
  });
});
