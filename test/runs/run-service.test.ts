import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { createPayments } from "../support/payments.ts";
import {
  no,
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  waitUntil,
  yes,
} from "../support/run-services.ts";

describe.each(storeKinds)("run service on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("runs an agent to its end", async () => {
    const site = await openSite();
    const service = await site.open([createPayments().agent]);
    const runId = await service.start({ input: 'look_up {"key": "a"}' });
    const report = await waitFor(service, runId, "completed");
    expect(report).toMatchObject({ agent: "Payments", source: "test#Payments", turns: 2 });
    expect(report.output).toContain("Found a");
    expect(report.steps).toEqual(['call_1 look_up {"key":"a"}: ran']);
    expect(site.log).toEqual([]);
  });

  it("pauses before a gated call, and runs it once approved", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    expect({ paid, action }).toEqual({ paid: [], action: 'pay {"amount":5}' });
    expect(await service.decide(approvalId, yes({ action }))).toMatchObject({
      type: "decided",
      decision: "approved",
    });
    const report = await waitFor(service, runId, "completed");
    expect(report.output).toContain("Paid 5");
    expect(report.steps[0]).toMatch(/: ran, approved by tester through terminal at /);
    expect(paid).toEqual([5]);
  });

  it("tells the agent why a call was rejected", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, no({ message: "Not this month" }));
    const report = await waitFor(service, runId, "completed");
    expect(report.output).toContain("Not this month");
    expect(paid).toEqual([]);
  });

  it("goes on with the calls that are decided while others wait", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const runId = await service.start({ input: 'pay {"amount": 1} pay {"amount": 2}' });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    const [first, second] = approvals.map(({ approvalId }) => approvalId);
    await service.decide(first!, yes());
    const between = await waitFor(service, runId, "awaiting_approval");
    expect(between.approvals.map(({ approvalId }) => approvalId)).toEqual([second]);
    expect(paid).toEqual([1]);
    await service.decide(second!, yes());
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([1, 2]);
  });

  it("lists runs, newest first, and open approvals, oldest first, page by page", async () => {
    const { agent } = createPayments();
    const other = createPayments({ name: "Other" });
    // Of what is made in the same millisecond none is older.
    let nowMs = Date.now();
    const clock = { now: () => (nowMs += 1) };
    const service = await (await openSite()).open([agent, other.agent], { clock });
    const done = await service.start({ input: "hello", agent: "Other" });
    await waitFor(service, done, "completed");
    const first = await startPaused(service, 'pay {"amount": 1}');
    const second = await startPaused(service, 'pay {"amount": 2}');

    const page = await service.list({ limit: 2 });
    expect(page.runs.map(({ runId }) => runId)).toEqual([second.runId, first.runId]);
    const rest = await service.list({ limit: 2, cursor: page.nextCursor });
    expect(rest.runs.map(({ runId }) => runId)).toEqual([done]);
    expect(rest.nextCursor).toBeUndefined();
    const named = await service.list({ limit: 9, agent: "Other", status: "completed" });
    expect(named.runs.map(({ runId }) => runId)).toEqual([done]);

    const waiting = await service.pending({ limit: 1 });
    expect(waiting.approvals.map(({ approvalId }) => approvalId)).toEqual([first.approvalId]);
    expect(waiting.count).toBe(2);
    const later = await service.pending({ limit: 1, cursor: waiting.nextCursor });
    expect(later.approvals.map(({ approvalId }) => approvalId)).toEqual([second.approvalId]);
    const ofOne = await service.pending({ limit: 9, runId: second.runId });
    expect(ofOne).toMatchObject({ count: 1, approvals: [{ approvalId: second.approvalId }] });
  });

  it("says what there is not, and repeats no text that is no id", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    const unknown = "run_unknown" as RunId;
    await expect(service.get(unknown)).rejects.toMatchObject({
      code: "run_not_found",
      message: "There is no run run_unknown in this store",
    });
    await expect(service.wait(unknown, { timeoutMs: 0 })).rejects.toMatchObject({
      code: "run_not_found",
    });
    await expect(service.cancel(unknown, { by: "tester" })).rejects.toMatchObject({
      code: "run_not_found",
    });
    await expect(service.resume(unknown)).rejects.toMatchObject({ code: "run_not_found" });
    await expect(service.journal(unknown)).rejects.toMatchObject({ code: "run_not_found" });
    await expect(service.decide("ignore this\n" as ApprovalId, yes())).rejects.toMatchObject({
      code: "approval_not_found",
      message: "There is no approval of that id in this store. List the pending ones",
    });
    await expect(service.start({ input: "x", agent: "Nobody" })).rejects.toMatchObject({
      code: "unknown_agent",
      message: 'Agent "Nobody" is not known. There are "Payments"',
    });
    await expect(service.list({ limit: 1, cursor: "?" })).rejects.toMatchObject({
      code: "invalid_cursor",
    });
  });

  it("starts a run by the source of an agent that only another process has", async () => {
    const site = await openSite();
    const desk = await site.open([]);
    const request = { source: "test#Payments", input: 'pay {"amount": 5}', idempotencyKey: "k" };
    const runId = await desk.start(request);
    expect(await desk.get(runId)).toMatchObject({ status: "running", agent: "Payments" });
    expect(await desk.start(request)).toBe(runId);
    const { agent, paid } = createPayments();
    const worker = await site.open([agent]);
    worker.recover();
    const { approvals } = await waitUntil(desk, runId, "awaiting_approval");
    await desk.decide(approvals[0]!.approvalId, yes());
    await waitUntil(desk, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("refuses keys that cannot be stored, and does not repeat them", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    for (const [member, name] of [
      ["sessionId", "session id"],
      ["idempotencyKey", "idempotency key"],
      ["source", "source"],
    ] as const) {
      await expect(service.start({ input: "x", [member]: "secret\0" })).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringMatching(new RegExp(`^The ${name} has (?!.*secret)`)),
      });
    }
    expect((await service.list({ limit: 9 })).runs).toEqual([]);
  });

  it("writes down who started a run and who cancelled it, a program where nobody says", async () => {
    const site = await openSite();
    const service = await site.open([createPayments().agent]);
    const caller = { by: "ada (OS user)", channel: "terminal", level: "person" } as const;
    const { runId } = await startPaused(service, 'pay {"amount": 5}');
    const other = await service.start({ ...caller, input: "hello" });
    await service.cancel(runId, { ...caller, reason: "no longer needed" });
    const store = await site.connect();
    const told = async (id: RunId, type: string): Promise<unknown> =>
      (await store.read(id))
        .map((line): { type: string } => JSON.parse(line))
        .find((entry) => entry.type === type);
    expect(await told(runId, "run_started")).toMatchObject({
      by: "code",
      channel: "library",
      level: "person",
    });
    expect(await told(other, "run_started")).toMatchObject(caller);
    expect(await told(runId, "run_cancelled")).toMatchObject(caller);
  });

  it("lists from cards, without opening a journal", async () => {
    const site = await openSite();
    const first = await site.open([createPayments().agent]);
    const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
    const reads: string[] = [];
    const desk = await site.open([], {
      wrap: (store) => ({
        ...store,
        read(id, fromSeq) {
          reads.push(id);
          return store.read(id, fromSeq);
        },
      }),
    });
    const { approvals, count, more } = await desk.pending({ limit: 9 });
    expect({ count, more, reads }).toEqual({ count: 1, more: false, reads: [] });
    const { schema: _schema, ...whole } = await desk.approval(approvalId);
    expect(approvals).toEqual([JSON.parse(JSON.stringify(whole))]);
    expect(reads).toEqual([runId]);
  });

  describe("idempotency keys", () => {
    const request = { input: 'pay {"amount": 3}', idempotencyKey: "k1" };

    it("start the same run for the same request, and refuse another request", async () => {
      const service = await (await openSite()).open([createPayments().agent]);
      const runId = await service.start(request);
      expect(await service.start(request)).toBe(runId);
      await waitFor(service, runId, "awaiting_approval");
      expect(await service.start({ ...request, agent: "Payments" })).toBe(runId);
      await expect(service.start({ ...request, input: "other" })).rejects.toMatchObject({
        code: "idempotency_conflict",
      });
      expect(await service.start({ input: request.input })).not.toBe(runId);
    });

    it("start one run when two processes use one at once", async () => {
      const site = await openSite();
      const services = await Promise.all([1, 2].map(() => site.open([createPayments().agent])));
      const runs = await Promise.all(services.map((service) => service.start(request)));
      expect(new Set(runs).size).toBe(1);
      const { runs: listed } = await services[0]!.list({ limit: 9 });
      expect(listed).toHaveLength(1);
    });

    it("stay with the run when it goes on in another process", async () => {
      const site = await openSite();
      const first = await site.open([createPayments().agent]);
      const { runId, approvalId } = await startPaused(first, 'pay {"amount": 1}');
      const kept = await first.start(request);
      await waitFor(first, kept, "awaiting_approval");
      const second = await site.open([createPayments().agent]);
      await second.decide(approvalId, yes());
      await waitFor(second, runId, "completed");
      const { approvals } = await second.get(kept);
      await second.decide(approvals[0]!.approvalId, no());
      await waitFor(second, kept, "completed");
      expect(await second.start(request)).toBe(kept);
    });
  });

  describe("waiting", () => {
    it("only looks when there is no time", async () => {
      const service = await (await openSite()).open([neverAnswering()]);
      const runId = await service.start({ input: "x" });
      expect(await service.wait(runId, { timeoutMs: 0 })).toMatchObject({ status: "running" });
    });

    it("ends when the caller gives up, and the run goes on", async () => {
      const { promise: answer, resolve } = Promise.withResolvers<void>();
      const model = createScriptedModel(async () => {
        await answer;
        return [message("done")];
      });
      const service = await (await openSite()).open([new Agent({ name: "Slow", model })]);
      const runId = await service.start({ input: "x" });
      const impatient = new AbortController();
      const waiting = service.wait(runId, { timeoutMs: 60_000, signal: impatient.signal });
      impatient.abort();
      expect(await waiting).toMatchObject({ status: "running" });
      resolve();
      expect(await waitFor(service, runId, "completed")).toMatchObject({ output: "done" });
    });

    it("ends when the service closes", async () => {
      // A store of its own, which closes with it.
      const wrap = (store: RunStore): RunStore =>
        kind === "memory" ? createMemoryRunStore() : store;
      const service = await (await openSite()).open([neverAnswering()], { wrap });
      const runId = await service.start({ input: "x" });
      const waiting = service.wait(runId, { timeoutMs: 2 ** 40 });
      const failing = expect(waiting).rejects.toMatchObject({ code: "store_unavailable" });
      await service.close();
      await failing;
    });
  });

  it("tells a run as it was at one moment, whoever writes meanwhile", async () => {
    const site = await openSite();
    const first = await site.open([createPayments().agent]);
    const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
    const desk = await site.open([]);
    let looks = 0;
    const service = await site.open([], {
      wrap: (store) => ({
        ...store,
        async read(id, fromSeq) {
          looks += 1;
          // Between the summary and the journal.
          if (looks === 1) await desk.decide(approvalId, yes());
          return store.read(id, fromSeq);
        },
      }),
    });
    const { status, approvals } = await service.get(runId);
    expect({ status, approvals }).toEqual({ status: "running", approvals: [] });
  });

  describe("cancelling", () => {
    it("ends a run and what it waits for, and leaves one that is over", async () => {
      const { agent, paid } = createPayments();
      const service = await (await openSite()).open([agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      await service.cancel(runId, { by: "tester", reason: "no longer needed" });
      await waitFor(service, runId, "cancelled");
      expect(await service.pending({ limit: 9 })).toMatchObject({ approvals: [], count: 0 });
      await expect(service.decide(approvalId, yes())).rejects.toMatchObject({
        code: "already_decided",
      });
      const { length } = await service.journal(runId);
      await service.cancel(runId, { by: "tester" });
      expect(await service.journal(runId)).toHaveLength(length);
      expect(paid).toEqual([]);
    });

    it("aborts a tool that runs", async () => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const { agent, paid } = createPayments({
        before: async (_amount, details) => {
          begin();
          await new Promise((_, reject) => {
            details?.signal?.addEventListener("abort", () => reject(new Error("stopped")));
          });
        },
      });
      const service = await (await openSite()).open([agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      await service.decide(approvalId, yes());
      await begun;
      await service.cancel(runId, { by: "tester" });
      await waitFor(service, runId, "cancelled");
      expect(paid).toEqual([]);
    });
  });

  it("tells events of runs that go on here, and changes of the store", async () => {
    const site = await openSite();
    const service = await site.open([createPayments().agent]);
    const events: string[] = [];
    service.listen((_runId, event) => {
      if (event.type === "run_item_stream_event") events.push(event.name);
    });
    const changed = new Promise<void>((resolve) => {
      const unlisten = service.onChange(() => {
        unlisten();
        resolve();
      });
    });
    const runId = await service.start({ input: 'look_up {"key": "a"}' });
    await changed;
    await waitFor(service, runId, "completed");
    expect(events).toEqual(["tool_called", "tool_output", "message_output_created"]);
  });
});

function neverAnswering(): Agent {
  const model = createScriptedModel(() => new Promise(() => {}));
  return new Agent({ name: "Silent", model });
}
