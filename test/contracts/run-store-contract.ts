import { afterEach, describe, expect, it } from "vitest";

import { sha256 } from "../../src/lib/digest.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { approvalOf, chainOf, nextOf, startOf, summaryOf } from "../support/journal-lines.ts";
import { leaseOf, type OpenRunStore } from "../support/run-stores.ts";
import { describeLeases } from "./run-store-leases.ts";
import { describeApprovals, describeRuns } from "./run-store-lists.ts";
import { describeUniqueness } from "./run-store-uniqueness.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;

/** Every RunStore must pass this. `open` returns a fresh, empty store; the contract closes it. */
export function runStoreContract(name: string, open: OpenRunStore): void {
  describe(`${name} run store`, () => {
    const opened: RunStore[] = [];
    const openStore: OpenRunStore = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });

    describe("journal", () => {
      describeJournal(openStore);
    });
    describe("uniqueness", () => {
      describeUniqueness(openStore);
    });
    describe("runs", () => {
      describeRuns(openStore);
    });
    describe("removal", () => {
      describeRemoval(openStore);
    });
    describe("approvals", () => {
      describeApprovals(openStore);
    });
    describe("leases", () => {
      describeLeases(openStore);
    });
    describe("version", () => {
      describeVersion(openStore);
    });
    describe("closing", () => {
      describeClosing(openStore);
    });
  });
}

function describeJournal(open: OpenRunStore): void {
  it("returns what was appended, byte for byte and in order", async () => {
    const store = await open();
    const lines = chainOf(3, { note: 'tab\t "quoted" ünïcödé 🦊 \u2028' });
    await store.append({ ...startOf(runId), lines });
    const more = chainOf(2, { fromSeq: 3, before: lines[2]! });
    await store.append({ ...startOf(runId), fromSeq: 3, lines: more });
    expect(await store.read(runId)).toEqual([...lines, ...more]);
  });

  it("reads from a number on", async () => {
    const store = await open();
    const lines = chainOf(12);
    await store.append({ ...startOf(runId), lines });
    await store.append(startOf(otherId));
    expect(await store.read(runId, 10)).toEqual(lines.slice(10));
    expect(await store.read(runId, 12)).toEqual([]);
    expect(await store.read(runId, 99)).toEqual([]);
  });

  it("reads nothing of an unknown run", async () => {
    const store = await open();
    expect(await store.read(runId)).toEqual([]);
    expect(await store.getRun(runId)).toBeUndefined();
  });

  it("takes an empty prev for the first entry", async () => {
    const store = await open();
    const line = JSON.stringify({ seq: 0, prev: "" });
    await store.append({ ...startOf(runId), lines: [line] });
    expect(await store.read(runId)).toEqual([line]);
  });

  it("lets exactly one of two racing writers win", async () => {
    const store = await open();
    const lines = [chainOf(1, { note: "left" }), chainOf(1, { note: "right" })];
    const outcomes = await Promise.allSettled(
      lines.map((own) => store.append({ ...startOf(runId), lines: own })),
    );
    const won = outcomes.findIndex(({ status }) => status === "fulfilled");
    const lost = outcomes.find(({ status }) => status === "rejected");
    expect(lost).toMatchObject({ reason: { code: "conflict" } });
    expect(await store.read(runId)).toEqual(lines[won]);
  });

  describe("refuses, without writing anything,", () => {
    const stored = chainOf(2);
    const last = chainOf(1, { before: stored[1]! });
    const cases = [
      { why: "an entry that exists", fromSeq: 1, added: chainOf(1, { before: stored[0]! }) },
      { why: "an entry that exists, with the hash of the last one", fromSeq: 1, added: last },
      { why: "a first entry that exists", fromSeq: 0, added: stored },
      { why: "a gap before the entry", fromSeq: 3, added: last },
      { why: "the hash of another entry", fromSeq: 2, added: chainOf(1, { before: stored[0]! }) },
      { why: "a missing hash", fromSeq: 2, added: ['{"seq":2}'] },
      { why: "a hash that is no text", fromSeq: 2, added: ['{"seq":2,"prev":1}'] },
    ];
    it.each(cases)("$why", async ({ fromSeq, added }) => {
      const store = await open();
      const pending = [approvalOf("apr_a", runId)];
      await store.append({ ...startOf(runId), lines: stored });
      const version = store.version();
      const summary = summaryOf(runId, { status: "completed" });
      const refused = store.append({ runId, fromSeq, lines: added, summary, pending });
      await expect(refused).rejects.toThrow(ConflictError);
      expect(await store.read(runId)).toEqual(stored);
      expect(await store.getRun(runId)).toEqual(summaryOf(runId));
      expect(await store.countPending()).toBe(0);
      expect(store.version()).toBe(version);
    });

    it("a run that does not begin at entry 0", async () => {
      const store = await open();
      const refused = store.append({ ...startOf(runId), fromSeq: 1 });
      await expect(refused).rejects.toThrow(ConflictError);
      expect(await store.getRun(runId)).toBeUndefined();
    });

    it("a first entry that follows another one", async () => {
      const store = await open();
      const lines = [JSON.stringify({ seq: 0, prev: sha256("elsewhere") })];
      await expect(store.append({ ...startOf(runId), lines })).rejects.toThrow(ConflictError);
      expect(await store.getRun(runId)).toBeUndefined();
    });

    it("a batch without lines, as a bug", async () => {
      const store = await open();
      const refused = store.append({ ...startOf(runId), lines: [] });
      await expect(refused).rejects.toThrow("no lines");
      expect(await store.getRun(runId)).toBeUndefined();
    });
  });

  it("keeps nothing of a batch whose approval belongs to another run", async () => {
    const store = await open();
    await store.append({ ...startOf(runId), pending: [approvalOf("apr_a", runId)] });
    const taken = { ...startOf(otherId), pending: [approvalOf("apr_a", otherId)] };
    await expect(store.append(taken)).rejects.toThrow("apr_a");
    expect(await store.read(otherId)).toEqual([]);
    expect(await store.getRun(otherId)).toBeUndefined();
    expect(await store.findApproval("apr_a" as ApprovalId)).toBe(runId);
  });

  it("keeps its own copy of what it is given", async () => {
    const store = await open();
    const batch = { ...startOf(runId), lines: chainOf(1), pending: [approvalOf("apr_a", runId)] };
    const expected = structuredClone(batch);
    await store.append(batch);
    batch.lines.push("changed");
    batch.summary.agent = "changed";
    batch.pending[0]!.createdAt = "changed";
    expect(await store.read(runId)).toEqual(expected.lines);
    expect(await store.getRun(runId)).toEqual(expected.summary);
    expect((await store.listPending({ limit: 9 })).approvals).toEqual(expected.pending);
  });

  it("returns copies that are the caller's own", async () => {
    const store = await open();
    const summary = { sessionId: "ses_a", idempotencyKey: "key_a" };
    await store.append({ ...startOf(runId, summary), pending: [approvalOf("apr_a", runId)] });
    await store.acquireLease(runId, leaseOf("own_a"), 0);
    const look = async (): Promise<object[]> => [
      await store.read(runId),
      (await store.getRun(runId)) ?? {},
      (await store.findByIdempotencyKey("key_a")) ?? {},
      (await store.findUnfinishedRun("ses_a")) ?? {},
      ...(await store.listRuns({ limit: 9 })).runs,
      ...(await store.listRunnable({ sources: ["code"], limit: 9 })),
      ...(await store.listPending({ limit: 9 })).approvals,
      (await store.getLease(runId)) ?? {},
    ];
    const before = structuredClone(await look());
    for (const copy of await look()) {
      for (const key of Object.keys(copy)) Reflect.set(copy, key, "changed");
    }
    expect(before).toHaveLength(8);
    expect(await look()).toEqual(before);
  });
}

