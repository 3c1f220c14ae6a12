import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { Run } from "../../src/engine/state.ts";
import { createTeller } from "../../src/gateway/tell-progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A run that asks a person, as far as that is looked at. */
const asking = { undecided: new Set(["apr_a"]), frames: new Map() } as unknown as Run;

/** A call that runs unasked. */
const call = { started: {} };
const frame = { calls: new Map([["1", call]]), open: new Set([call]) };
const running = { undecided: new Set(), frames: new Map([["", frame]]) } as unknown as Run;

function tell({ isAsking = false } = {}) {
  const told: { progress: number; message?: string | undefined }[] = [];
  const teller = createTeller(
    { name: "write_file", holdMs: 120_000, isAsking: () => isAsking },
    { progress: (progress) => void told.push(progress) },
  );
  return { told, teller };
}

it("says every ten seconds what a call waits for, and for how long, until it ends", () => {
  const { told, teller } = tell();
  teller.looked(asking);
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(6);
  expect(told.at(-1)?.message).toBe("waits for a person: write_file (1 minute of 2 minutes)");
  const numbers = told.map(({ progress }) => progress);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  teller.end();
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(6);
});

it("leaves the word to a tool that tells its own progress", () => {
  const { told, teller } = tell();
  teller.looked(asking);
  vi.advanceTimersByTime(10_000);
  teller.onProgress?.({ progress: 1, message: "half" });
  vi.advanceTimersByTime(60_000);
  expect(told.map(({ message }) => message)).toEqual([expect.stringContaining("waits"), "half"]);
  teller.end();
});

it("says of a call that runs unasked only that its server asks a person", () => {
  const { told: silent, teller } = tell();
  teller.looked(running);
  vi.advanceTimersByTime(10_000);
  expect(silent).toEqual([]);
  const { told, teller: other } = tell({ isAsking: true });
  other.looked(running);
  vi.advanceTimersByTime(10_000);
  expect(told.map(({ message }) => message)).toEqual([
    "its server asks a person: write_file (10 seconds of 2 minutes)",
  ]);
  teller.end();
  other.end();
});
