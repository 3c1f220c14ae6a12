import { describe, expect, it } from "vitest";

import { approverLevels, reaches, type ApproverLevel } from "../../src/engine/vocabulary.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import { no, startPaused, storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";

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
