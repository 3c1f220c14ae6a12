import { expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { nextOf, startOf } from "../support/journal-lines.ts";
import type { OpenRunStore } from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;

/** Part of `runStoreContract`. */
export function describeUniqueness(open: OpenRunStore): void {
  it("refuses a second unfinished run of a session", async () => {
    const store = await open();
    await store.append(startOf(runId, { sessionId: "ses_a", status: "awaiting_approval" }));
    const second = store.append(startOf(otherId, { sessionId: "ses_a" }));
    await expect(second).rejects.toMatchObject({
      code: "session_busy",
      message: expect.stringContaining(runId),
    });
    expect(await store.read(otherId)).toEqual([]);
    expect(await store.getRun(otherId)).toBeUndefined();
    expect((await store.findUnfinishedRun("ses_a"))?.runId).toBe(runId);
  });

  it.each(["completed", "failed", "cancelled"] as const)(
    "frees the session of a %s run",
    async (status) => {
      const store = await open();
      const first = startOf(runId, { sessionId: "ses_a" });
      await store.append(first);
      await store.append(nextOf(runId, first.lines, { sessionId: "ses_a", status }));
      expect(await store.findUnfinishedRun("ses_a")).toBeUndefined();
      await store.append(startOf(otherId, { sessionId: "ses_a" }));
      expect((await store.findUnfinishedRun("ses_a"))?.runId).toBe(otherId);
    },
  );

  it("lets a finished run of a busy session begin", async () => {
    const store = await open();
    await store.append(startOf(runId, { sessionId: "ses_a" }));
    await store.append(startOf(otherId, { sessionId: "ses_a", status: "completed" }));
    expect((await store.findUnfinishedRun("ses_a"))?.runId).toBe(runId);
  });

  it("refuses to resume a failed run whose session has gone on", async () => {
    const store = await open();
    const changes = { sessionId: "ses_a", idempotencyKey: "key_a" };
    const failed = startOf(runId, { ...changes, status: "failed" });
    await store.append(failed);
    await store.append(startOf(otherId, { sessionId: "ses_a" }));
    const resumed = store.append(nextOf(runId, failed.lines, changes));
    await expect(resumed).rejects.toMatchObject({ code: "session_busy" });
    expect(await store.read(runId)).toEqual(failed.lines);
    expect((await store.getRun(runId))?.status).toBe("failed");
  });

  it("does not count runs without a session or key as sharing one", async () => {
    const store = await open();
    await store.append(startOf(runId));
    await store.append(startOf(otherId));
    expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(2);
  });

  it("finds no unfinished run of an unknown session", async () => {
    const store = await open();
    await store.append(startOf(runId, { sessionId: "ses_a" }));
    expect(await store.findUnfinishedRun("ses_b")).toBeUndefined();
  });

  it("finds the run of an idempotency key, finished or not", async () => {
    const store = await open();
    const changes = { idempotencyKey: "key_a", requestDigest: "digest_a" };
    const first = startOf(runId, changes);
    await store.append(first);
    await store.append(nextOf(runId, first.lines, { ...changes, status: "completed" }));
    const expected = { runId, requestDigest: "digest_a", status: "completed" };
    expect(await store.findByIdempotencyKey("key_a")).toMatchObject(expected);
    expect(await store.findByIdempotencyKey("key_b")).toBeUndefined();
  });

  it("refuses a second run with an idempotency key, even of a finished run", async () => {
    const store = await open();
    await store.append(startOf(runId, { idempotencyKey: "key_a", status: "completed" }));
    const second = store.append(startOf(otherId, { idempotencyKey: "key_a" }));
    await expect(second).rejects.toMatchObject({
      code: "idempotency_conflict",
      message: expect.stringContaining(runId),
    });
    expect(await store.read(otherId)).toEqual([]);
    expect(await store.getRun(otherId)).toBeUndefined();
  });

  it("names the idempotency key first when the session is busy too", async () => {
    const store = await open();
    const changes = { idempotencyKey: "key_a", sessionId: "ses_a" };
    await store.append(startOf(runId, changes));
    const repeated = store.append(startOf(otherId, changes));
    await expect(repeated).rejects.toMatchObject({ code: "idempotency_conflict" });
  });

  it("reports a conflict before anything else", async () => {
    const store = await open();
    await store.append(startOf(runId, { sessionId: "ses_a", idempotencyKey: "key_a" }));
    await store.append(startOf(otherId));
    const stale = startOf(otherId, { sessionId: "ses_a", idempotencyKey: "key_a" });
    await expect(store.append(stale)).rejects.toMatchObject({ code: "conflict" });
  });
}
