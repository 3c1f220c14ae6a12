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
  return {
    async open(agents: readonly AnyAgent[]): Promise<RunService> {
      const log = { info: () => {}, warn: () => {} };
      const stateDirectory = join(directory, "state");
      const store = await openSqliteRunStore({ path, stateDirectory, log });
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
    const place = await createPlace();
    const model = () =>
      createScriptedModel([
        [call("look_up", { key: "x" }, "c1"), call("pay", { amount: 1 }, "c2")],
        [message("done")],
      ]);
    let looked = 0;
    const free = () => {
      const payments = createPayments({ model: model() });
      return payments.agent;
    };
    const one = await place.open([free()]);
    const { runId } = await startPaused(one, "go");
    await closeAll();
    await place.save();
    const two = await place.open([free()]);
    await two.cancel(runId, person);
    await closeAll();
    await place.putBack();
    const after = await place.open([free()]);
    after.recover();
    await after.release(runId, person);
    const { approvals, steps } = await waitFor(after, runId, "awaiting_approval");
    looked += steps.filter((step) => step.includes("look_up")).length;
    // What had its outcome in the copy keeps it; what had none is asked about.
    expect(approvals).toMatchObject([{ tool: "pay", ...asksAnew }]);
    expect(looked).toBe(1);
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
});
