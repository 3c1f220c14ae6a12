import { expect, it } from "vitest";

import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import type { Intent } from "../../src/runs/run-store.ts";
import type { AppendBatch } from "../../src/engine/journal-store.ts";
import { approvalOf, atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import {
  createStillClock,
  type ConnectRunStore,
  type OpenRunStore,
  type SettledStore,
} from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;
const over = { status: "completed", isOver: true, runnable: false } as const;
const tool = "code\npay";

/** Something that a store keeps, and that nobody but the store knows of once it was done. */
interface Kept {
  readonly what: string;
  /** What there is before somebody else looks for the first time. */
  before(store: SettledStore): Promise<unknown>;
  change(store: SettledStore): Promise<unknown>;
  /** Asked of several, one after the other: changes nothing. */
  see(store: SettledStore): Promise<void>;
}

/** Part of `runStoreContract`, for stores that outlive a process. */
export function describeKept(open: OpenRunStore, connect: ConnectRunStore): void {
  it.each([...keptOfRuns, ...keptOfApprovals, ...keptOfIntents, ...keptOfCalls, ...keptOfLeases])(
    "$what",
    async ({ before, change, see }) => {
      const clock = createStillClock();
      const one = await open({ clock });
      const two = await connect(one, { clock });
      await before(one);
      await lookAround(two);
      await change(one);
      await see(two);
      await see(one);
      await Promise.all([one.close(), two.close()]);
      await see(await connect(one, { clock }));
    },
  );
}

/** Whoever remembers what was seen remembers all of this. */
async function lookAround(store: SettledStore): Promise<void> {
  for (const id of [runId, otherId]) {
    await store.read(id);
    await store.getRun(id);
    await store.leaseOf(id);
  }
  await store.listRuns({ limit: 9 });
  await store.findUnfinishedRun("ses_a");
  await store.findByIdempotencyKey("key_a");
  await store.listPending({ limit: 9 });
  await store.findApproval("apr_a" as ApprovalId);
  await store.nextDue();
  await store.findIntents("wish");
  await store.pastOf(tool, ["call"]);
  await store.grantsFor(tool);
}

const first = startOf(runId);
const second = nextOf(runId, first.lines, { status: "awaiting_approval", runnable: false });

const keptOfRuns: readonly Kept[] = [
  {
    what: "the lines and the summary of a run, also where a power cut may take them back",
    before: (store) => store.append({ ...first, isRepeatable: true }),
    change: (store) => store.append({ ...second, isRepeatable: true }),
    async see(store) {
      expect(await store.read(runId)).toEqual([...first.lines, ...second.lines]);
      expect(await store.getRun(runId)).toEqual(second.summary);
      expect(await store.listRuns({ limit: 9 })).toEqual({ runs: [second.summary] });
      const claim = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 1 };
      expect(await store.claim(claim)).toEqual([]);
    },
  },
  {
    what: "which session and key a run has, and which session is free again",
    async before(store) {
      await store.append(startOf(runId, { sessionId: "ses_a", idempotencyKey: "key_a" }));
      await store.append(startOf(otherId, { sessionId: "ses_b", idempotencyKey: "key_b" }));
    },
    change: (store) =>
      store.append(nextOf(otherId, startOf(otherId).lines, { sessionId: "ses_b", ...over })),
    async see(store) {
      expect(await store.findUnfinishedRun("ses_a")).toMatchObject({ runId });
      expect(await store.findUnfinishedRun("ses_b")).toBeUndefined();
      expect(await store.findByIdempotencyKey("key_b")).toMatchObject({ runId: otherId, ...over });
      const busy = store.append(startOf("run_c", { sessionId: "ses_a" }));
      await expect(busy).rejects.toMatchObject({ code: "session_busy" });
      const repeated = store.append(startOf("run_c", { idempotencyKey: "key_b" }));
      await expect(repeated).rejects.toMatchObject({ code: "idempotency_conflict" });
    },
  },
  {
    what: "that a run was removed, with all there was of it",
    async before(store) {
      const keys = { sessionId: "ses_a", idempotencyKey: "key_a" };
      const intent = { key: "wish", place: 0 };
      await store.append({ ...startOf(runId, { ...keys, ...over }), intent });
      await store.append({
        ...nextOf(runId, first.lines, { ...keys, ...over }),
        pending: [approvalOf("apr_a", runId, { expiresAt: atMinute(9) })],
      });
      await store.claimRun(runId, { owner: "own_a", leaseMs: 600_000 });
    },
    change: (store) => store.removeBefore({ before: atMinute(1), limit: 9, untold: true }),
    async see(store) {
      expect(await store.read(runId)).toEqual([]);
      expect(await store.getRun(runId)).toBeUndefined();
      expect(await store.leaseOf(runId)).toBeUndefined();
      expect(await store.listRuns({ limit: 9 })).toEqual({ runs: [] });
      expect(await store.findByIdempotencyKey("key_a")).toBeUndefined();
      expect(await store.listPending({ limit: 9 })).toEqual({ approvals: [] });
      expect(await store.findApproval("apr_a" as ApprovalId)).toBeUndefined();
      expect(await store.nextDue()).toBeUndefined();
      expect(await store.findIntents("wish")).toEqual([]);
    },
  },
];

