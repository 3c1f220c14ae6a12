import { describe, expect, it } from "vitest";

import type { Starter } from "../../src/engine/starter.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createPayments } from "../support/payments.ts";
import { no, startPaused, useSite, waitFor, waitUntil, yes } from "../support/run-services.ts";

const openSite = useSite("memory");

const first = { instance: "first", pid: 41, host: "desk" };

/** A call that a process began and left; another that knows so much of that process asks. */
async function leaveAtWork(alive: () => boolean | "unknown") {
  const site = await openSite();
  const as = (process: Starter["process"]) => ({
    wrap: (store: RunStore): RunStore => ({ ...store, starter: { process, isAlive: alive } }),
  });
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const stuck = createPayments({
    before: async () => {
      begin();
      await new Promise(() => {});
    },
  });
  const service = await site.open([stuck.agent], as(first));
  const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
  await service.decide(approvalId, yes());
  await begun;
  await service.close();
  const { agent, paid } = createPayments();
  const next = await site.open([agent], as({ ...first, instance: "second", pid: 42 }));
  next.recover();
  const { approvals } = await waitUntil(next, runId, "awaiting_approval");
  return { service: next, runId, paid, asked: approvals[0]! };
}

describe("a call that somebody else began", () => {
  it("is not run again while their process lives, and then it is", async () => {
    let alive = true;
    const { service, runId, paid, asked } = await leaveAtWork(() => alive);
    expect(asked).toMatchObject({
      kind: "outcome_unknown",
      reason: expect.stringMatching(
        /process is still there \(pid 41 on desk, at it since \S+\).*End that process, then running it again is offered/,
      ),
    });
    await expect(service.decide(asked.approvalId, yes())).rejects.toMatchObject({
      code: "not_allowed",
      message: expect.stringMatching(/pid 41 on desk.*End that process and approve then/),
    });
    expect(paid).toEqual([]);
    alive = false;
    await service.decide(asked.approvalId, yes());
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("goes on with what somebody says came of it, also where their process hangs", async () => {
    const { service, runId, paid, asked } = await leaveAtWork(() => true);
    await service.decide(asked.approvalId, no({ message: "The bank has it." }));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([]);
  });

  it.each([
    ["unknown", "was last seen on desk (pid 41): look there"],
    [false, "is gone (pid 41 on desk)"],
  ] as const)("says what is known where they live: %s", async (alive, words) => {
    const { service, runId, paid, asked } = await leaveAtWork(() => alive);
    expect(asked.reason).toContain(words);
    await service.decide(asked.approvalId, yes());
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });
});
