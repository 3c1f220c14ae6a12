import { beforeEach, describe, expect, it } from "vitest";

import type { ApprovalId, RunId } from "../../src/lib/ids.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import type { RunService } from "../../src/runs/run-service.ts";
import { createPayments, type Payments } from "../support/payments.ts";
import { no, startPaused, useSite, waitFor, yes } from "../support/run-services.ts";

const openSite = useSite("memory");

const input = "Pay the invoice of 990.";

/** Pays a digit more than what the task says, or what it says. */
function createCareless(): Payments {
  const model = createScriptedModel(({ input: items }) => {
    const text = JSON.stringify(items);
    if (text.includes("function_call_result")) return [message("Done.")];
    return [call("pay", { amount: text.includes("990") ? 9_900 : 5 })];
  });
  return createPayments({ model });
}

let service: RunService;
let paid: number[];
let runId: RunId;
let approvalId: ApprovalId;

beforeEach(async () => {
  const payments = createCareless();
  paid = payments.paid;
  service = await (await openSite()).open([payments.agent], { clientEdits: true });
  ({ runId, approvalId } = await startPaused(service, input));
});

describe("a call of high risk", () => {
  it("is told what has to be typed for it", async () => {
    expect((await service.approval(approvalId)).presentation).toMatchObject({
      tier: "high",
      typed: { name: "amount", text: "9900" },
    });
  });

  it.each(["terminal", "inbox", "slack"])(
    "is approved through %s only with its fact, and the refusal says what to type",
    async (channel) => {
      for (const typed of [undefined, "", "990", "amount"]) {
        await expect(service.decide(approvalId, yes({ channel, typed }))).rejects.toMatchObject({
          code: "invalid_input",
          message: expect.stringContaining("its amount is to be typed: 9900"),
        });
      }
      expect((await service.approval(approvalId)).isOpen).toBe(true);
      await service.decide(approvalId, yes({ channel, typed: " 9,900 " }));
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([9_900]);
    },
  );

  it.each(["mcp", "elicitation", "library"])(
    "is approved without it through %s, where nobody types",
    async (channel) => {
      await service.decide(approvalId, yes({ channel }));
      await waitFor(service, runId, "completed");
      expect(paid).toEqual([9_900]);
    },
  );

  it("with changes is approved by what would run, and not by what was asked for", async () => {
    const changed = { arguments: { amount: 990 } };
    await expect(
      service.decide(approvalId, yes({ ...changed, typed: "9900" })),
    ).rejects.toMatchObject({ message: expect.stringContaining("to be typed: 990. What was") });
    await service.decide(approvalId, yes({ ...changed, typed: "990" }));
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([990]);
  });

  it("is refused without anything typed", async () => {
    await service.decide(approvalId, no());
    await waitFor(service, runId, "completed");
    expect(paid).toEqual([]);
  });

  it("that was decided is said to be, whatever is typed", async () => {
    await service.decide(approvalId, yes({ typed: "9900" }));
    expect(await service.decide(approvalId, yes())).toMatchObject({ type: "already" });
    await expect(service.decide(approvalId, no())).rejects.toMatchObject({
      code: "already_decided",
    });
  });

  it("that needs more than whoever decides is told that, and no fact", async () => {
    const { agent } = createCareless();
    const strict = await (await openSite()).open([agent], { config: { approver: "person" } });
    const paused = await startPaused(strict, input);
    expect(await strict.decide(paused.approvalId, yes({ level: "client" }))).toMatchObject({
      type: "needs_stronger_approval",
    });
  });
});

it("a call of less risk needs nothing typed", async () => {
  const low = await startPaused(service, "Pay the fee of 5.");
  await service.decide(low.approvalId, yes());
  await waitFor(service, low.runId, "completed");
  expect(paid).toEqual([5]);
});
