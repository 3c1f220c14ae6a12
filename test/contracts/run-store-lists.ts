import { expect, it } from "vitest";

import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import type { RunFilter } from "../../src/runs/run-store.ts";
import { approvalOf, atMinute, nextOf, startOf } from "../support/journal-lines.ts";
import type { OpenRunStore, SettledStore } from "../support/run-stores.ts";
import { isThorough } from "../support/thorough.ts";

const runId = "run_a" as RunId;
const otherId = "run_b" as RunId;

/** Part of `runStoreContract`. */
export function describeRuns(open: OpenRunStore): void {
  it("replaces the summary with every append, but for what the run was started for", async () => {
    const store = await open();
    const full = {
      sessionId: "ses_a",
      idempotencyKey: "key_a",
      requestDigest: "digest_a",
      updatedAt: atMinute(1),
    };
    const first = startOf(runId, full);
    await store.append(first);
    expect(await store.getRun(runId)).toEqual(first.summary);

    const second = nextOf(runId, first.lines, {
      agent: "lawyer",
      source: "demo#lawyer",
      status: "failed",
      createdAt: atMinute(2),
      updatedAt: atMinute(3),
      runnable: false,
      isOver: true,
    });
    await store.append(second);
    const { length, status, updatedAt, runnable, isOver } = second.summary;
    const kept = { ...first.summary, length, status, updatedAt, runnable, isOver };
    expect(await store.getRun(runId)).toEqual(kept);
    expect(await store.findByIdempotencyKey("key_a")).toEqual(kept);
    expect(await store.findUnfinishedRun("ses_a")).toBeUndefined();
  });

  it("lists newest first, by id where the time is the same", async () => {
    const store = await open();
    await appendRuns(store, [1, 3, 2, 3]);
    expect(await listIds(store, { limit: 9 })).toEqual(["run_3", "run_1", "run_2", "run_0"]);
  });

  it("lists nothing in an empty store", async () => {
    const store = await open();
    expect(await store.listRuns({ limit: 9 })).toEqual({ runs: [] });
  });

  it("filters by status, agent and session, alone and together", async () => {
    const store = await open();
    const over = { status: "completed" } as const;
    await store.append(startOf("run_0", { agent: "clerk", sessionId: "ses_a", ...over }));
    await store.append(startOf("run_1", { agent: "lawyer", sessionId: "ses_a", ...over }));
    await store.append(startOf("run_2", { agent: "clerk", sessionId: "ses_a" }));
    await store.append(startOf("run_3", { agent: "clerk", ...over }));
    const list = (filter: Partial<RunFilter>): Promise<string[]> =>
      listIds(store, { limit: 9, ...filter });
    expect(await list({ status: "completed" })).toEqual(["run_3", "run_1", "run_0"]);
    expect(await list({ agent: "clerk" })).toEqual(["run_3", "run_2", "run_0"]);
    expect(await list({ sessionId: "ses_a" })).toEqual(["run_2", "run_1", "run_0"]);
    expect(await list({ status: "completed", agent: "clerk" })).toEqual(["run_3", "run_0"]);
    expect(await list({ agent: "clerk", sessionId: "ses_a" })).toEqual(["run_2", "run_0"]);
    expect(await list({ ...over, agent: "clerk", sessionId: "ses_a" })).toEqual(["run_0"]);
    expect(await list({ status: "failed" })).toEqual([]);
  });

  it("pages through a filtered list without gaps or repeats while runs are added", async () => {
    const store = await open();
    await appendRuns(store, [0, 1, 1, 1, 2]);
    await store.append(startOf("run_x", { agent: "lawyer", createdAt: atMinute(1) }));
    const filter = { limit: 2, agent: "clerk" };
    const first = await store.listRuns(filter);
    await store.append(startOf("run_new", { createdAt: atMinute(9) }));
    const second = await store.listRuns({ ...filter, cursor: first.nextCursor });
    const third = await store.listRuns({ ...filter, cursor: second.nextCursor });
    const ids = [first, second, third].map(({ runs }) => runs.map((run) => run.runId));
    expect(ids).toEqual([["run_4", "run_3"], ["run_2", "run_1"], ["run_0"]]);
    expect(third.nextCursor).toBeUndefined();
  });

  it("gives no cursor when a full page is the last one", async () => {
    const store = await open();
    await appendRuns(store, [0, 1]);
    const page = await store.listRuns({ limit: 2 });
    expect(page.runs).toHaveLength(2);
    expect(page.nextCursor).toBeUndefined();
  });

  it("gives a cursor that shows nothing and fits into a URL", async () => {
    const store = await open();
    for (const [index, id] of ["run_", "run_~?>~?>", "run_?>~?>~?", "run_>~?>~?>~"].entries()) {
      await store.append(startOf(id, { createdAt: atMinute(index) }));
    }
    for (const limit of [1, 2, 3]) {
      const { nextCursor } = await store.listRuns({ limit });
      expect(nextCursor).toMatch(/^[\w-]+$/);
      expect((await store.listRuns({ limit: 9, cursor: nextCursor })).runs).toHaveLength(4 - limit);
    }
  });

  it.each(invalidCursors())("refuses the cursor %j", async (cursor) => {
    const store = await open();
    const refused = { code: "invalid_cursor" };
    await expect(store.listRuns({ limit: 9, cursor })).rejects.toMatchObject(refused);
    await expect(store.listPending({ limit: 9, cursor })).rejects.toMatchObject(refused);
  });
}

