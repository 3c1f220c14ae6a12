import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { runStoreContract } from "../contracts/run-store-contract.ts";
import { startOf } from "../support/journal-lines.ts";

runStoreContract("memory", { open: async (options) => createMemoryRunStore(options) });

it("a store in memory answers at once, without a promise", () => {
  const store = createMemoryRunStore();
  const batch = startOf("run_a");
  const runId = "run_a" as RunId;
  expect(store.append(batch)).toBeUndefined();
  expect(store.read(runId)).toEqual(batch.lines);
  expect(store.claimRun(runId, { owner: "own_a", leaseMs: 5_000 })).toBe(true);
  expect(store.renew("own_a", { leaseMs: 5_000, runIds: [runId] })).toEqual([runId]);
  expect(store.release(runId, "own_a")).toBeUndefined();
});
