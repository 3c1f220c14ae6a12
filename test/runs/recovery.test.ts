import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createPayments } from "../support/payments.ts";
import {
  recorderOf,
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  waitUntil,
  yes,
  yesTyping,
} from "../support/run-services.ts";

describe.each(storeKinds)("recovery on the %s store", (kind) => {
  const openSite = useSite(kind);

  describe("a model failure", () => {
    it("ends the activation, and the run goes on when a person resumes it", async () => {
      const model = createScriptedModel([new Error("no credit"), [message("done")]]);
      const site = await openSite();
      const service = await site.open([new Agent({ name: "Broke", model })]);
      service.recover();
      const runId = await service.start({ input: "x" });
      const failed = await waitFor(service, runId, "failed");
      expect(failed.error).toEqual({
        code: "model_failed",
        message: "no credit",
        resumable: true,
      });
      expect(model.requests).toHaveLength(1);
      await service.resume(runId);
      expect(await waitFor(service, runId, "completed")).toMatchObject({ output: "done" });
      expect(model.requests).toHaveLength(2);
    });

    it("may happen again", async () => {
      const model = createScriptedModel([new Error("one"), new Error("two"), [message("done")]]);
      const service = await (await openSite()).open([new Agent({ name: "Broke", model })]);
      const runId = await service.start({ input: "x" });
      await waitFor(service, runId, "failed");
      await service.resume(runId);
      const { error } = await waitFor(service, runId, "failed");
      expect(error).toMatchObject({ message: "two" });
      await service.resume(runId);
      await waitFor(service, runId, "completed");
    });

    it("is left alone by a process that has not the agent", async () => {
      const site = await openSite();
      const model = createScriptedModel([new Error("no credit")]);
      const service = await site.open([new Agent({ name: "Broke", model })]);
      const runId = await service.start({ input: "x" });
      await waitFor(service, runId, "failed");
      const desk = await site.open([]);
      const { length } = await desk.journal(runId);
      await desk.resume(runId);
      expect(await desk.get(runId)).toMatchObject({ status: "failed" });
      expect(await desk.journal(runId)).toHaveLength(length);
    });
  });

  describe("a run that used up its turns", () => {
    /** Its model wants three tools in a row before it is done. */
    async function openSpent() {
      const look = tool({
        name: "look",
        description: "Looks.",
        parameters: z.object({}),
        execute: () => "seen",
      });
      const turns = Array.from({ length: 3 }, () => [call("look", {})]);
      const model = createScriptedModel([...turns, [message("done")]]);
      const agent = new Agent({ name: "Busy", model, tools: [look] });
      const service = await (await openSite()).open([agent]);
      const runId = await service.start({ input: "x", maxTurns: 2 });
      const { error } = await waitFor(service, runId, "failed");
      expect(error).toMatchObject({ code: "max_turns_exceeded", resumable: true });
      return { service, runId, model };
    }

    it("goes on with more of them", async () => {
      const { service, runId, model } = await openSpent();
      await service.resume(runId, { maxTurns: 4 });
      expect(await waitFor(service, runId, "completed")).toMatchObject({ output: "done" });
      expect(model.requests).toHaveLength(4);
    });

    it("fails again without, or with too few", async () => {
      const { service, runId } = await openSpent();
      await service.resume(runId);
      await waitFor(service, runId, "failed");
      await service.resume(runId, { maxTurns: 3 });
      const { error, turns } = await waitFor(service, runId, "failed");
      expect(error).toMatchObject({ message: "Max turns (3) exceeded" });
      expect(turns).toBe(3);
    });

    it("is left as it is where the number is no raise", async () => {
      const { service, runId } = await openSpent();
      const { length } = await service.journal(runId);
      await expect(service.resume(runId, { maxTurns: 2 })).rejects.toMatchObject({
        code: "invalid_input",
        message: "The run may take 2 turns already: give a higher number, or none",
      });
      expect(await service.journal(runId)).toHaveLength(length);
    });
  });

  it("resuming changes nothing on a run that waits or is over", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    const waiting = await startPaused(service, 'pay {"amount": 5}');
    const done = await service.start({ input: "hello" });
    await waitFor(service, done, "completed");
    for (const runId of [waiting.runId, done]) {
      const { length } = await service.journal(runId);
      await service.resume(runId);
      await service.wait(runId, { timeoutMs: 0 });
      expect(await service.journal(runId)).toHaveLength(length);
    }
  });

  it("what an agent's own code throws stops its run once, resumably", async () => {
    let thrown = 0;
    const agent = new Agent({
      name: "Guarded",
      model: createScriptedModel(() => [message("done")]),
      inputGuardrails: [
        {
          name: "careful",
          async execute() {
            thrown += 1;
            if (thrown === 1) throw new Error("no connection");
            return { tripwireTriggered: false, outputInfo: undefined };
          },
        },
      ],
    });
    const service = await (await openSite()).open([agent]);
    service.recover();
    const runId = await service.start({ input: "x" });
    const { error } = await waitFor(service, runId, "failed");
    expect(error).toMatchObject({ code: "guardrail_failed", resumable: true });
    // What is written now is heard of, and the stopped run stays as it is.
    const other = await service.start({ input: "y" });
    await waitFor(service, other, "completed");
    expect(await service.get(runId)).toMatchObject({ status: "failed" });
    expect(thrown).toBe(2);
    await service.resume(runId);
    await waitFor(service, runId, "completed");
  });

  it("a run whose process died while it only waited goes on elsewhere", async () => {
    const site = await openSite();
    const first = createPayments();
    const before = await site.open([first.agent]);
    const { runId, approvalId } = await startPaused(before, 'pay {"amount": 5}');
    await before.close();
    const second = createPayments();
    const service = await site.open([second.agent]);
    service.recover();
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
    expect([first.paid, second.paid]).toEqual([[], [5]]);
  });

  it("a run whose process died at work is taken over, and its call asked about", async () => {
    const site = await openSite();
    const { runId, store } = await abandonAtWork(site);
    // What a store in memory cannot tell, since it dies with its process.
    if (kind === "memory") await store.release(runId, "own_gone");
    else await store.close();
    const { agent, paid } = createPayments();
    const service = await site.open([agent]);
    service.recover();
    const { approvals } = await waitUntil(service, runId, "awaiting_approval");
    expect(approvals).toMatchObject([
      { kind: "outcome_unknown", action: 'run again: pay {"amount":5}' },
    ]);
    expect(paid).toEqual([]);
    await service.decide(approvals[0]!.approvalId, yesTyping(approvals[0]));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("a run at which another process is alive is left to it until its lease ends", async () => {
    const site = await openSite();
    const { runId, store } = await abandonAtWork(site);
    const service = await site.open([createPayments().agent]);
    service.recover();
    const other = await service.start({ input: "hello" });
    await waitFor(service, other, "completed");
    expect(await service.get(runId)).toMatchObject({ status: "running" });
    await store.release(runId, "own_gone");
    await waitUntil(service, runId, "awaiting_approval");
  });

  it("goes on with one run only where that is asked for", async () => {
    const site = await openSite();
    const first = await site.open([createPayments().agent]);
    const wanted = await startPaused(first, 'pay {"amount": 1}');
    const other = await startPaused(first, 'pay {"amount": 2}');
    await first.close();
    const desk = await site.open([]);
    await desk.decide(other.approvalId, yes());
    const { agent, paid } = createPayments();
    const service = await site.open([agent]);
    service.recover(wanted.runId);
    await desk.decide(wanted.approvalId, yes());
    await waitUntil(service, wanted.runId, "completed");
    await service.close(60_000);
    expect(paid).toEqual([1]);
  });

  it("a failed run stays so when something else about it is decided", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
    const model = createScriptedModel([
      [call("pay", { amount: 1 }), call("pay", { amount: 2 })],
      new Error("no credit"),
      [message("done")],
    ]);
    const { agent } = createPayments({
      model,
      before: async (amount) => {
        if (amount === 2) return;
        begin();
        await allowed;
      },
    });
    const service = await (await openSite()).open([agent]);
    service.recover();
    const runId = await service.start({ input: "x" });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    await service.decide(approvals[0]!.approvalId, yes());
    await begun;
    await service.decide(approvals[1]!.approvalId, yes());
    allow();
    await waitFor(service, runId, "failed");
    const other = await service.start({ input: "y" });
    await waitFor(service, other, "completed");
    await service.close(60_000);
    expect(model.requests).toHaveLength(3);
  });

  it("closing lets a tool finish within the grace, and the next process goes on", async () => {
    const site = await openSite();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: allowed, resolve: allow } = Promise.withResolvers<void>();
    const { agent, paid } = createPayments({
      before: async () => {
        begin();
        await allowed;
      },
    });
    const service = await site.open([agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, yes());
    await begun;
    const closed = service.close(60_000);
    allow();
    await closed;
    expect(paid).toEqual([5]);
    const next = await site.open([agent]);
    next.recover();
    await waitFor(next, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("closing without grace leaves a call in doubt, and says nothing ran twice", async () => {
    const site = await openSite();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const stuck = createPayments({
      before: async () => {
        begin();
        await new Promise(() => {});
      },
    });
    const service = await site.open([stuck.agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, yes());
    await begun;
    await service.close();
    const next = await site.open([createPayments().agent]);
    next.recover();
    const { approvals } = await waitUntil(next, runId, "awaiting_approval");
    expect(approvals).toMatchObject([{ kind: "outcome_unknown" }]);
  });
});

/** A run with a tool at work, by a process that is not this one and holds the lease. */
async function abandonAtWork(site: {
  connect(): Promise<RunStore>;
  open: (agents: Agent[]) => Promise<RunService>;
}): Promise<{ runId: RunId; store: RunStore }> {
  const service = await site.open([createPayments().agent]);
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.close();
  const store = await site.connect();
  const recorder = await recorderOf(store, runId);
  const owner = "own_gone";
  await store.claimRun(runId, { owner, leaseMs: 600_000 });
  const callId = recorder.journal.state.approvals.get(approvalId)?.callId ?? "";
  await recorder.append([
    {
      type: "approval_decided",
      approvalId,
      decision: "approved",
      by: "tester",
      channel: "terminal",
      scope: "once",
    },
    { type: "run_claimed", owner, epoch: recorder.journal.state.epoch + 1 },
    { type: "tool_started", callId, attempt: 1, decision: recorder.journal.state.length },
  ]);
  return { runId, store };
}
