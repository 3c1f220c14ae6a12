import { afterEach, describe, expect, it } from "vitest";

import { sha256 } from "../../src/lib/digest.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import {
  approvalOf,
  atMinute,
  chainOf,
  nextOf,
  startOf,
  summaryOf,
} from "../support/journal-lines.ts";
import {
  settled,
  type OpenOptions,
  type OpenRunStore,
  type SettledStore,
} from "../support/run-stores.ts";
import { describeDeadlines } from "./run-store-deadlines.ts";
import { describeGrants } from "./run-store-grants.ts";
import { describeIntents } from "./run-store-intents.ts";
import { describeKeys } from "./run-store-keys.ts";
import { describeLeases } from "./run-store-leases.ts";
import { describeApprovals, describeLargeLists, describeRuns } from "./run-store-lists.ts";
import { describePast } from "./run-store-past.ts";
import { describeRemoval } from "./run-store-removal.ts";
import { describeShared, type SharedOpeners } from "./run-store-shared.ts";
import { describeUniqueness } from "./run-store-uniqueness.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;
const claimOf = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 5_000 };
const dueOf = (id: string) => approvalOf(id, runId, { expiresAt: atMinute(1) });

/** How the stores of a contract are opened; the contract closes them. */
export interface Openers {
  open(options?: OpenOptions): Promise<RunStore>;
  /** Absent where a store lives in one object. */
  shared?: SharedOpeners;
}

/**
 * Every RunStore must pass this. It cannot see whether what was appended outlives a power cut: a
 * store shows that by itself.
 */
export function runStoreContract(name: string, { open, shared }: Openers): void {
  describe(`${name} run store`, () => {
    const opened: RunStore[] = [];
    const keep =
      <Args extends unknown[]>(opener: (...args: Args) => Promise<RunStore>) =>
      async (...args: Args): Promise<SettledStore> => {
        const store = await opener(...args);
        opened.push(store);
        return settled(store);
      };
    const openStore = keep(open);
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });

    describe("journal", () => {
      describeJournal(openStore);
    });
    describe("uniqueness", () => {
      describeUniqueness(openStore);
    });
    describe("intents", () => {
      describeIntents(openStore);
    });
    describe("runs", () => {
      describeRuns(openStore);
    });
    describe("removal", () => {
      describeRemoval(openStore);
    });
    describe("what is known of the past", () => {
      describePast(openStore);
    });
    describe("yeses for later calls", () => {
      describeGrants(openStore);
    });
    describe("approvals", () => {
      describeApprovals(openStore);
    });
    describe("leases", () => {
      describeLeases(openStore);
    });
    describe("deadlines", () => {
      describeDeadlines(openStore);
    });
    describe("keys", () => {
      describeKeys(openStore);
    });
    describe("watching", () => {
      describeWatching(openStore);
    });
    describe("large lists", () => {
      describeLargeLists(openStore);
    });
    describe("closing", () => {
      describeClosing(openStore);
    });
    if (shared !== undefined) describeShared(shared, openStore, keep(shared.connect));
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
      const told: unknown[] = [];
      store.watch((of) => told.push(of));
      const summary = summaryOf(runId, { status: "completed" });
      const refused = store.append({ runId, fromSeq, lines: added, summary, pending });
      await expect(refused).rejects.toThrow(ConflictError);
      expect(await store.read(runId)).toEqual(stored);
      expect(await store.getRun(runId)).toEqual(summaryOf(runId));
      expect(await store.countPending()).toEqual({ count: 0, more: false });
      expect(told).toEqual([]);
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
    await store.append({ ...startOf(runId, summary), pending: [dueOf("apr_a")] });
    const terms = { owner: "own_a", leaseMs: 600_000 };
    const look = async (): Promise<object[]> => [
      await store.read(runId),
      (await store.getRun(runId)) ?? {},
      (await store.findByIdempotencyKey("key_a")) ?? {},
      (await store.findUnfinishedRun("ses_a")) ?? {},
      ...(await store.listRuns({ limit: 9 })).runs,
      ...(await store.claim({ ...terms, sources: ["code"], limit: 9 })),
      (await store.release(runId, "own_a")) ?? {},
      ...(await store.listPending({ limit: 9 })).approvals,
      (await store.nextDue())?.approval ?? {},
    ];
    const before = structuredClone(await look());
    for (const copy of await look()) {
      for (const key of Object.keys(copy)) Reflect.set(copy, key, "changed");
    }
    expect(before).toHaveLength(9);
    expect(await look()).toEqual(before);
  });
}

function describeWatching(open: OpenRunStore): void {
  it("tells at once of an own write, with the run", async () => {
    const store = await open();
    const told: unknown[] = [];
    store.watch((of) => told.push(of));
    const first = startOf(runId);
    await store.append(first);
    await store.append(startOf(otherId));
    await store.append(nextOf(runId, first.lines));
    expect(told).toEqual([runId, otherId, runId]);
  });

  it("tells of a lease that is let go, and of none that is taken or renewed", async () => {
    const store = await open();
    await store.append(startOf(runId));
    const told: unknown[] = [];
    store.watch((of) => told.push(of));
    await store.claim(claimOf);
    await store.claimRun(runId, claimOf);
    await store.renew("own_a", { leaseMs: 5_000, runIds: [runId] });
    await store.release(runId, "own_b");
    expect(told).toEqual([]);
    await store.release(runId, "own_a");
    // Once more where the store says also whose turn it is.
    expect([...new Set(told)]).toEqual([runId]);
  });

  it("tells everybody who watches, until they have enough", async () => {
    const store = await open();
    const told: string[] = [];
    const end = store.watch(() => told.push("one"));
    store.watch(() => told.push("two"));
    await store.append(startOf(runId));
    end();
    await store.append(startOf(otherId));
    expect(told).toEqual(["one", "two", "two"]);
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
    await expect(store.claim(claimOf)).rejects.toEqual(closed);
    expect(() => store.watch(() => {})).toThrow(closed);
  });
}
