import { afterEach, describe, expect, it, vi } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { breakSqlite } from "../support/broken-sqlite.ts";
import { createPayments } from "../support/payments.ts";
import { useSite, yes } from "../support/run-services.ts";
import { isThorough } from "../support/thorough.ts";

const IO_ERROR = 10;
const FULL = 13;

/** Asks again as long as the store is at fault, as a person does who is told to. */
async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.code !== "store_unavailable") throw error;
    }
  }
}

describe("one fault of the disk, at any call of the driver,", () => {
  const openSite = useSite("sqlite");
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** One approved payment from start to end. */
  const play = async (fault: { after: number; code: number; when: "instead" | "afterwards" }) => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const service = await site.open([agent]);
    service.recover();
    const count = breakSqlite(fault);
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

  it.each([
    { code: IO_ERROR, when: "instead" },
    { code: IO_ERROR, when: "afterwards" },
    { code: FULL, when: "instead" },
  ] as const)(
    "fails no run and does nothing twice: $when, code $code",
    async (fault) => {
      const calls = await play({ ...fault, after: Infinity });
      const step = isThorough ? 1 : Math.ceil(calls / 12);
      for (let after = 0; after < calls; after += step) await play({ ...fault, after });
    },
    600_000,
  );
});
