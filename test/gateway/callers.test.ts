import { expect, it } from "vitest";

import { createCallers } from "../../src/gateway/callers.ts";
import type { RunId } from "../../src/lib/ids.ts";

const runId = "run_a" as RunId;

function createCaller({ hasTicket = false } = {}) {
  const told: number[] = [];
  const controller = new AbortController();
  const onProgress = ({ progress }: { progress: number }): void => void told.push(progress);
  return {
    told,
    giveUp: () => controller.abort(),
    caller: { onProgress, signal: controller.signal, hasTicket },
  };
}

it("a call is given up when the last of those who wait for it gives it up, and not before", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  const signal = callers.of(runId)?.signal;
  callers.join(runId, second.caller);
  first.giveUp();
  expect(signal?.aborted).toBe(false);
  second.giveUp();
  expect(signal?.aborted).toBe(true);
  expect(callers.of(runId)).toBeUndefined();
});

it("a call is not given up while somebody has a ticket for it", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  const leave = callers.join(runId, first.caller);
  callers.join(runId, second.caller);
  const signal = callers.of(runId)?.signal;
  leave({ mayReturn: true });
  second.giveUp();
  expect(signal?.aborted).toBe(false);
  expect(callers.of(runId)).toBeUndefined();
});

it("a call is not given up by whoever collects with a ticket, and may come again", () => {
  const callers = createCallers();
  const { caller, giveUp } = createCaller({ hasTicket: true });
  callers.join(runId, caller);
  const signal = callers.of(runId)?.signal;
  giveUp();
  expect(signal?.aborted).toBe(false);
});

it("a call that was given up before is no sign for whoever makes it again", () => {
  const callers = createCallers();
  const [first, second] = [createCaller(), createCaller()];
  callers.join(runId, first.caller);
  first.giveUp();
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
