import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { nextOf, startOf } from "../support/journal-lines.ts";
import { startStoreProcess } from "../support/run-stores.ts";
import { holdFile } from "../support/store-faults.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const makeDirectory = useTempDirectory();

async function makePath(): Promise<string> {
  return join(await makeDirectory(), "holdpoint.db");
}

describe("several processes", () => {
  it("open a new file at once", async () => {
    const directory = await makeDirectory();
    const files = 20;
    const exits = await race(4, ["create", String(files), directory]);
    expect(exits).toEqual(Array.from({ length: 4 }, () => ({ exitCode: 0 })));
    for (let index = 0; index < files; index += 1) {
      const store = await openSqliteRunStore({ path: join(directory, `${index}.db`) });
      expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(4);
      await store.close();
    }
  });

  it("are told which run another connection has written or let go of, and not of its leases", async () => {
    const path = await makePath();
    const [store, other] = [await openSqliteRunStore({ path }), await openSqliteRunStore({ path })];
    const starts = ["run_a", "run_b", "run_c"].map((runId) => startOf(runId));
    const [a = startOf("run_a")] = starts;
    for (const start of starts) await store.append(start);
    const told: unknown[] = [];
    store.watch((runId) => told.push(runId));
    await other.append(nextOf("run_a", a.lines));
    await vi.waitFor(() => expect(told).toEqual(["run_a"]));
    const terms = { owner: "own_b", leaseMs: 60_000 };
    await other.claimRun("run_b" as RunId, terms);
    await other.renew("own_b", { leaseMs: 60_000, runIds: ["run_b" as RunId] });
    await other.append(nextOf("run_c", starts[2]?.lines ?? []));
    await vi.waitFor(() => expect(told).toEqual(["run_a", "run_c"]));
    await other.release("run_b" as RunId, "own_b");
    await vi.waitFor(() => expect(told).toEqual(["run_a", "run_c", "run_b"]));
    await Promise.all([store.close(), other.close()]);
  });

  it("are told that another connection has removed runs, without one", async () => {
    const path = await makePath();
    const [store, other] = [await openSqliteRunStore({ path }), await openSqliteRunStore({ path })];
    await store.append(startOf("run_a", { status: "completed", runnable: false, isOver: true }));
    const told = new Promise((resolve) => {
      store.watch(resolve);
    });
    await other.removeBefore({ before: "2030-01-01T00:00:00.000Z", limit: 9 });
    expect(await told).toBeUndefined();
    await Promise.all([store.close(), other.close()]);
  });

  it("leave it to one that was stopped, until its lease ends", async () => {
    const path = await makePath();
    let passed = 0;
    const clock = { now: () => Date.now() + passed };
    const store = await openSqliteRunStore({ path, clock });
    await store.append(startOf("run_a"));
    const other = startStoreProcess(["claim", path, "own_other"]);
    await other.ready;
    other.kill("SIGSTOP");
    // Whatever comes of it: one that stays stopped would keep the tests from ending.
    onTestFinished(() => other.kill("SIGKILL"));
    const request = { sources: ["code"], owner: "own_a", limit: 1, leaseMs: 5_000 };
    expect(await store.claim(request)).toEqual([]);
    expect(await store.leaseOf("run_a" as RunId)).toMatchObject({ alive: true });
    passed = 600_001;
    expect(await store.claim(request)).toHaveLength(1);
    other.kill("SIGKILL");
    await other.finished;
    await store.close();
  });
});

describe("a busy file", () => {
  it("is written to after it is let go, and the event loop goes on meanwhile", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path });
    const release = holdFile(path);
    let isSettled = false;
    const appended = Promise.resolve(store.append(startOf("run_a"))).finally(() => {
      isSettled = true;
    });
    // The holder is in this process: were the wait a synchronous one, this would not be reached.
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    expect(isSettled).toBe(false);
    release();
    await appended;
    expect(await store.read("run_a" as RunId)).toHaveLength(1);
    await store.close();
  });

  it("is read meanwhile", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path });
    await store.append(startOf("run_a"));
    const release = holdFile(path);
    expect(await store.read("run_a" as RunId)).toHaveLength(1);
    expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(1);
    release();
    await store.close();
  });

  it("is given up after the limit, and nothing was written", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path, busyLimitMs: 20 });
    const release = holdFile(path);
    await expect(store.append(startOf("run_a"))).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining(path),
      retryable: true,
    });
    release();
    expect(await store.read("run_a" as RunId)).toEqual([]);
    await store.append(startOf("run_a"));
    await store.close();
  });

  it.each([
    { how: "read", begin: "BEGIN; SELECT * FROM sqlite_schema" },
    { how: "written to", begin: "BEGIN IMMEDIATE" },
    { how: "locked as a whole", begin: "BEGIN EXCLUSIVE" },
  ])("is waited for when it is new and being $how", async ({ begin }) => {
    const path = await makePath();
    const holder = new DatabaseSync(path);
    holder.exec(begin);
    const opened = openSqliteRunStore({ path });
    for (let turn = 0; turn < 100; turn += 1) await nextTurn();
    holder.exec("ROLLBACK");
    holder.close();
    const store = await opened;
    await store.append(startOf("run_a"));
    expect(await store.read("run_a" as RunId)).toHaveLength(1);
    await store.close();
  });

  it("is given up after the limit when it cannot be opened", async () => {
    const path = await makePath();
    const holder = new DatabaseSync(path);
    holder.exec("BEGIN EXCLUSIVE");
    await expect(openSqliteRunStore({ path, busyLimitMs: 20 })).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("busy"),
    });
    holder.close();
  });
});

/** Starts `count` processes and lets them go when all of them are ready. */
async function race(count: number, args: readonly string[]): Promise<unknown[]> {
  const processes = Array.from({ length: count }, () => startStoreProcess(args));
  await Promise.all(processes.map(({ ready }) => ready));
  for (const started of processes) started.go();
  return Promise.all(processes.map(({ finished }) => finished));
}