const [open, decided] = [
  approvalOf("apr_a", runId, { expiresAt: atMinute(3), card: '{"action":"pay 5"}' }),
  approvalOf("apr_b", runId, { expiresAt: atMinute(1) }),
];
const asking = { ...first, pending: [open, decided] };

const keptOfApprovals: readonly Kept[] = [
  {
    what: "which approvals are open, when they are due, and whose the decided ones were",
    before: (store) => store.append(asking),
    change: (store) => store.append({ ...second, pending: [open] }),
    async see(store) {
      expect(await store.listPending({ limit: 9 })).toEqual({ approvals: [open] });
      expect(await store.countPending()).toEqual({ count: 1, more: false });
      expect(await store.nextDue()).toEqual({ inMs: 180_000, approval: open });
      expect(await store.findApproval(open.approvalId)).toBe(runId);
      expect(await store.findApproval(decided.approvalId)).toBe(runId);
    },
  },
  {
    what: "that one which is due was given to somebody",
    before: (store) =>
      store.append({ ...first, pending: [approvalOf("apr_a", runId, { expiresAt: atMinute(0) })] }),
    change: (store) => store.claimDue({ limit: 9, leaseMs: 10_000 }),
    async see(store) {
      expect(await store.claimDue({ limit: 9, leaseMs: 10_000 })).toEqual([]);
      expect(await store.nextDue()).toMatchObject({ inMs: 10_000 });
    },
  },
];

const begin = (id: RunId, closes?: readonly RunId[]): AppendBatch => ({
  ...startOf(id),
  intent: { key: "wish", place: 0, closes },
});
const shapeOf = (intents: readonly Intent[]): string[] =>
  intents.map(({ run, isCurrent }) => `${run.runId}${isCurrent ? "" : " closed"}`);

const keptOfIntents: readonly Kept[] = [
  {
    what: "which run a wish has",
    before: async () => undefined,
    change: (store) => store.append(begin(runId)),
    async see(store) {
      expect(shapeOf(await store.findIntents("wish"))).toEqual(["run_a"]);
      const second = store.append(begin(otherId));
      await expect(second).rejects.toMatchObject({ code: "intent_open" });
    },
  },
  {
    what: "that a wish was closed",
    before: (store) => store.append(begin(runId)),
    change: (store) => store.closeIntent(runId),
    async see(store) {
      expect(shapeOf(await store.findIntents("wish"))).toEqual(["run_a closed"]);
    },
  },
  {
    what: "that a wish was closed by the run that took its place",
    before: (store) => store.append(begin(runId)),
    change: (store) => store.append(begin(otherId, [runId])),
    async see(store) {
      expect(shapeOf(await store.findIntents("wish"))).toEqual(["run_b", "run_a closed"]);
    },
  },
];

const counting = (id: RunId, number: number): AppendBatch => ({
  ...startOf(id),
  past: [
    { tool, at: atMinute(number), features: [{ key: "call" }, { key: "member amount", number }] },
  ],
});
const grantOf = (grantId: string) => ({
  grantId,
  tool,
  terms: "{}",
  createdAt: atMinute(1),
  lastsMs: 3_600_000,
  mostUses: 2,
});

const keptOfCalls: readonly Kept[] = [
  {
    what: "what is known of the past of a tool",
    before: (store) => store.append(counting(runId, 5)),
    change: (store) => store.append(counting(otherId, 7)),
    async see(store) {
      const known = await store.pastOf(tool, ["call", "member amount"]);
      expect(known.get("call")).toMatchObject({ count: 2, lastAt: atMinute(7) });
      expect(known.get("member amount")).toMatchObject({ count: 2, low: 5, high: 7 });
    },
  },
  {
    what: "how often a yes for later calls was used",
    async before(store) {
      await store.addGrant(grantOf("grt_a"));
      expect(await store.useGrant("grt_a")).toBe(true);
    },
    async change(store) {
      expect(await store.useGrant("grt_a")).toBe(true);
    },
    async see(store) {
      expect(await store.listGrants(9)).toMatchObject([{ uses: 2, isStanding: false }]);
      expect(await store.grantsFor(tool)).toEqual([]);
      expect(await store.useGrant("grt_a")).toBe(false);
    },
  },
  {
    what: "that such a yes was ended, and which stands",
    before: (store) => store.addGrant(grantOf("grt_a")),
    async change(store) {
      await store.addGrant(grantOf("grt_b"));
      await store.endGrant("grt_a", { at: atMinute(5), by: "ada" });
    },
    async see(store) {
      expect(await store.grantsFor(tool)).toMatchObject([{ grantId: "grt_b", uses: 0 }]);
      expect(await store.listGrants(9)).toContainEqual(
        expect.objectContaining({ grantId: "grt_a", endedBy: "ada", isStanding: false }),
      );
      expect(await store.useGrant("grt_a")).toBe(false);
    },
  },
];

const keptOfLeases: readonly Kept[] = [
  {
    what: "that a lease was renewed, and another one let go",
    async before(store) {
      for (const id of [runId, otherId]) {
        await store.claimRun(id, { owner: "own_a", leaseMs: 5_000 });
      }
    },
    async change(store) {
      await store.renew("own_a", { leaseMs: 600_000, runIds: [runId] });
      await store.release(otherId, "own_a");
    },
    async see(store) {
      expect(await store.leaseOf(runId)).toMatchObject({ owner: "own_a", leftMs: 600_000 });
      expect(await store.leaseOf(otherId)).toBeUndefined();
    },
  },
];
