import { expect, it } from "vitest";

import type { NewGrant } from "../../src/runs/run-store.ts";
import { atMinute, startOf } from "../support/journal-lines.ts";
import { createStillClock, type OpenRunStore } from "../support/run-stores.ts";

/** Part of `runStoreContract`: yeses for later calls. */
export function describeGrants(open: OpenRunStore): void {
  const of = (grantId: string, more: Partial<NewGrant> = {}): NewGrant => ({
    grantId,
    tool: "code\npay",
    terms: `{"note": "for ${grantId} ünïcödé"}`,
    createdAt: atMinute(1),
    lastsMs: 3_600_000,
    ...more,
  });

  it("keeps them as they are, newest first, and finds those of a tool", async () => {
    const store = await open();
    await store.addGrant(of("grt_a"));
    await store.addGrant(of("grt_b", { createdAt: atMinute(2), mostUses: 3 }));
    await store.addGrant(of("grt_c", { createdAt: atMinute(0), tool: "code\nrefund" }));
    const all = await store.listGrants(9);
    expect(all.map(({ grantId }) => grantId)).toEqual(["grt_b", "grt_a", "grt_c"]);
    expect(all[0]).toMatchObject({
      terms: of("grt_b").terms,
      createdAt: atMinute(2),
      mostUses: 3,
      uses: 0,
      isStanding: true,
    });
    expect(all[1]).not.toHaveProperty("mostUses");
    expect(await store.listGrants(1)).toHaveLength(1);
    expect(await store.grantsFor("code\nrefund")).toMatchObject([{ grantId: "grt_c" }]);
    expect(await store.grantsFor("code")).toEqual([]);
  });

  it("ends one once its uses are taken, also where many take them at once", async () => {
    const store = await open();
    await store.addGrant(of("grt_a", { mostUses: 3 }));
    const taken = await Promise.all([1, 2, 3, 4, 5].map(() => store.useGrant("grt_a")));
    expect(taken.filter(Boolean)).toHaveLength(3);
    expect(await store.grantsFor("code\npay")).toEqual([]);
    expect(await store.listGrants(9)).toMatchObject([{ uses: 3, isStanding: false }]);
  });

  it("ends one by hand, once", async () => {
    const store = await open();
    await store.addGrant(of("grt_a"));
    expect(await store.useGrant("grt_a")).toBe(true);
    const end = { at: atMinute(5), by: "ada" };
    expect(await store.endGrant("grt_a", end)).toBe(true);
    expect(await store.endGrant("grt_a", { at: atMinute(6), by: "bob" })).toBe(false);
    expect(await store.endGrant("grt_none", end)).toBe(false);
    expect(await store.useGrant("grt_a")).toBe(false);
    expect(await store.grantsFor("code\npay")).toEqual([]);
    expect(await store.listGrants(9)).toMatchObject([
      { endedAt: atMinute(5), endedBy: "ada", uses: 1, isStanding: false },
    ]);
  });

  it("ends one in time, by its own clock", async () => {
    const store = await open();
    await store.addGrant(of("grt_over", { lastsMs: 0 }));
    await store.addGrant(of("grt_on"));
    expect(await store.useGrant("grt_over")).toBe(false);
    expect(await store.grantsFor("code\npay")).toMatchObject([{ grantId: "grt_on" }]);
    const clock = createStillClock();
    const timed = await open({ clock });
    await timed.addGrant(of("grt_a", { lastsMs: 10_000 }));
    if (timed.location.startsWith("postgres")) return;
    clock.pass(9);
    expect(await timed.useGrant("grt_a")).toBe(true);
    clock.pass(1);
    expect(await timed.useGrant("grt_a")).toBe(false);
  });

  it("keeps them when runs are removed", async () => {
    const store = await open();
    const over = { status: "completed", isOver: true, runnable: false } as const;
    await store.append(startOf("run_a", over));
    await store.addGrant(of("grt_a"));
    expect(await store.removeBefore({ before: atMinute(1), limit: 9 })).toMatchObject({ runs: 1 });
    expect(await store.grantsFor("code\npay")).toHaveLength(1);
  });
}
