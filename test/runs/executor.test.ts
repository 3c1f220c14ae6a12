import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
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
} from "../support/run-services.ts";

describe("a run that another process is at", () => {
  const openSite = useSite("memory");
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is looked at no more often the longer that takes", async () => {
    const site = await openSite();
    const service = await site.open([createPayments().agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.close();
    const store = await site.connect();
    const terms = { owner: "own_other", leaseMs: 5_000 };
    await store.claimRun(runId, terms);
    const desk = await site.open([]);
    await desk.decide(approvalId, yes());

    let attempts = 0;
    const watching = await site.open([createPayments().agent], {
      wrap: (inner) => ({
        ...inner,
        claimRun: async (...args) => {
          attempts += 1;
          return inner.claimRun(...args);
        },
      }),
    });
    watching.recover();
    // Somebody decides once more: that asks for this very run.
    await watching.decide(approvalId, yes());
    const attemptsIn = async (seconds: number): Promise<number> => {
      const before = attempts;
      for (let tick = 0; tick < seconds * 5; tick += 1) {
        await store.renew("own_other", { ...terms, runIds: [runId] });
        await vi.advanceTimersByTimeAsync(200);
      }
      return attempts - before;
    };
    const first = await attemptsIn(10);
    await attemptsIn(60);
    expect(first).toBeGreaterThan(0);
    expect(await attemptsIn(10)).toBeLessThanOrEqual(first + 1);
    const { journal } = await recorderOf(store, runId);
    expect(journal.entries.at(-1)?.entry.type).toBe("approval_decided");
  });
});

describe.each(storeKinds)("places on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("are filled and no more, and whoever waits gets the next one", async () => {
    const gates: (() => void)[] = [];
    let most = 0;
    let now = 0;
    const model = createScriptedModel(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => gates.push(resolve));
      now -= 1;
      return [message("done")];
    });
    const agent = new Agent({ name: "Slow", model });
    const service = await (await openSite()).open([agent], { maxRunsAtOnce: 2 });
    service.recover();
    const runs = await Promise.all([1, 2, 3, 4, 5].map((id) => service.start({ input: `${id}` })));
    let opened = 0;
    while (opened < runs.length) {
      await vi.waitFor(() => expect(gates.length).toBeGreaterThan(opened), { timeout: 10_000 });
      gates[opened]?.();
      opened += 1;
    }
    for (const runId of runs) await waitFor(service, runId, "completed");
    expect(most).toBe(2);
  });

  it("go to runs that others started by name, for whoever has the agent", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const first = await site.open([agent]);
    const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
    await first.close();
    const workers = await Promise.all([1, 2, 3].map(() => site.open([agent])));
    for (const worker of workers) worker.recover();
    const desk = await site.open([]);
    await desk.decide(approvalId, yes());
    await waitUntil(desk, runId, "completed");
    expect(paid).toEqual([5]);
    const claims = (await desk.journal(runId)).filter(({ entry }) => entry.type === "run_claimed");
    expect(claims).toHaveLength(2);
  });
});

describe("a run that can go on again while its lease is let go of", () => {
  const openSite = useSite("sqlite");

  it("goes on, and is not kept from everybody", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const letGo = Promise.withResolvers<void>();
    const claimed = Promise.withResolvers<void>();
    let isDecided = false;
    const service = await site.open([agent], {
      wrap: (store) => ({
        ...store,
        async claim(request) {
          const runs = await store.claim(request);
          if (isDecided && runs.length > 0) claimed.resolve();
          return runs;
        },
        async release(id, owner) {
          await store.release(id, owner);
          await letGo.promise;
        },
      }),
    });
    service.recover();
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    const desk = await site.open([]);
    isDecided = true;
    await desk.decide(approvalId, yes());
    // What else is to be gone on with makes it look around.
    await service.start({ input: "hello" });
    await claimed.promise;
    letGo.resolve();
    await waitUntil(desk, runId, "completed");
    expect(paid).toEqual([5]);
  });
});

describe("a claim that finds nothing to do", () => {
  const openSite = useSite("sqlite");

  it("writes no entry, lets go, and is not made again until the run grows", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    // Rows of writers without the agent say at times that there may be something to do.
    const hopeful = (store: RunStore): RunStore => ({
      ...store,
      append: (batch) => store.append({ ...batch, summary: { ...batch.summary, runnable: true } }),
    });
    const first = await site.open([agent], { wrap: hopeful });
    const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
    await first.close();

    const claimed: string[] = [];
    const released: string[] = [];
    const service = await site.open([agent], {
      wrap: (store) => ({
        ...store,
        async claim(request) {
          const runs = await store.claim(request);
          claimed.push(...runs.map((run) => run.runId));
          return runs;
        },
        async release(id, owner) {
          await store.release(id, owner);
          released.push(id);
        },
      }),
    });
    const { length } = await service.journal(runId);
    service.recover();
    await vi.waitFor(() => expect(released).toEqual([runId]), { timeout: 10_000 });
    // What is written makes everybody look again.
    const other = await service.start({ input: "hello" });
    await waitFor(service, other, "completed");
    expect(claimed.filter((id) => id === runId)).toEqual([runId]);
    expect(await service.journal(runId)).toHaveLength(length);
    const desk = await site.open([]);
    await desk.decide(approvalId, yes());
    await waitUntil(service, runId, "completed");
    expect(paid).toEqual([5]);
  });
});

