import { describe, expect, it } from "vitest";
import { z } from "zod";

import { tool } from "../../src/agents/tool.ts";
import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { createApprovalId } from "../../src/lib/ids.ts";
import type { ApproverLevel } from "../../src/engine/vocabulary.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import {
  no,
  recorderOf,
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  waitUntil,
  yes,
  yesTyping,
} from "../support/run-services.ts";

describe.each(storeKinds)("decisions on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("are final: the same again changes nothing, the opposite is refused", async () => {
    const service = await (await openSite()).open([createPayments().agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, no({ by: "first" }));
    await waitFor(service, runId, "completed");
    const { length } = await service.journal(runId);
    expect(await service.decide(approvalId, no())).toMatchObject({
      type: "already",
      decision: "rejected",
    });
    await expect(service.decide(approvalId, yes())).rejects.toMatchObject({
      code: "already_decided",
      message: expect.stringMatching(
        /is rejected by first through terminal at 20.*Decisions are final$/,
      ),
    });
    expect(await service.journal(runId)).toHaveLength(length);
  });

  it("are not the same where the second is to run with other arguments", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    const four = yes({ by: "first", arguments: { amount: 4 } });
    await service.decide(approvalId, four);
    await waitFor(service, runId, "completed");
    expect(await service.decide(approvalId, four)).toMatchObject({ type: "already" });
    await expect(
      service.decide(approvalId, yes({ arguments: { amount: 3 } })),
    ).rejects.toMatchObject({
      code: "already_decided",
      message: expect.stringContaining("is approved with changed arguments by first"),
    });
    expect(paid).toEqual([4]);
  });

  it("have one effect when three approve at once", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    const outcomes = await Promise.all([1, 2, 3].map(() => service.decide(approvalId, yes())));
    expect(outcomes.map(({ type }) => type).toSorted()).toEqual(["already", "already", "decided"]);
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("have one winner when two disagree in the same moment", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    const outcomes = await Promise.allSettled([
      service.decide(approvalId, no()),
      service.decide(approvalId, yes()),
    ]);
    const winner = { status: "fulfilled", value: { type: "decided" } };
    const loser = { status: "rejected", reason: { code: "already_decided" } };
    const isRejected = outcomes[0]?.status === "fulfilled";
    expect(outcomes).toMatchObject(isRejected ? [winner, loser] : [loser, winner]);
    await waitFor(service, runId, "completed");
    expect(paid).toEqual(isRejected ? [] : [5]);
  });

  it("have one winner when processes disagree", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const services = await Promise.all([1, 2, 3, 4].map(() => site.open([agent])));
    const { runId, approvalId } = await startPaused(services[0]!, 'pay {"amount": 5}');
    const outcomes = await Promise.allSettled(
      services.map((service, index) => service.decide(approvalId, index % 2 === 0 ? yes() : no())),
    );
    const decided = outcomes.filter(
      (outcome) => outcome.status === "fulfilled" && outcome.value.type === "decided",
    );
    expect(decided).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === "rejected")).toHaveLength(2);
    await waitFor(services[0]!, runId, "completed");
    const entries = await services[0]!.journal(runId);
    const verdicts = entries.flatMap(({ entry }) =>
      entry.type === "approval_decided" ? [entry.decision] : [],
    );
    expect(verdicts).toHaveLength(1);
    expect(paid).toEqual(verdicts[0] === "approved" ? [5] : []);
  });

  it("of a process without the agent are carried out by one that has it", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const first = await site.open([agent]);
    const { runId, approvalId } = await startPaused(first, 'pay {"amount": 5}');
    await first.close();

    const desk = await site.open([]);
    await desk.decide(approvalId, yes());
    expect(await desk.get(runId)).toMatchObject({ status: "running" });
    expect(paid).toEqual([]);

    const next = await site.open([agent]);
    next.recover();
    await waitFor(next, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("wake the run in the process that watches", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const server = await site.open([agent]);
    server.recover();
    const { runId, approvalId } = await startPaused(server, 'pay {"amount": 5}');
    const desk = await site.open([]);
    await desk.decide(approvalId, yes());
    await waitUntil(server, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("wake the run where the same was decided elsewhere and nobody watches", async () => {
    const site = await openSite();
    const { agent, paid } = createPayments();
    const here = await site.open([agent]);
    const { runId, approvalId } = await startPaused(here, 'pay {"amount": 5}');
    await (await site.open([])).decide(approvalId, yes());
    expect(await here.decide(approvalId, yes())).toMatchObject({ type: "already" });
    await waitFor(here, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("are bound to what was shown, whatever its white space and composition", async () => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const { runId, approvalId, action } = await startPaused(service, 'pay {"amount": 5}');
    await expect(
      service.decide(approvalId, yes({ action: 'pay {"amount":500}' })),
    ).rejects.toMatchObject({
      code: "action_mismatch",
      message: expect.stringContaining(action),
    });
    expect(await service.get(runId)).toMatchObject({ status: "awaiting_approval" });
    const spaced = ` ${action.replace(" ", " \n ")}`;
    expect(await service.decide(approvalId, yes({ action: spaced }))).toMatchObject({
      type: "decided",
    });
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("come too late where the run failed with the request open", async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<ApprovalId>();
    const { agent, paid } = createPayments({
      model: createScriptedModel([[call("pay", { amount: 5 }), call("fleeting")]]),
    });
    let looked = 0;
    const fleeting = tool({
      name: "fleeting",
      description: "There when the model is asked, and not when it is called.",
      parameters: z.object({}),
      async isEnabled() {
        looked += 1;
        if (looked > 1) await asked;
        return looked === 1;
      },
      execute: () => "",
    });
    const service = await (
      await openSite()
    ).open([agent.clone({ tools: [...agent.tools, fleeting] })]);
    const unlisten = service.onChange(() => {
      void service.pending({ limit: 9 }).then(({ approvals: [approval] }) => {
        if (approval === undefined) return;
        unlisten();
        ask(approval.approvalId);
      });
    });
    const runId = await service.start({ input: "x" });
    const { error, approvals } = await waitFor(service, runId, "failed");
    expect(error).toMatchObject({ code: "model_behavior", resumable: false });
    expect(approvals).toEqual([]);
    expect(await service.pending({ limit: 9 })).toMatchObject({ approvals: [], count: 0 });
    await expect(service.decide(await asked, yes())).rejects.toMatchObject({
      code: "already_decided",
    });
    expect(paid).toEqual([]);
  });

  describe("with changed arguments", () => {
    it("run with these, and the agent is told so", async () => {
      const { agent, paid } = createPayments();
      const service = await (await openSite()).open([agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      await service.decide(approvalId, yes({ arguments: { amount: 4 } }));
      const { output } = await waitFor(service, runId, "completed");
      expect(paid).toEqual([4]);
      expect(output).toContain(
        'The approver changed the arguments of this call to: {"amount":4}\nPaid 4',
      );
    });

    it.each([
      ["do not fit", { arguments: { amount: "4" } }, "arguments_invalid"],
      ["are no JSON", { arguments: { amount: 4n } }, "arguments_invalid"],
      ["are for every call", { arguments: { amount: 4 }, always: true }, "invalid_input"],
    ])("are refused where they %s", async (_name, changes, code) => {
      const service = await (await openSite()).open([createPayments().agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      await expect(service.decide(approvalId, yes(changes))).rejects.toMatchObject({ code });
      expect(await service.get(runId)).toMatchObject({ status: "awaiting_approval" });
    });

    it("go by the recorded schema in a process that does not know the tool", async () => {
      const site = await openSite();
      const { agent, paid } = createPayments();
      const service = await site.open([agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      const desk = await site.open([]);
      await expect(
        desk.decide(approvalId, yes({ arguments: { amount: "4" } })),
      ).rejects.toMatchObject({ code: "arguments_invalid" });
      await desk.decide(approvalId, yes({ arguments: { amount: 4 } }));
      service.recover();
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([4]);
    });
  });

  it.each([
    ["approved", [1, 2]],
    ["rejected", []],
  ] as const)("for all calls of a tool: %s", async (decision, expected) => {
    const { agent, paid } = createPayments();
    const service = await (await openSite()).open([agent]);
    const runId = await service.start({ input: 'pay {"amount": 1} pay {"amount": 2}' });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    await service.decide(approvals[0]!.approvalId, yes({ decision, always: true }));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual(expected);
  });

  it("for all calls of a tool leave what is of a high risk to a decision of its own", async () => {
    const pay = (amount: number) => call("pay", { amount }, `c${amount}`);
    const model = createScriptedModel([[pay(1), pay(2_000), pay(3)], [message("Done.")]]);
    const { agent, paid } = createPayments({ model });
    const service = await (await openSite()).open([agent]);
    const runId = await service.start({ input: "Pay 200 to the landlord, and the rest" });
    const { approvals } = await waitFor(service, runId, "awaiting_approval");
    // Asked about at once: whichever is written first.
    const idOf = (amount: number) =>
      approvals.find((each) => each.arguments === JSON.stringify({ amount }))?.approvalId;
    const [first, high] = [idOf(1), idOf(2_000)];
    const tiers = approvals.map(({ presentation }) => presentation.tier);
    expect(tiers.toSorted()).toEqual(["high", "normal", "normal"]);
    await expect(service.decide(high!, yes({ always: true }))).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining("decided by itself"),
    });
    const { alsoWaiting = [] } = await service.approval(first!);
    expect(alsoWaiting.map(({ arguments: text }) => text)).toEqual(['{"amount":3}']);
    const others = alsoWaiting.map(({ approvalId }) => approvalId);
    expect(await service.decide(first!, yes({ always: true, others }))).toMatchObject({
      released: 1,
    });
    const left = await service.approval(high!);
    expect(left.isOpen).toBe(true);
    await service.decide(high!, yesTyping(left));
    await waitFor(service, runId, "completed");
    expect(paid.toSorted((a, b) => a - b)).toEqual([1, 3, 2_000]);
  });

  describe("need an approver of the level asked for", () => {
    it.each([
      ["client", "client", "decided"],
      ["client", "confirm", "needs_stronger_approval"],
      ["client", "person", "needs_stronger_approval"],
      ["confirm", "client", "decided"],
      ["confirm", "confirm", "decided"],
      ["confirm", "person", "needs_stronger_approval"],
      ["person", "client", "decided"],
      ["person", "confirm", "decided"],
      ["person", "person", "decided"],
    ] as const)("%s where %s is needed: %s", async (level, needed, type) => {
      const site = await openSite();
      const { agent, paid } = createPayments();
      const service = await site.open([agent]);
      const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
      const asked = await askFor(await site.connect(), { runId, needed });
      expect(await service.pending({ limit: 9 })).toMatchObject({
        count: 1,
        approvals: [{ approvalId: asked, approver: needed }],
      });
      const outcome = await service.decide(asked, yes({ level }));
      expect(outcome.type).toBe(type);
      if (outcome.type === "needs_stronger_approval") {
        expect(outcome.needed).toBe(needed);
        expect(await service.get(runId)).toMatchObject({ status: "awaiting_approval" });
        // A refusal loosens nothing: any channel may give it.
        await service.decide(asked, no({ level }));
      }
      await waitFor(service, runId, "completed");
      expect(paid).toEqual(type === "decided" ? [5] : []);
      await expect(service.decide(approvalId, yes())).rejects.toMatchObject({
        code: "already_decided",
      });
    });
  });
});

/** Asks again about the call that waits, for an approver of this level. */
async function askFor(
  store: RunStore,
  { runId, needed }: { runId: RunId; needed: ApproverLevel },
): Promise<ApprovalId> {
  const recorder = await recorderOf(store, runId);
  const asked = recorder.journal.entries
    .map(({ entry }) => entry)
    .findLast((entry) => entry.type === "approval_requested");
  if (asked === undefined) throw new Error("Nothing was asked");
  const { seq: _seq, at: _at, prev: _prev, ...draft } = asked;
  const approvalId = createApprovalId();
  await recorder.append([{ ...draft, approvalId, approver: needed }]);
  return approvalId;
}