function describeVersion(open: OpenRunStore): void {
  it("changes with every own write", async () => {
    const store = await open();
    const seen = [store.version()];
    const first = startOf(runId);
    await store.append(first);
    seen.push(store.version());
    await store.append(nextOf(runId, first.lines));
    seen.push(store.version());
    await store.acquireLease(runId, leaseOf("own_a"), 0);
    seen.push(store.version());
    await store.releaseLease(runId, "own_a");
    seen.push(store.version());
    expect(new Set(seen).size).toBe(5);
  });

  it("stays the same while nothing is written", async () => {
    const store = await open();
    await store.append({ ...startOf(runId), pending: [approvalOf("apr_a", runId)] });
    await store.acquireLease(runId, leaseOf("own_a"), 0);
    const version = store.version();
    await store.read(runId);
    await store.listRuns({ limit: 9 });
    await store.listPending({ limit: 9 });
    await store.acquireLease(runId, leaseOf("own_b"), 0);
    await store.releaseLease(runId, "own_b");
    expect(store.version()).toBe(version);
  });
}

function describeRemoval(open: OpenRunStore): void {
  it("forgets a run, frees its keys and approvals, and says how large it was", async () => {
    const store = await open();
    const first = startOf(runId, { sessionId: "s", idempotencyKey: "k" });
    await store.append({ ...first, pending: [approvalOf("apr_a", runId)] });
    await store.append(startOf(otherId));
    const size = first.lines.reduce((bytes, line) => bytes + Buffer.byteLength(line), 0);
    expect(await store.remove(runId, first.lines.length)).toBe(size);
    expect(await store.read(runId)).toEqual([]);
    expect(await store.getRun(runId)).toBeUndefined();
    expect(await store.findApproval("apr_a" as ApprovalId)).toBeUndefined();
    expect(await store.countPending()).toBe(0);
    expect(await store.findByIdempotencyKey("k")).toBeUndefined();
    expect(await store.findUnfinishedRun("s")).toBeUndefined();
    expect(await store.getRun(otherId)).toBeDefined();
  });

  it("keeps a run that has gone on since it was looked at", async () => {
    const store = await open();
    const first = startOf(runId);
    await store.append(first);
    await store.append(nextOf(runId, first.lines));
    expect(await store.remove(runId, first.lines.length)).toBeUndefined();
    expect(await store.remove(otherId, 1)).toBeUndefined();
    expect((await store.read(runId)).length).toBeGreaterThan(first.lines.length);
  });
}

function describeClosing(open: OpenRunStore): void {
  it("may be closed twice, and cannot be used afterwards", async () => {
    const store = await open();
    await store.append(startOf(runId));
    await store.close();
    await store.close();
    const closed = expect.objectContaining({
      code: "store_unavailable",
      message: expect.stringContaining("closed"),
    });
    await expect(store.read(runId)).rejects.toEqual(closed);
    await expect(store.append(startOf(otherId))).rejects.toEqual(closed);
    expect(() => store.version()).toThrow(closed);
  });
}
