import { afterEach, describe, expect, it, vi } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import type { AppendBatch } from "../../src/engine/journal-store.ts";
import { approvalOf, atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import type { PlaceKind } from "../support/places.ts";
import type { ConnectRunStore, OpenRunStore, SettledStore } from "../support/run-stores.ts";
import { breakDriver, faults } from "../support/store-faults.ts";

const runId = "run_a" as RunId;
const tool = "code\npay";
/** An append makes fewer calls of a driver than this. */
const MOST_CALLS = 200;

/** Part of `runStoreContract`: one call of the driver fails, whichever it is. */
export function describeFaults(
  kind: PlaceKind,
  open: OpenRunStore,
  connect: ConnectRunStore,
): void {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(faults(kind))(
    "writes all of an append or nothing, and goes on, when a call $name",
    async (fault) => {
      const one = await open();
      const two = await connect(one);
      await one.append(batchAfter([]));
      let after = 0;
      for (let isBroken = true; isBroken; after += 1) {
        expect(after).toBeLessThan(MOST_CALLS);
        const before = await one.read(runId);
        const broken = breakDriver(kind, { ...fault, after });
        const error = await one.append(batchAfter(before)).catch((thrown: unknown) => thrown);
        vi.restoreAllMocks();
        isBroken = broken.calls > after;
        if (error !== undefined) expect(error).toMatchObject({ code: "store_unavailable" });
        const lines = await one.read(runId);
        if (error === undefined) expect(lines).toHaveLength(before.length + 1);
        for (const store of [one, two]) await expectWhole(store, lines);
      }
      expect(after).toBeGreaterThan(1);
      await expectWhole(await connect(one), await one.read(runId));
    },
  );
}

/** Everything of an append, told by the number of its entry. */
function batchAfter(lines: readonly string[]): AppendBatch {
  const batch = lines.length === 0 ? startOf(runId) : nextOf(runId, lines);
  return {
    ...batch,
    pending: [approvalOf(`apr_${lines.length + 1}`, runId)],
    past: [{ tool, at: atMinute(0), features: [{ key: "call" }] }],
  };
}

async function expectWhole(store: SettledStore, lines: readonly string[]): Promise<void> {
  const { length } = lines;
  expect(await store.read(runId)).toEqual(lines);
  expect(await store.getRun(runId)).toMatchObject({ length });
  expect((await store.listPending({ limit: 9 })).approvals).toMatchObject([
    { approvalId: `apr_${length}` },
  ]);
  expect((await store.pastOf(tool, ["call"])).get("call")).toMatchObject({ count: length });
}

/** Keeps everybody from writing to a store until its result is called. */
export type HoldStore = (store: Pick<RunStore, "location">) => Promise<() => void>;

/** Part of `runStoreContract`, where one that writes keeps the others waiting. */
export function describeBusy(open: OpenRunStore, hold: HoldStore): void {
  describe("a store that another one writes to", () => {
    it("is written to once it is let go", async () => {
      const store = await open();
      await store.append(startOf(runId));
      const release = await hold(store);
      const appended = store.append(startOf("run_b"));
      release();
      await appended;
      expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(2);
    });

    it("is waited for as long as one says who asks, and nothing was written then", async () => {
      const store = await open();
      const release = await hold(store);
      const waits = store.append({ ...startOf("run_b"), waitMs: 60_000 });
      await expect(store.append({ ...startOf(runId), waitMs: 20 })).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("another process keeps it busy"),
      });
      release();
      await waits;
      expect((await store.listRuns({ limit: 9 })).runs).toMatchObject([{ runId: "run_b" }]);
    });

    it("stops being waited for when the store is closed", async () => {
      const store = await open();
      const release = await hold(store);
      const appended = store.append(startOf(runId));
      const refused = expect(appended).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringContaining("closed"),
      });
      await store.close();
      await refused;
      release();
    });
  });
}
