import { hostname } from "node:os";
import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { endedPid, leaseOf, type OpenRunStore } from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;

/** Part of `runStoreContract`. */
export function describeLeases(open: OpenRunStore): void {
  const now = 1_000_000;

  it("has no lease of a run until somebody takes it", async () => {
    const store = await open();
    expect(await store.getLease(runId)).toBeUndefined();
    expect(await store.acquireLease(runId, leaseOf("own_a"), now)).toBe(true);
    expect(await store.getLease(runId)).toEqual(leaseOf("own_a"));
    expect(await store.getLease(otherId)).toBeUndefined();
  });

  it("refuses another owner until the lease has expired, same process or not", async () => {
    const store = await open();
    const lease = leaseOf("own_a", { expiresAt: now + 5_000 });
    await store.acquireLease(runId, lease, now);
    expect(await store.acquireLease(runId, leaseOf("own_b"), now + 4_999)).toBe(false);
    expect(await store.getLease(runId)).toEqual(lease);
    expect(await store.acquireLease(runId, leaseOf("own_b"), now + 5_000)).toBe(true);
    expect(await store.getLease(runId)).toEqual(leaseOf("own_b"));
  });

  it("renews an owner's own lease", async () => {
    const store = await open();
    await store.acquireLease(runId, leaseOf("own_a"), now);
    const renewed = leaseOf("own_a", { expiresAt: now + 9_000 });
    expect(await store.acquireLease(runId, renewed, now)).toBe(true);
    expect(await store.getLease(runId)).toEqual(renewed);
  });

  it("lets one of two that ask at once have it", async () => {
    const store = await open();
    const taken = await Promise.all(
      ["own_a", "own_b"].map((owner) => store.acquireLease(runId, leaseOf(owner), now)),
    );
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it("takes over at once from a dead process of this host", async () => {
    const store = await open();
    await store.acquireLease(runId, leaseOf("own_a", { pid: await endedPid() }), now);
    expect(await store.acquireLease(runId, leaseOf("own_b"), now)).toBe(true);
    expect((await store.getLease(runId))?.owner).toBe("own_b");
  });

  it("knows nothing about processes of another host", async () => {
    const store = await open();
    const foreign = leaseOf("own_a", { pid: await endedPid(), host: `not-${hostname()}` });
    await store.acquireLease(runId, foreign, now);
    expect(await store.acquireLease(runId, leaseOf("own_b"), now)).toBe(false);
  });

  it("is let go by its owner only", async () => {
    const store = await open();
    await store.acquireLease(runId, leaseOf("own_a"), now);
    await store.releaseLease(runId, "own_b");
    expect((await store.getLease(runId))?.owner).toBe("own_a");
    await store.releaseLease(runId, "own_a");
    await store.releaseLease(runId, "own_a");
    expect(await store.getLease(runId)).toBeUndefined();
    expect(await store.acquireLease(runId, leaseOf("own_b"), now)).toBe(true);
  });
}
