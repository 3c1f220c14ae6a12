import { hostname } from "node:os";

import fc from "fast-check";
import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import type { ClaimRequest } from "../../src/runs/run-store.ts";
import { atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import { createStillClock, type OpenRunStore, type SettledStore } from "../support/run-stores.ts";
import { isThorough } from "../support/thorough.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;
const leaseMs = 5_000;

function request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
  return { sources: ["code"], owner: "own_a", limit: 9, leaseMs, ...changes };
}

async function claimIds(store: SettledStore, changes: Partial<ClaimRequest> = {}) {
  return (await store.claim(request(changes))).map((run): string => run.runId);
}

/** Part of `runStoreContract`. */
export function describeLeases(open: OpenRunStore): void {
  describeOne(open);
  describeMany(open);
}

function describeOne(open: OpenRunStore): void {
  const terms = (owner: string) => ({ owner, leaseMs });

  it("has no lease of a run until somebody takes it", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    expect(await store.leaseOf(runId)).toBeUndefined();
    expect(await store.claimRun(runId, terms("own_a"))).toBe(true);
    expect(await store.leaseOf(runId)).toEqual({
      owner: "own_a",
      instance: expect.any(String),
      pid: process.pid,
      host: hostname(),
      expiresAt: new Date(clock.now() + leaseMs).toISOString(),
      leftMs: leaseMs,
      alive: true,
    });
    expect(await store.leaseOf(otherId)).toBeUndefined();
  });

  it("refuses another owner until the lease has expired", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.claimRun(runId, terms("own_a"));
    clock.pass(4.999);
    expect(await store.claimRun(runId, terms("own_b"))).toBe(false);
    clock.pass(0.001);
    expect(await store.leaseOf(runId)).toMatchObject({ owner: "own_a", leftMs: 0 });
    expect(await store.claimRun(runId, terms("own_b"))).toBe(true);
    expect(await store.leaseOf(runId)).toMatchObject({ owner: "own_b", leftMs: leaseMs });
  });

  it("goes by a clock that never goes back", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.claimRun(runId, terms("own_a"));
    clock.pass(-3_600);
    await store.claimRun(otherId, terms("own_a"));
    clock.pass(3_600 + 5);
    expect(await store.claimRun(runId, terms("own_b"))).toBe(true);
    expect(await store.claimRun(otherId, terms("own_b"))).toBe(true);
  });

  it("renews what an owner still has, and says which", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.claimRun(runId, terms("own_a"));
    await store.claimRun(otherId, terms("own_b"));
    clock.pass(4);
    const runIds = [runId, otherId, "run_x" as RunId];
    expect(await store.renew("own_a", { leaseMs, runIds })).toEqual([runId]);
    expect(await store.leaseOf(runId)).toMatchObject({ owner: "own_a", leftMs: leaseMs });
    expect(await store.leaseOf(otherId)).toMatchObject({ owner: "own_b", leftMs: 1_000 });
    expect(await store.claimRun(runId, terms("own_a"))).toBe(true);
  });

  it("lets one of two that ask at once have it", async () => {
    const store = await open();
    const owners = ["own_a", "own_b"];
    const taken = await Promise.all(owners.map((owner) => store.claimRun(runId, terms(owner))));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it("is let go by its owner only", async () => {
    const store = await open();
    await store.claimRun(runId, terms("own_a"));
    await store.release(runId, "own_b");
    expect((await store.leaseOf(runId))?.owner).toBe("own_a");
    await store.release(runId, "own_a");
    await store.release(runId, "own_a");
    expect(await store.leaseOf(runId)).toBeUndefined();
    expect(await store.claimRun(runId, terms("own_b"))).toBe(true);
  });
}

function describeMany(open: OpenRunStore): void {
  it("claims runnable runs oldest first, as many as asked for, and then the others", async () => {
    const store = await open();
    for (const [index, minute] of [3, 1, 2, 1].entries()) {
      await store.append(startOf(`run_${index}`, { createdAt: atMinute(minute) }));
    }
    await store.append(startOf("run_x", { runnable: false }));
    expect(await claimIds(store, { limit: 3 })).toEqual(["run_1", "run_3", "run_2"]);
    expect(await claimIds(store, { owner: "own_b" })).toEqual(["run_0"]);
    expect(await claimIds(store)).toEqual([]);
    expect(await store.leaseOf("run_0" as RunId)).toMatchObject({ owner: "own_b" });
  });

  it("claims only runs of the sources asked for, whatever stands before them", async () => {
    const store = await open();
    await store.append(startOf("run_1"));
    await store.append(startOf("run_x", { source: "demo#lawyer", createdAt: atMinute(9) }));
    const sources = ["demo#lawyer", "other", "demo#lawyer"];
    expect(await claimIds(store, { sources, limit: 1 })).toEqual(["run_x"]);
    expect(await claimIds(store, { sources: [] })).toEqual([]);
    expect(await claimIds(store, { limit: 0 })).toEqual([]);
  });

  it("says when the first lease of others on such a run ends", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    const asked = { sources: ["code", "other"], owner: "own_b" };
    expect(await store.nextFree(asked)).toBeUndefined();
    await store.append(startOf(runId));
    await store.append(startOf(otherId));
    await store.append(startOf("run_x", { runnable: false }));
    await store.claimRun("run_x" as RunId, { owner: "own_a", leaseMs: 1_000 });
    await store.claimRun(runId, { owner: "own_b", leaseMs: 1_000 });
    expect(await store.nextFree(asked)).toBeUndefined();
    await store.claimRun(otherId, { owner: "own_a", leaseMs });
    clock.pass(1);
    expect(await store.nextFree(asked)).toBe(4_000);
    expect(await store.nextFree({ ...asked, sources: ["other"] })).toBeUndefined();
  });

  it("leaves out a run that was left out, until it grows", async () => {
    const store = await open();
    const first = startOf(runId);
    await store.append(first);
    await store.append(startOf(otherId));
    const except = new Map([[runId, 1]]);
    expect(await claimIds(store, { except })).toEqual([otherId]);
    await store.append(nextOf(runId, first.lines));
    expect(await claimIds(store, { except })).toEqual([runId]);
  });

  it("claims no run that has stopped being runnable", async () => {
    const store = await open();
    const first = startOf(runId);
    await store.append(first);
    await store.append(nextOf(runId, first.lines, { runnable: false }));
    expect(await claimIds(store)).toEqual([]);
  });

  it("claims what was let go or has expired", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.append(startOf(runId));
    await store.append(startOf(otherId));
    expect(await claimIds(store)).toEqual([runId, otherId]);
    await store.release(otherId, "own_a");
    expect(await claimIds(store, { owner: "own_b" })).toEqual([otherId]);
    clock.pass(5);
    expect(await claimIds(store, { owner: "own_c" })).toEqual([runId, otherId]);
    expect(await store.renew("own_a", { leaseMs, runIds: [runId] })).toEqual([]);
  });

  it("never gives one run to two, whatever they do", async () => {
    const owner = fc.constantFrom("own_a", "own_b");
    const run = fc.constantFrom("run_0", "run_1", "run_2");
    const action = fc.oneof(
      fc.record({ type: fc.constant("claim"), owner, limit: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ type: fc.constant("take"), owner, run }),
      fc.record({ type: fc.constant("renew"), owner, run }),
      fc.record({ type: fc.constant("release"), owner, run }),
      fc.record({ type: fc.constant("pass"), seconds: fc.integer({ min: 1, max: 6 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const clock = createStillClock();
        const store = await open({ clock });
        for (const id of ["run_0", "run_1", "run_2"]) await store.append(startOf(id));
        const held = new Map<string, { owner: string; until: number }>();
        const take = (id: string, by: string): void => {
          const lease = held.get(id);
          if (lease !== undefined && lease.owner !== by)
            expect(lease.until).toBeLessThanOrEqual(clock.now());
          held.set(id, { owner: by, until: clock.now() + leaseMs });
        };
        for (const each of actions) {
          if ("seconds" in each) clock.pass(each.seconds);
          else if ("limit" in each) {
            for (const id of await claimIds(store, each)) take(id, each.owner);
          } else {
            const id = each.run as RunId;
            const isOwn = held.get(id)?.owner === each.owner;
            if (each.type === "take") {
              if (await store.claimRun(id, { ...each, leaseMs })) take(id, each.owner);
            } else if (each.type === "renew") {
              const renewed = await store.renew(each.owner, { leaseMs, runIds: [id] });
              expect(renewed).toEqual(isOwn ? [id] : []);
              if (isOwn) take(id, each.owner);
            } else {
              await store.release(id, each.owner);
              if (isOwn) held.delete(id);
            }
          }
        }
      }),
      { numRuns: isThorough ? 40 : 12 },
    );
  });
}
