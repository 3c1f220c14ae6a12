import { describe, expect, it, vi } from "vitest";

import { approverLevels, reaches, type ApproverLevel } from "../../src/engine/vocabulary.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import {
  no,
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  yes,
  yesTyping,
} from "../support/run-services.ts";

const table = approverLevels.flatMap((given) =>
  approverLevels.map((needed) => ({ given, needed })),
);

describe.each(storeKinds)("a decision for all calls of a tool, on the %s store", (kind) => {
  const openSite = useSite(kind);

  async function open() {
    let needed: ApproverLevel = "client";
    const model = createScriptedModel([
      [call("pay", { amount: 1 }, "c1")],
      [call("pay", { amount: 2 }, "c2")],
      [message("Done.")],
    ]);
    const { agent, paid } = createPayments({ model });
    // The first call is free of what later ones need.
    const config = { approver: () => (paid.length === 0 ? "client" : needed) };
    const service = await (await openSite()).open([agent], { config });
    const paused = await startPaused(service, "pay twice");
    const need = (level: ApproverLevel): void => {
      needed = level;
    };
    return { service, paid, need, ...paused };
  }

  it.each(table)(
    "given at $given, a later call that needs $needed runs by it only if that is no stronger",
    async ({ given, needed }) => {
      const { service, paid, need, runId, approvalId } = await open();
      need(needed);
      await service.decide(approvalId, yes({ level: given, always: true }));
      if (reaches(given, needed)) {
        await waitFor(service, runId, "completed");
        expect(paid).toEqual([1, 2]);
        return;
      }
      const { approvals } = await waitFor(service, runId, "awaiting_approval");
      expect(paid).toEqual([1]);
      expect(approvals).toMatchObject([{ approver: needed, arguments: '{"amount":2}' }]);
      const asked = approvals[0]!.approvalId;
      expect(await service.pending({ limit: 9 })).toMatchObject({ count: 1 });
      expect(await service.decide(asked, yes({ level: given }))).toMatchObject({ needed });
      await service.decide(asked, yes({ level: needed }));
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([1, 2]);
    },
  );

  it("that refuses them covers those that need more, too", async () => {
    const { service, paid, need, runId, approvalId } = await open();
    need("person");
    await service.decide(approvalId, no({ level: "client", always: true }));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([]);
  });
});

describe.each(storeKinds)("a yes to all calls of a tool, on the %s store", (kind) => {
  const openSite = useSite(kind);
  const DONE = [message("Done.")];
  /** What the task says is 50; a digit more of it is of high risk. */
  const TASK = "pay twice, 50 in all";

  const open = async (turns: Parameters<typeof createScriptedModel>[0]) => {
    const { agent, paid } = createPayments({ model: createScriptedModel(turns) });
    const service = await (await openSite()).open([agent]);
    return { service, paid, runId: await service.start({ input: TASK }) };
  };

  it("is none to a later one of high risk, which is asked about by itself", async () => {
    const { service, paid, runId } = await open([
      [call("pay", { amount: 1 }, "c1")],
      [call("pay", { amount: 2 }, "c2"), call("pay", { amount: 500 }, "c3")],
      [call("pay", { amount: 3 }, "c4")],
      DONE,
    ]);
    const [first] = (await waitFor(service, runId, "awaiting_approval")).approvals;
    await service.decide(first!.approvalId, yes({ always: true }));
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    expect(paid).toEqual([1, 2]);
    expect(approvals).toMatchObject([
      {
        arguments: '{"amount":500}',
        presentation: { tier: "high" },
        reason: "Of high risk: the yes of tester to all calls of this tool is none to it",
      },
    ]);
    const [asked] = approvals;
    await expect(service.decide(asked!.approvalId, yes())).rejects.toMatchObject({
      message: expect.stringContaining("to be typed: 500"),
    });
    await service.decide(asked!.approvalId, yesTyping(asked));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([1, 2, 500, 3]);
  });

  it("is none to one of high risk that waits beside, which goes on to wait", async () => {
    const { service, paid, runId } = await open([
      [call("pay", { amount: 1 }, "c1"), call("pay", { amount: 500 }, "c2")],
      DONE,
    ]);
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    const [low, high] = approvals;
    await service.decide(low!.approvalId, yes({ always: true }));
    await vi.waitFor(() => expect(paid).toEqual([1]));
    const left = await waitFor(service, runId, "awaiting_approval");
    expect(left.approvals.map(({ approvalId }) => approvalId)).toEqual([high!.approvalId]);
    expect(await service.pending({ limit: 9 })).toMatchObject({ count: 1 });
    expect((await service.decided(runId)).map((each) => each.approvalId)).toEqual([
      low!.approvalId,
    ]);
    await service.decide(high!.approvalId, yesTyping(high));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([1, 500]);
  });
});
