import { describe, expect, it, onTestFinished, vi } from "vitest";

import { sha256 } from "../../src/lib/digest.ts";
import type { RunId } from "../../src/lib/ids.ts";
import { startOf } from "../support/journal-lines.ts";
import {
  startStoreProcess,
  type OpenRunStore,
  type PlaceOf,
  type StoreProcess,
} from "../support/run-stores.ts";

const runId = "run_a" as RunId;
const sharedId = "run_shared" as RunId;
const COUNT = 20;

/** Part of `runStoreContract`, for stores that several processes can share. */
export function describeProcesses(open: OpenRunStore, placeOf: PlaceOf): void {
  const start = (...args: readonly string[]): StoreProcess => {
    const process = startStoreProcess(args);
    // Whatever comes of it: one that goes on would keep the tests from ending.
    onTestFinished(() => process.kill("SIGKILL"));
    return process;
  };

  describe("several processes", () => {
    it("append to one run without losing or repeating a number, also where one is killed", async () => {
      const store = await open();
      const place = await placeOf(store);
      const racers = Array.from({ length: 3 }, () => start("append", place, String(COUNT)));
      const endless = start("append", place, "1000000");
      await Promise.all([...racers, endless].map(({ ready }) => ready));
      for (const each of [...racers, endless]) each.go();
      const ends = await Promise.all(racers.map(({ finished }) => finished));
      expect(ends).toEqual(racers.map(() => ({ exitCode: 0 })));
      endless.kill("SIGKILL");
      await endless.finished;
      const lines = await store.read(sharedId);
      expect(lines.length).toBeGreaterThanOrEqual(racers.length * COUNT);
      lines.forEach((line, seq) => {
        const prev = seq === 0 ? {} : { prev: sha256(lines[seq - 1] ?? "") };
        expect(JSON.parse(line)).toMatchObject({ seq, ...prev });
      });
      // What one append writes is there as a whole, also of the one that was killed.
      expect(await store.getRun(sharedId)).toMatchObject({ length: lines.length });
      const { count } = (await store.pastOf("code\npay", ["call"])).get("call") ?? {};
      expect(count).toBe(lines.length);
      const late = start("append", place, "1");
      await late.ready;
      late.go();
      expect(await late.finished).toEqual({ exitCode: 0 });
      expect(await store.read(sharedId)).toHaveLength(lines.length + 1);
    });

    it("are told that another one has written", async () => {
      const store = await open();
      await store.append(startOf(runId));
      const told = new Promise((resolve) => {
        store.watch(resolve);
      });
      expect(await start("start", await placeOf(store)).finished).toEqual({ exitCode: 0 });
      expect(await told).toMatch(/^run_\d+$/);
      expect((await store.listRuns({ limit: 9 })).runs).toHaveLength(2);
    });

    it("take over what one that was killed went on with, long before its lease ends", async () => {
      const store = await open();
      await store.append(startOf(runId));
      const other = start("claim", await placeOf(store), "own_other");
      await other.ready;
      const request = { sources: ["code"], owner: "own_a", limit: 1, leaseMs: 5_000 };
      expect(await store.claim(request)).toEqual([]);
      expect(await store.leaseOf(runId)).toMatchObject({ owner: "own_other", alive: true });
      other.kill("SIGKILL");
      await other.finished;
      // Some wait a moment: it may only have lost its connection.
      await vi.waitFor(async () => expect(await store.claim(request)).toHaveLength(1), {
        timeout: 10_000,
      });
    });
  });
}
