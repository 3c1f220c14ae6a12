import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createChanges } from "../../src/runs/changes.ts";
import { createDeadlines } from "../../src/runs/deadlines.ts";
import {
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  waitUntil,
  yes,
} from "../support/run-services.ts";
import { createStillClock } from "../support/run-stores.ts";

function createRefunds(): { agent: Agent; ran: string[] } {
  const ran: string[] = [];
  const refund = tool({
    name: "refund",
    description: "Refunds an order",
    parameters: z.object({ order: z.string() }),
    needsApproval: true,
    approvalTimeout: { seconds: 600 },
    execute: ({ order }) => {
      ran.push(order);
      return "refunded";
    },
  });
  const model = createScriptedModel((request) => {
    const output = request.input.at(-1);
    return typeof output === "object" && output.type === "function_call_result"
      ? [message(JSON.stringify(output.output))]
      : [call("refund", { order: "17" }, "call_1")];
  });
  return { agent: new Agent({ name: "Refunds", model, tools: [refund] }), ran };
}

describe.each(storeKinds)("deadlines on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("warn first, then end the approval as its own outcome, and the run goes on", async () => {
    const clock = createStillClock();
    const { agent, ran } = createRefunds();
    const service = await (await openSite({ clock })).open([agent]);
    const { runId, approvalId } = await startPaused(service, "refund 17");
    clock.pass(595);
    const warned = new Promise<string>((resolve) => {
      service.onExpiring((id) => resolve(id));
    });
    service.recover();
    expect(await warned).toBe(approvalId);
    expect((await service.get(runId)).status).toBe("awaiting_approval");
    clock.pass(6);
    // Whoever comes now is too late, whether or not anybody has noticed.
    await expect(service.decide(approvalId, yes())).rejects.toMatchObject({
      code: "approval_expired",
    });
    service.recover();
    const { output } = await waitUntil(service, runId, "completed");
    expect(output).toContain("Nobody decided on this tool call in time");
    expect(ran).toEqual([]);
  });

  it("are kept by a process that starts only after they passed", async () => {
    const clock = createStillClock();
    const site = await openSite({ clock });
    const { agent, ran } = createRefunds();
    const first = await site.open([agent]);
    const { runId } = await startPaused(first, "refund 17");
    await first.close();
    clock.pass(3_600);
    const second = await site.open([agent]);
    second.recover();
    await waitUntil(second, runId, "completed");
    expect(ran).toEqual([]);
  });

  it("are looked at again after the store failed", async () => {
    const clock = createStillClock();
    const site = await openSite({ clock });
    const { agent, ran } = createRefunds();
    const first = await site.open([agent]);
    const { runId } = await startPaused(first, "refund 17");
    await first.close();
    clock.pass(3_600);
    let failures = 1;
    const second = await site.open([agent], {
      wrap: (store) => ({
        ...store,
        claimDue(request) {
          failures -= 1;
          if (failures < 0) return store.claimDue(request);
          throw new HoldpointError("store_unavailable", "The disk is full");
        },
      }),
    });
    second.recover();
    await waitUntil(second, runId, "completed");
    expect(site.log).toContain("cannot look at deadlines: The disk is full");
    expect(ran).toEqual([]);
  });

  it("do not touch what was decided in time", async () => {
    const clock = createStillClock();
    const { agent, ran } = createRefunds();
    const service = await (await openSite({ clock })).open([agent]);
    const { runId, approvalId } = await startPaused(service, "refund 17");
    clock.pass(599);
    await service.decide(approvalId, yes());
    clock.pass(10);
    service.recover();
    await waitFor(service, runId, "completed");
    expect(ran).toEqual(["17"]);
  });
});

describe("a look at deadlines", () => {
  it("is had again for what is asked while one is under way", async () => {
    const first = Promise.withResolvers<undefined>();
    const second = Promise.withResolvers<void>();
    let looks = 0;
    const deadlines = createDeadlines({
      store: {
        claimDue: async () => [],
        async nextDue() {
          looks += 1;
          if (looks > 1) second.resolve();
          return first.promise;
        },
      },
      changes: createChanges({ watch: () => () => {} }),
      clock: systemClock,
      log: { info() {}, warn() {} },
      expire: async () => {},
    });
    deadlines.watch();
    await Promise.resolve();
    deadlines.watch();
    first.resolve(undefined);
    await second.promise;
    deadlines.close();
  });
});
