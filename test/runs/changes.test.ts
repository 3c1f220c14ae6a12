import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import { createChanges } from "../../src/runs/changes.ts";

describe("changes of a store", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("are told within 200 ms, and what is made here at once", async () => {
    let version = 1;
    const changes = createChanges({ version: () => version });
    const heard: string[] = [];
    changes.listen(() => heard.push("all"));
    changes.listen(() => heard.push("stored"), "stored");
    changes.announce();
    expect(heard).toEqual(["all"]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual(["all"]);
    version = 2;
    await vi.advanceTimersByTimeAsync(200);
    expect(heard).toEqual(["all", "all", "stored"]);
    changes.close();
  });

  it("are not asked for while nobody listens", async () => {
    const version = vi.fn<() => number>(() => 1);
    const changes = createChanges({ version });
    const unlisten = changes.listen(() => {});
    await vi.advanceTimersByTimeAsync(1_000);
    unlisten();
    const asked = version.mock.calls.length;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(version.mock.calls.length).toBe(asked);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are awaited as long as was asked, and no longer", async () => {
    const changes = createChanges({ version: () => 1 });
    const settled: string[] = [];
    const wait = async (name: string, timeoutMs: number): Promise<void> => {
      await changes.next({ timeoutMs });
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

  it("go on being told after the store could not be looked at for a while", async () => {
    let version: number | undefined = 1;
    const changes = createChanges({
      version() {
        if (version !== undefined) return version;
        throw new HoldpointError("store_unavailable", "The disk is gone");
      },
    });
    const listener = vi.fn<() => void>();
    changes.listen(listener);
    version = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(listener).not.toHaveBeenCalled();
    version = 2;
    await vi.advanceTimersByTimeAsync(200);
    expect(listener).toHaveBeenCalledOnce();
    changes.close();
  });
});
