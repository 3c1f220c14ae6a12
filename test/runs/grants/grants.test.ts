import { describe, expect, it } from "vitest";

import type { ApproverLevel } from "../../../src/engine/vocabulary.ts";
import { call, createScriptedModel, message } from "../../../src/models/scripted.ts";
import type { RunService } from "../../../src/runs/run-service.ts";
import type { RunStore } from "../../../src/runs/run-store.ts";
import { untilIdle } from "../../support/latch.ts";
import { createStillClock } from "../../support/run-stores.ts";
import { createPayments } from "../../support/payments.ts";
import { no, startPaused, storeKinds, useSite, waitFor, yes } from "../../support/run-services.ts";

const DAY = 24 * 60 * 60;
const useOneSite = useSite("memory");

describe.each(storeKinds)("a yes for later calls, on the %s store", (kind) => {
  const openSite = useSite(kind);

  async function open() {
    let needed: ApproverLevel = "client";
    // One payment a run, of what its input says.
    const model = createScriptedModel(({ input }) => {
      const text = JSON.stringify(input);
      const amount = Number(/pay (\d+)/.exec(text)?.[1]);
      return text.includes("function_call_result") ? [message("Done.")] : [call("pay", { amount })];
    });
    const { agent, paid } = createPayments({ model });
    const config = { approver: (): ApproverLevel => needed };
    const site = await openSite();
    const service = await site.open([agent], { config });
    const need = (level: ApproverLevel): void => {
      needed = level;
    };
    const pay = async (amount: number): Promise<string> => {
      const runId = await service.start({ input: `pay ${amount}` });
      return (await service.wait(runId, { timeoutMs: 20_000 })).status;
    };
    return { site, service, paid, need, pay, agent, config };
  }

  const give = async (service: RunService, amount: number, more: object = {}) => {
    const { approvalId, runId } = await startPaused(service, `pay ${amount}`);
    const grant = { seconds: DAY, ...more };
    const outcome = await service.decide(approvalId, yes({ level: "confirm", grant }));
    await waitFor(service, runId, "completed");
    return outcome;
  };

  it("lets calls run that it describes, names itself in their journals, and no others", async () => {
    const { service, paid, pay } = await open();
    await give(service, 500);
    const runId = await service.start({ input: "pay 400" });
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([500, 400]);
    const [grant] = await service.grants();
    expect(grant).toMatchObject({ tool: "pay", uses: 1, covers: ["amount is 500 at most"] });
    const entries = (await service.journal(runId)).map(({ entry }) => entry);
    expect(entries).toContainEqual(
      expect.objectContaining({ type: "tool_started", rule: `${grant?.grantId} by tester` }),
    );
    expect(entries.map(({ type }) => type)).not.toContain("approval_requested");
    expect(await pay(501)).toBe("awaiting_approval");
    expect(paid).toEqual([500, 400]);
  });

  it("releases what waits, each by an entry of its own, where that was shown", async () => {
    const { service, paid } = await open();
    const waiting = await startPaused(service, "pay 300");
    const more = await startPaused(service, "pay 900");
    const { approvalId, runId } = await startPaused(service, "pay 500");
    const offer = await service.offerGrant(approvalId);
    expect(offer?.releases.map((each) => each.approvalId)).toEqual([waiting.approvalId]);
    const unseen = { seconds: DAY, covers: offer?.covers, releases: [] };
    await expect(service.decide(approvalId, yes({ grant: unseen }))).rejects.toMatchObject({
      code: "action_mismatch",
    });
    const other = { seconds: DAY, covers: ["amount is 5 at most"] };
    await expect(service.decide(approvalId, yes({ grant: other }))).rejects.toMatchObject({
      code: "action_mismatch",
    });
    expect(paid).toEqual([]);
    const grant = { seconds: DAY, covers: offer?.covers, releases: [waiting.approvalId] };
    expect(await service.decide(approvalId, yes({ grant }))).toMatchObject({ released: 1 });
    await waitFor(service, runId, "completed");
    await waitFor(service, waiting.runId, "completed");
    expect(paid.toSorted((a, b) => a - b)).toEqual([300, 500]);
    expect((await service.approval(more.approvalId)).isOpen).toBe(true);
    const [given] = await service.grants();
    for (const of of [runId, waiting.runId]) {
      const entries = (await service.journal(of)).map(({ entry }) => entry);
      expect(entries).toContainEqual(
        expect.objectContaining({ type: "approval_decided", grant: given?.grantId }),
      );
    }
  });

  it("ends by hand, by count, and is told to be over", async () => {
    const { service, pay } = await open();
    await give(service, 500);
    const [first] = await service.grants();
    expect(await service.endGrant(first?.grantId ?? "", { by: "ada" })).toEqual({
      wasStanding: true,
    });
    expect(await pay(400)).toBe("awaiting_approval");
    await give(service, 600, { uses: 1 });
    expect(await pay(100)).toBe("completed");
    expect(await pay(101)).toBe("awaiting_approval");
    expect(await service.grants()).toMatchObject([
      { uses: 1, mostUses: 1, isStanding: false },
      { endedBy: "ada", isStanding: false },
    ]);
    await expect(service.endGrant("grt_none")).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("is beaten by rules that want more than who gave it, and by those that want a person", async () => {
    const { service, need, pay } = await open();
    const { approvalId } = await startPaused(service, "pay 500");
    await service.decide(approvalId, yes({ level: "client", grant: { seconds: DAY } }));
    need("confirm");
    expect(await pay(1)).toBe("awaiting_approval");
    need("client");
    await give(service, 600);
    need("person");
    expect(await pay(2)).toBe("awaiting_approval");
    const asked = await startPaused(service, "pay 3");
    expect(await service.offerGrant(asked.approvalId)).toBeUndefined();
    const grant = { seconds: DAY };
    await expect(service.decide(asked.approvalId, yes({ grant }))).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("each decided by themselves"),
    });
    expect((await service.approval(asked.approvalId)).isOpen).toBe(true);
  });

  it("is of one tool as it was defined, and of one agent", async () => {
    const { site, service, paid, config } = await open();
    await give(service, 500);
    const [{ grantId } = { grantId: "" }] = await service.grants();
    const model = createScriptedModel(() => [call("pay", { amount: 5 })]);
    const other = createPayments({ name: "Others", model });
    const elsewhere = await site.open([other.agent], { config });
    await startPaused(elsewhere, "pay 5");
    expect(other.paid).toEqual([]);
    expect(paid).toEqual([500]);
    expect((await service.grants()).find((each) => each.grantId === grantId)?.uses).toBe(0);
  });

  it("goes with a yes to the call as it is, for 31 days at most", async () => {
    const { service, paid } = await open();
    const { approvalId } = await startPaused(service, "pay 500");
    const grant = { seconds: DAY };
    for (const wrong of [
      no({ grant }),
      yes({ grant, always: true }),
      yes({ grant, arguments: { amount: 4 } }),
      yes({ grant: { seconds: 0 } }),
      yes({ grant: { seconds: 32 * DAY } }),
      yes({ grant: { seconds: DAY, uses: 0 } }),
      yes({ grant: { seconds: DAY, uses: 1.5 } }),
    ]) {
      await expect(service.decide(approvalId, wrong)).rejects.toMatchObject({
        code: "invalid_input",
      });
    }
    expect(paid).toEqual([]);
    expect(await service.grants()).toEqual([]);
    expect((await service.approval(approvalId)).isOpen).toBe(true);
  });
});

