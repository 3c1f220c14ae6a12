import { expect, it } from "vitest";

import { createCallers } from "../../src/gateway/callers.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;

function createCaller() {
  const told: number[] = [];
  const controller = new AbortController();
  const onProgress = ({ progress }: { progress: number }): void => void told.push(progress);
  return {
    told,
    giveUp: () => controller.abort(),
    caller: { onProgress, signal: controller.signal },
  };
}

it("a call is not given up while one of those who wait for it here has not", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  const signal = callers.of(runId)?.signal;
  callers.join(runId, second.caller);
  first.giveUp();
  callers.giveUp(runId, "gone");
  expect(signal?.aborted).toBe(false);
  second.giveUp();
  expect(callers.of(runId)).toBeUndefined();
  callers.giveUp(runId, "gone");
  expect(signal?.aborted).toBe(true);
});

it("a call that one gives up and makes again is given up with the second time", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  const signal = callers.of(runId)?.signal;
  first.giveUp();
  callers.join(runId, second.caller);
  callers.giveUp(runId, "gone");
  expect(signal?.aborted).toBe(false);
  second.giveUp();
  callers.giveUp(runId, "gone");
  expect(signal?.aborted).toBe(true);
});

it("a call that was given up before is no sign for whoever makes it again", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  first.giveUp();
  callers.giveUp(runId, "gone");
  callers.join(runId, second.caller);
  expect(callers.of(runId)?.signal.aborted).toBe(false);
});

it("all who wait are told of progress, those that came later too", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  const waiting = callers.of(runId);
  callers.join(runId, second.caller);
  waiting?.onProgress?.({ progress: 1 });
  first.giveUp();
  waiting?.onProgress?.({ progress: 2 });
  expect([first.told, second.told]).toEqual([[1], [1, 2]]);
});
