import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import type { Intent } from "../../src/runs/run-store.ts";
import type { AppendBatch, IntentClaim } from "../../src/engine/journal-store.ts";
import { atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import type { OpenRunStore } from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;
const thirdId = "run_c" as RunId;

function begin(id: RunId, { key = "key", place = 0, closes }: Partial<IntentClaim> = {}) {
  return { ...startOf(id), intent: { key, place, closes } } satisfies AppendBatch;
}

function asOver<T extends AppendBatch>(batch: T): T {
  const summary = { ...batch.summary, status: "completed", isOver: true, runnable: false } as const;
  return { ...batch, summary };
}

function shapeOf(intents: readonly Intent[]): string[] {
  return intents.map(
    ({ run, place, isCurrent }) => `${run.runId} ${place}${isCurrent ? "" : " closed"}`,
  );
}

/** Part of `runStoreContract`. */
export function describeIntents(open: OpenRunStore): void {
  it("refuses a second current run of a wish, and writes nothing of it", async () => {
    const store = await open();
    await store.append(begin(runId));
    await expect(store.append(begin(otherId))).rejects.toMatchObject({
      code: "intent_open",
      message: expect.stringContaining(runId),
    });
    expect(await store.read(otherId)).toEqual([]);
    expect(await store.getRun(otherId)).toBeUndefined();
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_a 0"]);
  });

  it("lets exactly one of two that begin the same wish at once begin it", async () => {
    const store = await open();
    const outcomes = await Promise.allSettled([
      store.append(begin(runId)),
      store.append(begin(otherId)),
    ]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await store.findIntents("key")).toHaveLength(1);
  });

  it("keeps a wish for a run that is over, until it is closed", async () => {
    const store = await open();
    const first = begin(runId);
    await store.append(first);
    const over = { status: "completed", isOver: true, runnable: false } as const;
    await store.append(nextOf(runId, first.lines, over));
    await expect(store.append(begin(otherId))).rejects.toMatchObject({ code: "intent_open" });
    await store.closeIntent(runId);
    await store.closeIntent(runId);
    await store.append(begin(otherId));
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_b 0", "run_a 0 closed"]);
    expect((await store.findIntents("key")).at(-1)?.run.status).toBe("completed");
  });

  it("takes the place of those that the new run closes, in one step", async () => {
    const store = await open();
    await store.append(begin(runId));
    await store.append(begin(otherId, { closes: [runId] }));
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_b 0", "run_a 0 closed"]);
    const late = store.append(begin(thirdId, { closes: [runId] }));
    await expect(late).rejects.toMatchObject({ code: "intent_open" });
  });

  it("closes nothing for a run that does not begin", async () => {
    const store = await open();
    await store.append(begin(runId));
    await store.append(begin(otherId, { place: 1 }));
    const third = begin(thirdId, { place: 1, closes: [runId] });
    await expect(store.append(third)).rejects.toMatchObject({ code: "intent_open" });
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_a 0", "run_b 1"]);
  });

  it("holds like wishes at places of their own, and other wishes apart", async () => {
    const store = await open();
    await store.append(begin(otherId, { place: 1 }));
    await store.append(begin(runId));
    await store.append(begin(thirdId, { key: "other" }));
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_a 0", "run_b 1"]);
    expect(shapeOf(await store.findIntents("other"))).toEqual(["run_c 0"]);
    expect(await store.findIntents("none")).toEqual([]);
  });

  it("tells of the last closed one only", async () => {
    const store = await open();
    await store.append(begin(thirdId));
    await store.append(begin(runId, { closes: [thirdId] }));
    await store.append(begin(otherId, { closes: [runId] }));
    await store.closeIntent(otherId);
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_b 0 closed"]);
  });

  it("forgets a wish that is closed with its run, however it was closed", async () => {
    const store = await open();
    await store.append(asOver(begin(runId)));
    await store.append(asOver(begin(otherId, { closes: [runId] })));
    await store.closeIntent(otherId);
    const before = atMinute(1);
    expect(await store.removeBefore({ before, limit: 9 })).toMatchObject({ runs: 2, kept: 0 });
    expect(await store.findIntents("key")).toEqual([]);
  });

  it("forgets no current run of a wish, which nobody was told of, unless it is meant", async () => {
    const store = await open();
    await store.append(asOver(begin(runId)));
    await store.append(asOver(begin(otherId, { key: "other" })));
    await store.append(begin(thirdId, { place: 1 }));
    for (const id of ["run_d", "run_e"]) await store.append(asOver(startOf(id)));
    const before = atMinute(1);
    const first = await store.removeBefore({ before, limit: 1 });
    expect(first).toMatchObject({ runs: 1, more: true, kept: 2 });
    const rest = await store.removeBefore({ before, limit: 9 });
    expect(rest).toMatchObject({ runs: 1, more: false, kept: 2 });
    expect(await store.removeBefore({ before: atMinute(0), limit: 9 })).toMatchObject({ kept: 0 });
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_a 0", "run_c 1"]);
    expect(await store.read(runId)).toHaveLength(begin(runId).lines.length);
    const all = await store.removeBefore({ before, limit: 9, untold: true });
    expect(all).toMatchObject({ runs: 2, more: false, kept: 0 });
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_c 1"]);
    await store.append(begin(otherId));
    expect(shapeOf(await store.findIntents("key"))).toEqual(["run_b 0", "run_c 1"]);
  });

  it("refuses a key that cannot be stored", async () => {
    const store = await open();
    const bad = store.append(begin(runId, { key: "a\0b" }));
    await expect(bad).rejects.toMatchObject({ code: "invalid_input" });
    expect(await store.getRun(runId)).toBeUndefined();
    await expect(store.findIntents("a\0b")).rejects.toMatchObject({ code: "invalid_input" });
  });
}