describe("a yes for later calls", () => {
  const openSite = useSite("memory");

  it("ends in time, and covers nothing of a higher risk than what was looked at", async () => {
    const clock = createStillClock();
    const amounts = { much: 500, some: 400 };
    const model = createScriptedModel(({ input }) => {
      const text = JSON.stringify(input);
      const amount = amounts[text.includes("much") ? "much" : "some"];
      return text.includes("function_call_result") ? [message("Done.")] : [call("pay", { amount })];
    });
    const { agent, paid } = createPayments({ model });
    const config = { approver: "client" } as const;
    const service = await (await openSite({ clock })).open([agent], { config });
    const statusOf = async (input: string): Promise<string> => {
      const id = await service.start({ input });
      return (await service.wait(id, { timeoutMs: 9_000 })).status;
    };
    const { approvalId, runId } = await startPaused(service, "pay much");
    await service.decide(approvalId, yes({ grant: { seconds: 60 } }));
    await waitFor(service, runId, "completed");
    expect(await statusOf("pay some")).toBe("completed");
    // A digit off what the task says.
    expect(await statusOf("pay some, the invoice says 4000")).toBe("awaiting_approval");
    clock.pass(61);
    expect(await statusOf("pay some")).toBe("awaiting_approval");
    expect(paid).toEqual([500, 400]);
  });
});

it("calls of one turn are asked about in their order, in whichever a store answers", async () => {
  const site = await useOneSite();
  const pays = [1, 2, 3].map((amount) => call("pay", { amount }, `c${amount}`));
  const { agent } = createPayments({ model: createScriptedModel([pays, [message("Done.")]]) });
  let looks = 0;
  const wrap = (store: RunStore): RunStore => ({
    ...store,
    async grantsFor(tool) {
      looks += 1;
      // The first look takes the longest.
      if (looks === 1) await untilIdle();
      return store.grantsFor(tool);
    },
  });
  const service = await site.open([agent], { wrap });
  const runId = await service.start({ input: "Pay." });
  const { approvals } = await waitFor(service, runId, "awaiting_approval");
  expect(approvals.map(({ arguments: text }) => text)).toEqual(
    [1, 2, 3].map((amount) => JSON.stringify({ amount })),
  );
});

it("a call is asked about where none can be looked for, and the log says why", async () => {
  const site = await useOneSite();
  const { agent } = createPayments();
  const wrap = (store: RunStore): RunStore => ({
    ...store,
    grantsFor() {
      throw new Error("the disk is gone");
    },
  });
  const service = await site.open([agent], { wrap });
  const { runId } = await startPaused(service, 'pay {"amount": 5}');
  expect(site.log).toEqual([
    expect.stringMatching(
      `^run ${runId}: call \\S+ of pay is asked about, since no yes for later calls could be looked for: the disk is gone$`,
    ),
  ]);
});
