import { expect, it } from "vitest";

import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { approvalOf, atMinute, startOf } from "../support/journal-lines.ts";
import type { OpenRunStore } from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;

/** Part of `runStoreContract`. */
export function describeRemoval(open: OpenRunStore): void {
  const over = { status: "completed", isOver: true, runnable: false } as const;

  it("forgets a run, frees its keys and approvals, and says how large it was", async () => {
    const store = await open();
    const first = startOf(runId, { sessionId: "s", idempotencyKey: "k", ...over });
    await store.append({ ...first, pending: [approvalOf("apr_a", runId)] });
    await store.claimRun(runId, { owner: "own_a", leaseMs: 600_000 });
    await store.append(startOf(otherId));
    const bytes = first.lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    const removed = await store.removeBefore({ before: atMinute(1), limit: 9 });
    expect(removed).toEqual({ runs: 1, bytes, more: false, kept: 0 });
    expect(await store.read(runId)).toEqual([]);
    expect(await store.getRun(runId)).toBeUndefined();
    expect(await store.leaseOf(runId)).toBeUndefined();
    expect(await store.findApproval("apr_a" as ApprovalId)).toBeUndefined();
    expect(await store.countPending()).toEqual({ count: 0, more: false });
    expect(await store.findByIdempotencyKey("k")).toBeUndefined();
    expect(await store.getRun(otherId)).toBeDefined();
    await store.append(startOf("run_c", { sessionId: "s", idempotencyKey: "k" }));
  });

  it("removes no more at a time than it is asked to, the oldest first", async () => {
    const store = await open();
    for (const minute of [3, 1, 4, 2]) {
      await store.append(startOf(`run_${minute}`, { ...over, updatedAt: atMinute(minute) }));
    }
    const before = atMinute(4);
    expect(await store.removeBefore({ before, limit: 2 })).toMatchObject({ runs: 2, more: true });
    const left = async (): Promise<string[]> =>
      (await store.listRuns({ limit: 9 })).runs.map((run) => run.runId);
    expect(await left()).toEqual(["run_4", "run_3"]);
    expect(await store.removeBefore({ before, limit: 2 })).toMatchObject({ runs: 1, more: false });
    expect(await left()).toEqual(["run_4"]);
    const nothing = { runs: 0, bytes: 0, more: false, kept: 0 };
    expect(await store.removeBefore({ before, limit: 2 })).toEqual(nothing);
  });

  it("leaves whatever could go on, a failure that can be resumed too", async () => {
    const store = await open();
    await store.append(startOf("run_1", { status: "running" }));
    await store.append(startOf("run_2", { status: "awaiting_approval", runnable: false }));
    await store.append(startOf("run_3", { status: "failed", runnable: false }));
    await store.append(startOf("run_4", { status: "failed", runnable: false, isOver: true }));
    expect(await store.removeBefore({ before: atMinute(9), limit: 9 })).toMatchObject({ runs: 1 });
    expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(3);
  });
}
