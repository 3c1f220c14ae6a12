import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { createChanges } from "../../src/runs/changes.ts";
import { createWatchers, type Watchers } from "../../src/stores/watchers.ts";

const runA = "run_a" as RunId;
const runB = "run_b" as RunId;

function setUp() {
  const watched: boolean[] = [];
  const watchers: Watchers = createWatchers(() => {
    watched.push(true);
    return () => void watched.push(false);
  });
  return { watched, tell: watchers.tell, changes: createChanges({ watch: watchers.add }) };
}

describe("changes of a store", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("are told with the run, where it is known", () => {
    const { changes, tell } = setUp();
    const heard: unknown[] = [];
    const end = changes.listen((runId) => heard.push(runId));
    tell(runA);
    tell(undefined);
    end();
    tell(runB);
    expect(heard).toEqual([runA, undefined]);
  });

  it("are looked at only while somebody listens or follows", () => {
    const { changes, watched } = setUp();
    expect(watched).toEqual([]);
    const end = changes.listen(() => {});
    const following = changes.follow(runA);
    end();
    expect(watched).toEqual([true]);
    following.end();
    expect(watched).toEqual([true, false]);
    changes.listen(() => {});
    changes.close();
    expect(watched).toEqual([true, false, true, false]);
  });

  it("of one run wake only those who follow it, and those of any run wake all", async () => {
    const { changes, tell } = setUp();
    const woken: string[] = [];
    const wait = async (runId: RunId): Promise<void> => {
      await changes.follow(runId).next({ timeoutMs: 60_000 });
      woken.push(runId);
    };
    const waits = [wait(runA), wait(runB), wait(runA)];
    tell(runA);
    await vi.advanceTimersByTimeAsync(0);
    expect(woken).toEqual([runA, runA]);
    tell(undefined);
    await Promise.all(waits);
    expect(woken).toEqual([runA, runA, runB]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are not missed between two waits", async () => {
    const { changes, tell } = setUp();
    const following = changes.follow(runA);
    tell(runB);
    tell(runA);
    await following.next({ timeoutMs: 60_000 });
    let isWoken = false;
    const second = following.next({ timeoutMs: 60_000 }).then(() => {
      isWoken = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isWoken).toBe(false);
    tell(runA);
    await second;
  });

  it("are awaited as long as was asked, and no longer", async () => {
    const { changes } = setUp();
    const settled: string[] = [];
    const wait = async (name: string, timeoutMs: number): Promise<void> => {
      await changes.follow(runA).next({ timeoutMs });
      settled.push(name);
    };
    const waits = [wait("a second", 1_000), wait("longer than timers count", 1e15)];
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toEqual(["a second"]);
    changes.close();
    await Promise.all(waits);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are no longer awaited by whoever gave up", async () => {
    const { changes } = setUp();
    const impatient = new AbortController();
    const following = changes.follow(runA);
    const waiting = following.next({ timeoutMs: 60_000, signal: impatient.signal });
    impatient.abort();
    await waiting;
    await following.next({ timeoutMs: 60_000, signal: impatient.signal });
    expect(vi.getTimerCount()).toBe(0);
  });
});
