import { describe, expect, it } from "vitest";

import type { ApproverLevel } from "../../src/engine/vocabulary.ts";
import { createPayments } from "../support/payments.ts";
import { no, startPaused, storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";

/** Who may say yes to what: by channel and the level it reaches, for each level that is needed. */
const table: {
  by: string;
  channel: string;
  level: ApproverLevel;
  lets: readonly ApproverLevel[];
}[] = [
  { by: "the approve tool", channel: "mcp", level: "client", lets: ["client"] },
  { by: "a form", channel: "elicitation", level: "confirm", lets: ["client", "confirm"] },
  { by: "a script", channel: "terminal", level: "client", lets: ["client"] },
  {
    by: "somebody at a terminal",
    channel: "terminal",
    level: "person",
    lets: ["client", "confirm", "person"],
  },
  {
    by: "somebody at the inbox",
    channel: "inbox",
    level: "person",
    lets: ["client", "confirm", "person"],
  },
];
const levels: readonly ApproverLevel[] = ["client", "confirm", "person"];
const rows = table.flatMap((row) => levels.map((needed) => ({ ...row, needed })));

describe.each(storeKinds)("on the %s store", (kind) => {
  const openSite = useSite(kind);

  it.each(rows)(
    "a yes of $by ($level) where $needed is needed",
    async ({ channel, level, needed, lets }) => {
      const { agent, paid } = createPayments();
      const config = { approver: needed };
      const service = await (await openSite()).open([agent], { config });
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      const outcome = await service.decide(approvalId, yes({ channel, level, by: "ada" }));
      if (!lets.includes(needed)) {
        expect(outcome).toEqual({ type: "needs_stronger_approval", needed });
        expect(await service.pending({ limit: 9 })).toMatchObject({ count: 1 });
        expect(paid).toEqual([]);
        return;
      }
      expect(outcome).toEqual({ type: "decided", decision: "approved" });
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([5]);
      const entries = (await service.journal(runId)).map(({ entry }) => entry);
      expect(entries).toContainEqual(
        expect.objectContaining({ type: "approval_decided", by: "ada", channel, level }),
      );
    },
  );

  it.each(rows)(
    "a no of $by ($level) counts where $needed is needed",
    async ({ channel, level, needed }) => {
      const { agent, paid } = createPayments();
      const service = await (await openSite()).open([agent], { config: { approver: needed } });
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      const outcome = await service.decide(approvalId, no({ channel, level }));
      expect(outcome).toEqual({ type: "decided", decision: "rejected" });
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([]);
    },
  );
});
