import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import { storeKinds, useSite, waitFor, yes } from "../support/run-services.ts";

describe.each(storeKinds)("advance on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("goes on with another process's run until it rests, says what it waits for, and pays once", async () => {
    const site = await openSite();
    const desk = createPayments();
    const starting = await site.open([desk.agent], { maxRunsAtOnce: 0 });
    const runId = await starting.start({ input: 'pay {"amount": 5}' });
    const { agent, paid } = createPayments();
    const guest = await site.open([agent]);
    const resting = await guest.advance(runId);
    expect(resting).toMatchObject({ status: "awaiting_approval", approvals: [{ tool: "pay" }] });
    expect(await guest.advance(runId)).toEqual(resting);
    await starting.decide(resting.approvals[0]!.approvalId, yes());
    const [over, same] = await Promise.all([guest.advance(runId), guest.advance(runId)]);
    expect(over).toMatchObject({ status: "completed" });
    expect(same).toEqual(over);
    expect(await guest.advance(runId)).toEqual(over);
    expect(paid).toEqual([5]);
    expect(desk.paid).toEqual([]);
  });

  it("goes on with a run that failed, as often as it is called", async () => {
    const model = createScriptedModel([new Error("one"), new Error("two"), [message("done")]]);
    const service = await (await openSite()).open([new Agent({ name: "Broke", model })]);
    const runId = await service.start({ input: "x" });
    await waitFor(service, runId, "failed");
    expect(await service.advance(runId)).toMatchObject({ error: { message: "two" } });
    expect(await service.advance(runId)).toMatchObject({ status: "completed", output: "done" });
  });

  it("leaves a call in doubt that was cut off, instead of making it again", async () => {
    const site = await openSite();
    const begun = Promise.withResolvers<void>();
    const cut = createPayments({
      before: async () => {
        begun.resolve();
        await new Promise(() => {});
      },
    });
    const first = await site.open([cut.agent]);
    const runId = await first.start({ input: 'pay {"amount": 5}' });
    const { approvals } = await first.advance(runId);
    await first.decide(approvals[0]!.approvalId, yes());
    await begun.promise;
    await first.close();
    const { agent, paid } = createPayments();
    const second = await site.open([agent]);
    expect(await second.advance(runId)).toMatchObject({
      status: "awaiting_approval",
      approvals: [{ kind: "outcome_unknown" }],
    });
    expect(paid).toEqual([]);
  });

  it("ends with its signal, and so does what goes on of the run here", async () => {
    const site = await openSite();
    const asked = Promise.withResolvers<AbortSignal | undefined>();
    const model = createScriptedModel([]);
    const hanging: typeof model = {
      ...model,
      async getResponse({ signal }) {
        asked.resolve(signal);
        return new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason));
        });
      },
    };
    const starting = await site.open([new Agent({ name: "Slow", model })], { maxRunsAtOnce: 0 });
    const runId = await starting.start({ input: "x" });
    const guest = await site.open([new Agent({ name: "Slow", model: hanging })]);
    const controller = new AbortController();
    const going = guest.advance(runId, { signal: controller.signal });
    const signal = await asked.promise;
    const why = new Error("The engine takes its step back");
    controller.abort(why);
    await expect(going).rejects.toBe(why);
    expect(signal?.aborted).toBe(true);
    await expect(guest.advance(runId, { signal: controller.signal })).rejects.toBe(why);
  });

  it("says where it cannot go on", async () => {
    const site = await openSite();
    const { agent } = createPayments();
    const desk = await site.open([agent], { maxRunsAtOnce: 0 });
    const runId = await desk.start({ input: "hello" });
    const other = await site.open([]);
    for (const service of [desk, other]) {
      await expect(service.advance(runId)).rejects.toMatchObject({
        code: "unknown_agent",
        message: expect.stringContaining('no agent "Payments"'),
      });
    }
  });

  it("is no longer waited for by who resumes a run where none goes on", async () => {
    const site = await openSite();
    const broken = new Agent({ name: "Broke", model: createScriptedModel([new Error("one")]) });
    const runId = await (await site.open([broken])).start({ input: "x" });
    const desk = await site.open([broken], { maxRunsAtOnce: 0 });
    await waitFor(desk, runId, "failed");
    await desk.resume(runId);
    expect(await desk.get(runId)).toMatchObject({ status: "failed" });
  });
});
