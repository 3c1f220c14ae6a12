import { expect, it, vi } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { approvalOf, atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import {
  createStillClock,
  type ConnectRunStore,
  type OpenRunStore,
} from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const over = { status: "completed", runnable: false, isOver: true } as const;
const request = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 5_000 };

/** Part of `runStoreContract`, for stores that several processes can share. */
export function describeConnections(open: OpenRunStore, connect: ConnectRunStore): void {
  it("see what each other wrote, and lose a race as one does", async () => {
    const one = await open();
    const two = await connect(one);
    const first = startOf(runId);
    await one.append(first);
    expect(await two.read(runId)).toEqual(first.lines);
    const next = nextOf(runId, first.lines);
    const outcomes = await Promise.allSettled([one.append(next), two.append(next)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("wake each other, and say by which run", async () => {
    const one = await open();
    const two = await connect(one);
    const told = new Promise((resolve) => {
      two.watch(resolve);
    });
    await one.append(startOf(runId));
    expect(await told).toBe(runId);
  });

  it("tell each other of a lease that is let go, and that runs were removed", async () => {
    const one = await open();
    const two = await connect(one);
    const told: unknown[] = [];
    two.watch((of) => told.push(of));
    // Without one where it may be any.
    const beTold = (): Promise<void> =>
      vi.waitFor(
        () => {
          expect(told).not.toEqual([]);
          expect([runId, undefined]).toContain(told.shift());
        },
        { timeout: 10_000 },
      );
    const first = startOf(runId);
    await one.claimRun(runId, request);
    await one.append(first);
    await beTold();
    await one.release(runId, request.owner);
    await beTold();
    await one.append(nextOf(runId, first.lines, over));
    await beTold();
    await one.removeBefore({ before: atMinute(1), limit: 9 });
    await beTold();
  });

  it("begin a wish once, whoever begins it", async () => {
    const one = await open();
    const two = await connect(one);
    const intent = { key: "wish", place: 0 };
    const outcomes = await Promise.allSettled([
      one.append({ ...startOf(runId), intent }),
      two.append({ ...startOf("run_b"), intent }),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    for (const store of [one, two]) expect(await store.findIntents("wish")).toHaveLength(1);
  });

  it("count the uses of a yes together", async () => {
    const one = await open();
    const two = await connect(one);
    const grant = { grantId: "grt_a", tool: "code\npay", terms: "{}", createdAt: atMinute(0) };
    await one.addGrant({ ...grant, lastsMs: 3_600_000, mostUses: 3 });
    const taken = await Promise.all(
      [one, two, one, two, one].map((store) => store.useGrant("grt_a")),
    );
    expect(taken.filter(Boolean)).toHaveLength(3);
    for (const store of [one, two]) {
      expect(await store.listGrants(9)).toMatchObject([{ uses: 3, isStanding: false }]);
    }
  });

  it("share runs out among themselves, each once", async () => {
    const one = await open();
    const two = await connect(one);
    for (let index = 0; index < 40; index += 1) await one.append(startOf(`run_${index}`));
    const claims = await Promise.all(
      [one, two, one, two].map((store, index) =>
        store.claim({ ...request, owner: `own_${index}`, limit: 10 }),
      ),
    );
    const ids = claims.flat().map((run) => run.runId);
    expect(new Set(ids).size).toBe(40);
    expect(ids).toHaveLength(40);
  });

  it("give a due approval to one of them", async () => {
    const clock = createStillClock();
    const one = await open({ clock });
    const two = await connect(one, { clock });
    const approval = approvalOf("apr_a", runId, { expiresAt: atMinute(1) });
    await one.append({ ...startOf(runId), pending: [approval] });
    clock.pass(61);
    const due = { limit: 9, leaseMs: 5_000 };
    const claims = await Promise.all([one.claimDue(due), two.claimDue(due)]);
    expect(claims.flat()).toHaveLength(1);
  });

  it("respect each other's leases while they live, and take them over at once afterwards", async () => {
    const one = await open();
    const two = await connect(one);
    await one.append(startOf(runId));
    await one.claim(request);
    expect(await two.claim({ ...request, owner: "own_b" })).toEqual([]);
    expect(await two.claimRun(runId, { ...request, owner: "own_b" })).toBe(false);
    expect(await two.leaseOf(runId)).toMatchObject({ owner: "own_a", alive: true });
    await one.close();
    expect(await two.leaseOf(runId)).toMatchObject({ owner: "own_a", alive: false });
    expect(await two.claim({ ...request, owner: "own_b" })).toHaveLength(1);
  });
}
