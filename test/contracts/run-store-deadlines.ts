import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import type { AppendBatch } from "../../src/engine/journal-store.ts";
import { approvalOf, atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import { createStillClock, type OpenRunStore } from "../support/run-stores.ts";

const runId = "run_a" as RunId;

/** A run that asks at minute 0 of its writer's clock, and gives each approval so many minutes. */
function askingFor(minutes: readonly number[]): AppendBatch {
  const pending = minutes.map((minute) =>
    approvalOf(`apr_${minute}`, runId, { expiresAt: atMinute(minute) }),
  );
  return { ...startOf(runId), pending: [...pending, approvalOf("apr_ever", runId)] };
}

/** Part of `runStoreContract`. */
export function describeDeadlines(open: OpenRunStore): void {
  const request = { limit: 9, leaseMs: 10_000 };

  it("counts the time by its own clock, whatever the writer's shows", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    const batch = askingFor([3, 1]);
    await store.append(batch);
    expect(await store.nextDue()).toEqual({ inMs: 60_000, approval: batch.pending?.[1] });
    expect(await store.claimDue(request)).toEqual([]);
    clock.pass(59.999);
    expect(await store.claimDue(request)).toEqual([]);
    clock.pass(0.001);
    expect(await store.claimDue(request)).toEqual([batch.pending?.[1]]);
  });

  it("has no next one where none has a deadline", async () => {
    const store = await open();
    await store.append(askingFor([]));
    expect(await store.nextDue()).toBeUndefined();
    expect(await store.claimDue(request)).toEqual([]);
  });

  it("gives one that is due to one who asks, and again when nothing came of it", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.append(askingFor([1]));
    clock.pass(61);
    const claims = await Promise.all([store.claimDue(request), store.claimDue(request)]);
    expect(claims.flat()).toHaveLength(1);
    expect(await store.nextDue()).toMatchObject({ inMs: 10_000 });
    clock.pass(10);
    expect(await store.claimDue(request)).toHaveLength(1);
  });

  it("gives no more than it is asked for, those first that were due first", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    await store.append(askingFor([3, 1, 2]));
    clock.pass(600);
    const [first, second] = [
      await store.claimDue({ ...request, limit: 2 }),
      await store.claimDue({ ...request, limit: 2 }),
    ];
    expect(first.map((due) => due.approvalId)).toEqual(["apr_1", "apr_2"]);
    expect(second.map((due) => due.approvalId)).toEqual(["apr_3"]);
  });

  it("forgets the deadline of what was decided", async () => {
    const clock = createStillClock();
    const store = await open({ clock });
    const first = askingFor([1, 2]);
    await store.append(first);
    await store.append({ ...nextOf(runId, first.lines), pending: first.pending?.slice(1) });
    clock.pass(600);
    const due = await store.claimDue(request);
    expect(due.map(({ approvalId }) => approvalId)).toEqual(["apr_2"]);
  });
}