/** Part of `runStoreContract`. */
export function describeApprovals(open: OpenRunStore): void {
  it("lists open approvals oldest first, of all runs or of one", async () => {
    const store = await open();
    const [a1, a2, b1] = [
      approvalOf("apr_a1", runId, { minute: 3 }),
      approvalOf("apr_a2", runId, { minute: 1 }),
      approvalOf("apr_b1", otherId, { minute: 1 }),
    ];
    await store.append({ ...startOf(runId), pending: [a1, a2] });
    await store.append({ ...startOf(otherId), pending: [b1] });
    expect(await store.listPending({ limit: 9 })).toEqual({ approvals: [a2, b1, a1] });
    expect(await store.listPending({ limit: 9, runId })).toEqual({ approvals: [a2, a1] });
    expect(await store.countPending()).toEqual({ count: 3, more: false });
    expect(await store.countPending(otherId)).toEqual({ count: 1, more: false });
    expect(await store.countPending("run_x" as RunId)).toEqual({ count: 0, more: false });
    expect(await store.listPending({ limit: 9, runId: "run_x" as RunId })).toEqual({
      approvals: [],
    });
  });

  it("replaces the open approvals of that run only", async () => {
    const store = await open();
    const first = startOf(runId);
    const [kept, gone, added] = ["apr_1", "apr_2", "apr_3"].map((id) => approvalOf(id, runId));
    const other = approvalOf("apr_b", otherId);
    await store.append({ ...first, pending: [kept!, gone!] });
    await store.append({ ...startOf(otherId), pending: [other] });
    await store.append({ ...nextOf(runId, first.lines), pending: [kept!, added!] });
    const { approvals } = await store.listPending({ limit: 9 });
    expect(approvals).toEqual([kept, added, other]);
    expect(await store.countPending(runId)).toEqual({ count: 2, more: false });
  });

  it("keeps the card of an approval, and gives it with the lists", async () => {
    const store = await open();
    const first = startOf(runId);
    const card = JSON.stringify({ action: "pay 5" });
    const approval = approvalOf("apr_a", runId, { card });
    await store.append({ ...first, pending: [approval, approvalOf("apr_b", runId)] });
    await store.append({ ...nextOf(runId, first.lines), pending: [approval] });
    expect(await store.listPending({ limit: 9 })).toEqual({ approvals: [approval] });
  });

  it("leaves open approvals alone when a batch does not mention them", async () => {
    const store = await open();
    const first = startOf(runId);
    await store.append({ ...first, pending: [approvalOf("apr_a", runId)] });
    await store.append(nextOf(runId, first.lines));
    expect(await store.countPending(runId)).toEqual({ count: 1, more: false });
  });

  it("finds the run of an approval, open or decided", async () => {
    const store = await open();
    const first = startOf(runId);
    await store.append({ ...first, pending: [approvalOf("apr_a", runId)] });
    expect(await store.findApproval("apr_a" as ApprovalId)).toBe(runId);
    await store.append({ ...nextOf(runId, first.lines), pending: [] });
    expect(await store.countPending()).toEqual({ count: 0, more: false });
    expect(await store.findApproval("apr_a" as ApprovalId)).toBe(runId);
    expect(await store.findApproval("apr_x" as ApprovalId)).toBeUndefined();
  });

  it("opens an approval again that was not open any more", async () => {
    const store = await open();
    const first = startOf(runId);
    const approval = approvalOf("apr_a", runId);
    await store.append({ ...first, pending: [approval] });
    const second = { ...nextOf(runId, first.lines), pending: [] };
    await store.append(second);
    const lines = [...first.lines, ...second.lines];
    await store.append({ ...nextOf(runId, lines), pending: [approval] });
    expect((await store.listPending({ limit: 9 })).approvals).toEqual([approval]);
  });

  it("pages through open approvals while earlier ones are decided", async () => {
    const store = await open();
    const first = startOf(runId);
    const pending = [0, 1, 1, 2].map((minute, index) =>
      approvalOf(`apr_${index}`, runId, { minute }),
    );
    await store.append({ ...first, pending });
    const page = await store.listPending({ limit: 2, runId });
    await store.append({ ...nextOf(runId, first.lines), pending: pending.slice(1) });
    const rest = await store.listPending({ limit: 2, runId, cursor: page.nextCursor });
    const everywhere = await store.listPending({ limit: 2, cursor: page.nextCursor });
    expect(page.approvals).toEqual(pending.slice(0, 2));
    expect(rest).toEqual({ approvals: pending.slice(2) });
    expect(everywhere).toEqual(rest);
  });
}

