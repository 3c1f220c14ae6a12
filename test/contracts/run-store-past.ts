import { expect, it } from "vitest";

import type { PastFeature } from "../../src/engine/past-call.ts";
import { atMinute, startOf } from "../support/journal-lines.ts";
import type { OpenRunStore, SettledStore } from "../support/run-stores.ts";

/** Part of `runStoreContract`: what stays known of calls that ran. */
export function describePast(open: OpenRunStore): void {
  const over = { status: "completed", isOver: true, runnable: false } as const;
  const count = (store: SettledStore, id: string, features: PastFeature[], minute = 0) =>
    store.append({
      ...startOf(id, over),
      past: [{ tool: "code\npay", at: atMinute(minute), features }],
    });

  it("counts features of a tool, their kinds, and the range of their numbers", async () => {
    const store = await open();
    const amount = (number: number): PastFeature[] => [
      { key: "call" },
      { key: "member amount", number },
      { key: `value amount ${number}`, of: "member amount" },
    ];
    await count(store, "run_a", amount(30), 1);
    await count(store, "run_b", amount(-2.5), 3);
    await count(store, "run_c", amount(30), 2);
    const past = await store.pastOf("code\npay", [
      "call",
      "member amount",
      "value amount 30",
      "value amount 4",
    ]);
    expect(past).toEqual(
      new Map([
        ["call", { count: 3, kinds: 0, lastAt: atMinute(3) }],
        ["member amount", { count: 3, kinds: 2, lastAt: atMinute(3), low: -2.5, high: 30 }],
        ["value amount 30", { count: 2, kinds: 0, lastAt: atMinute(2) }],
      ]),
    );
    expect(await store.pastOf("code\nrefund", ["call"])).toEqual(new Map());
  });

  it("still knows what ran when its run was removed", async () => {
    const store = await open();
    await count(store, "run_a", [{ key: "call" }]);
    expect(await store.removeBefore({ before: atMinute(1), limit: 9 })).toMatchObject({ runs: 1 });
    expect((await store.pastOf("code\npay", ["call"]))?.get("call")?.count).toBe(1);
  });

  it("counts nothing of an append that was refused", async () => {
    const store = await open();
    await count(store, "run_a", [{ key: "call" }]);
    const late = {
      ...startOf("run_a"),
      past: [{ tool: "code\npay", at: atMinute(0), features: [{ key: "call" }] }],
    };
    await expect(store.append(late)).rejects.toThrow("run_a");
    expect((await store.pastOf("code\npay", ["call"]))?.get("call")?.count).toBe(1);
  });
}