describe("an executor that starts", () => {
  const openSite = useSite("sqlite");
  const createShop = (description: string): Agent => {
    const sell = tool({
      name: "sell",
      description,
      parameters: z.object({ amount: z.number() }),
      needsApproval: true,
      execute: () => "sold",
    });
    const model = createScriptedModel(() => [call("sell", { amount: 1 }, "call_1")]);
    return new Agent({ name: "Shop", model, tools: [sell] });
  };

  it("has what waits for a definition that changed asked anew, and leaves the rest", async () => {
    const site = await openSite();
    const first = await site.open([createShop("Sells one."), createPayments().agent]);
    const changed = await startPaused(first, "sell");
    const runId = await first.start({ input: 'pay {"amount": 5}', agent: "Payments" });
    await waitFor(first, runId, "awaiting_approval");
    const { length } = await first.journal(runId);
    await first.close();
    const second = await site.open([createShop("Sells all."), createPayments().agent]);
    second.recover();
    await vi.waitFor(
      async () => {
        const { approvals } = await second.get(changed.runId);
        expect(approvals).toHaveLength(1);
        expect(approvals[0]?.approvalId).not.toBe(changed.approvalId);
      },
      { timeout: 10_000 },
    );
    expect(await second.journal(runId)).toHaveLength(length);
  });

  it("is not kept from the others by a run that it cannot read", async () => {
    const site = await openSite();
    const first = await site.open([createShop("Sells one.")]);
    const { runId, approvalId } = await startPaused(first, "sell");
    // The newest is looked at first.
    const broken = await startPaused(first, "sell");
    await first.close();
    const second = await site.open([createShop("Sells all.")], {
      wrap: (store) => ({
        ...store,
        read: (id, from) => (id === broken.runId ? ["no JSON"] : store.read(id, from)),
      }),
    });
    second.recover();
    await vi.waitFor(
      async () => {
        const { approvals } = await second.get(runId);
        expect(approvals).toHaveLength(1);
        expect(approvals[0]?.approvalId).not.toBe(approvalId);
      },
      { timeout: 10_000 },
    );
    expect(site.log).toContainEqual(expect.stringMatching(`^run ${broken.runId}: cannot look`));
  });
});

describe("a store that fails for a while", () => {
  const openSite = useSite("memory");

  it("is written into no run, and the run goes on when it works again", async () => {
    const site = await openSite();
    let failures = 2;
    const model = createScriptedModel([[message("one")], [message("two")], [message("three")]]);
    const service = await site.open([new Agent({ name: "Patient", model })], {
      wrap: (store) => ({
        ...store,
        append(batch) {
          const isAnswer = batch.lines.some((line) => line.includes('"model_responded"'));
          if (isAnswer && failures > 0) {
            failures -= 1;
            throw new HoldpointError("store_unavailable", "The disk is full");
          }
          return store.append(batch);
        },
      }),
    });
    const told: (string | undefined)[] = [];
    service.onChange(() => told.push(service.problem()));
    const runId = await service.start({ input: "x" });
    await waitFor(service, runId, "completed");
    const types = (await service.journal(runId)).map(({ entry }) => entry.type);
    expect(types).not.toContain("model_failed");
    // Of the server, for as long as it lasts; whoever shows it hears of both.
    expect(told).toContain(site.log[0]);
    expect(told.at(-1)).toBeUndefined();
    expect(site.log).toEqual([
      "the store cannot be written: The disk is full. What runs goes on when it can be",
      "the store can be written again",
    ]);
  });
});

describe("a start that the store does not take", () => {
  const openSite = useSite("memory");
  const openFailing = async (when: "instead" | "afterwards") => {
    const site = await openSite();
    const model = createScriptedModel([[message("one")]]);
    return site.open([new Agent({ name: "Eager", model })], {
      wrap: (store) => ({
        ...store,
        append(batch) {
          if (batch.fromSeq > 0) return store.append(batch);
          if (when === "afterwards") void store.append(batch);
          throw new HoldpointError("store_unavailable", "The disk is full");
        },
      }),
    });
  };

  it("says that nothing was started, and that it may be sent again", async () => {
    const service = await openFailing("instead");
    await expect(service.start({ input: "x" })).rejects.toThrow(
      "Nothing was started: The disk is full. It is safe to send the same request again",
    );
    expect((await service.list({ limit: 1 })).runs).toEqual([]);
  });

  it("is started where the store had taken it before it failed", async () => {
    const service = await openFailing("afterwards");
    await waitFor(service, await service.start({ input: "x" }), "completed");
  });
});

describe("the lease of a run that goes on", () => {
  const openSite = useSite("memory");
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is renewed for as long as it does, and let go of at the end", async () => {
    const site = await openSite();
    const { promise: answer, resolve } = Promise.withResolvers<void>();
    const model = createScriptedModel(async () => {
      await answer;
      return [message("done")];
    });
    const service = await site.open([new Agent({ name: "Slow", model })]);
    const runId = await service.start({ input: "x" });
    const store = await site.connect();
    const terms = { owner: "own_other", leaseMs: 5_000 };
    for (let second = 0; second < 30; second += 1) {
      await vi.advanceTimersByTimeAsync(1_000);
      expect(await store.claimRun(runId, terms)).toBe(false);
    }
    resolve();
    await waitFor(service, runId, "completed");
    await vi.advanceTimersByTimeAsync(0);
    expect(await store.claimRun(runId, terms)).toBe(true);
  });
});