/** Part of `runStoreContract`: what a busy year leaves. */
export function describeLargeLists(open: OpenRunStore): void {
  const COUNT = isThorough ? 10_000 : 2_000;
  const PAGE = COUNT - 1_000;

  it(`pages through ${COUNT} runs, and claims them all, once each`, async () => {
    const store = await open();
    for (let first = 0; first < COUNT; first += 100) {
      const batches = Array.from({ length: 100 }, (_, index) => {
        const id = `run_${String(first + index).padStart(5, "0")}`;
        return { ...startOf(id, { createdAt: atMinute(index) }), isRepeatable: true };
      });
      await Promise.all(batches.map((batch) => store.append(batch)));
    }
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listRuns({ limit: 999, cursor });
      listed.push(...page.runs.map((run) => run.runId));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(listed).size).toBe(COUNT);

    const terms = { sources: ["code"], owner: "own_a", leaseMs: 600_000 };
    const first = await store.claim({ ...terms, limit: 64 });
    const rest = await store.claim({ ...terms, limit: COUNT });
    expect(first).toHaveLength(64);
    expect([...first, ...rest].map((run) => run.runId)).toEqual(listed.toReversed());
    expect(await store.claim({ ...terms, limit: 64 })).toEqual([]);
  });

  it(`pages through ${COUNT} open approvals of a run, and counts a thousand of them`, async () => {
    const store = await open();
    const pending = Array.from({ length: COUNT }, (_, index) =>
      approvalOf(`apr_${String(index).padStart(5, "0")}`, runId, { minute: index % 7 }),
    );
    await store.append({ ...startOf(runId), pending });
    const page = await store.listPending({ limit: PAGE });
    const rest = await store.listPending({ limit: PAGE, cursor: page.nextCursor });
    expect([...page.approvals, ...rest.approvals]).toEqual(
      pending.toSorted(
        (a, b) => (a.createdAt < b.createdAt ? -1 : 1) * Number(a.createdAt !== b.createdAt),
      ),
    );
    expect(await store.countPending()).toEqual({ count: 1_000, more: true });
    expect(await store.countPending(runId)).toEqual({ count: 1_000, more: true });
  });
}

async function appendRuns(store: SettledStore, minutes: readonly number[]): Promise<void> {
  for (const [index, minute] of minutes.entries()) {
    await store.append(startOf(`run_${index}`, { createdAt: atMinute(minute) }));
  }
}

async function listIds(store: SettledStore, filter: RunFilter): Promise<string[]> {
  const { runs } = await store.listRuns(filter);
  return runs.map((run) => run.runId);
}

function invalidCursors(): string[] {
  const valid = encode([atMinute(0), "run_a"]);
  return [
    "",
    "x",
    `${valid}!`,
    `${valid}=`,
    encode("text"),
    encode([1, 2]),
    encode(["a"]),
    encode({}),
  ];
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
