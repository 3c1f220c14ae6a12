import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { createPayments } from "../support/payments.ts";
import { recorderOf, startPaused, useSite, yes } from "../support/run-services.ts";

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
