import { afterEach, describe, expect, it, vi } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { createPayments } from "../support/payments.ts";
import { placeKinds, siteKinds } from "../support/places.ts";
import { useSite, yes } from "../support/run-services.ts";
import { breakDriver, faults, insist, type Fault } from "../support/store-faults.ts";
import { isThorough } from "../support/thorough.ts";

describe.each(placeKinds)("one fault of the store, at any call of the driver, on %s,", (kind) => {
  const openSite = useSite(siteKinds[kind]);
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** One approved payment from start to end. */
  const play = async (fault: Fault & { after: number }) => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const service = await site.open([agent]);
    service.recover();
    const count = breakDriver(kind, fault);
    const request = { input: 'pay {"amount": 5}', idempotencyKey: "once" };
    const runId: RunId = await insist(() => service.start(request));
    const wait = () => insist(() => service.wait(runId, { timeoutMs: 10_000 }));
    const { status, approvals } = await wait();
    expect({ ...fault, status }).toEqual({ ...fault, status: "awaiting_approval" });
    for (const { approvalId } of approvals) await insist(() => service.decide(approvalId, yes()));
    const { status: end } = await wait();
    expect({ ...fault, status: end }).toEqual({ ...fault, status: "completed" });
    vi.restoreAllMocks();
    const types = (await service.journal(runId)).map(({ entry }) => entry.type);
    expect(paid).toEqual([5]);
    expect(types.filter((type) => type === "model_failed")).toEqual([]);
    expect(types.filter((type) => type === "tool_finished")).toHaveLength(1);
    expect(await service.audit(runId)).toEqual([{ runId, entries: types.length }]);
    return count.calls;
  };

  it.each(faults(kind))(
    "fails no run and does nothing twice, when it $name",
    async (fault) => {
      const calls = await play({ ...fault, after: Infinity });
      const step = isThorough ? 1 : Math.ceil(calls / 12);
      for (let after = 0; after < calls; after += step) await play({ ...fault, after });
    },
    600_000,
  );
});
