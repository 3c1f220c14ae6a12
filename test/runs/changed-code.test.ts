import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import {
  startPaused,
  storeKinds,
  useSite,
  waitFor,
  waitUntil,
  yes,
  yesTyping,
} from "../support/run-services.ts";

function createTools(paid: number[], description = "Pays."): FunctionTool[] {
  const pay = tool({
    name: "pay",
    description,
    parameters: z.object({ amount: z.number() }),
    needsApproval: true,
    execute: ({ amount }) => paid.push(amount),
  });
  return [pay];
}

function createDesk(tools: FunctionTool[] | undefined, options: { extra?: FunctionTool } = {}) {
  const model = createScriptedModel(({ input }) => {
    const calls = JSON.stringify(input).split('"function_call"').length - 1;
    if (calls === 0) return [call("transfer_to_clerk", {}, "c1")];
    return calls === 1 ? [call("pay", { amount: 5 }, "c2")] : [message("Done.")];
  });
  const more = options.extra === undefined ? [] : [options.extra];
  const clerk = tools && new Agent({ name: "clerk", model, tools: [...tools, ...more] });
  return new Agent({ name: "desk", model, handoffs: clerk === undefined ? [] : [clerk] });
}

describe.each(storeKinds)("a paused run whose code changed, on the %s store", (kind) => {
  const openSite = useSite(kind);

  it("is refused, with what is missing and what is there, until its agent is back", async () => {
    const paid: number[] = [];
    const site = await openSite();
    const before = await site.open([createDesk(createTools(paid))]);
    const { runId, approvalId } = await startPaused(before, "pay");
    await before.close();

    const without = await site.open([createDesk(undefined)]);
    await without.decide(approvalId, yes());
    const { error } = await waitUntil(without, runId, "failed");
    expect(error).toMatchObject({
      code: "unknown_agent",
      message: expect.stringMatching(
        /Agent clerk not found.*there is now agent desk \(no tools\)$/,
      ),
      resumable: true,
    });
    await without.close();
    expect(paid).toEqual([]);

    const back = await site.open([createDesk(createTools(paid))]);
    await back.resume(runId);
    expect(await waitFor(back, runId, "completed")).toMatchObject({ output: "Done." });
    expect(paid).toEqual([5]);
  });

  it("goes on where only something else changed", async () => {
    const paid: number[] = [];
    const site = await openSite();
    const before = await site.open([createDesk(createTools(paid))]);
    const { runId, approvalId } = await startPaused(before, "pay");
    await before.close();
    const extra = tool({
      name: "look",
      description: "Looks.",
      parameters: undefined,
      execute: () => "",
    });
    const after = await site.open([createDesk(createTools(paid), { extra })]);
    await after.decide(approvalId, yes());
    await waitUntil(after, runId, "completed");
    expect(paid).toEqual([5]);
  });

  it("asks again where the tool of the waiting call changed", async () => {
    const paid: number[] = [];
    const site = await openSite();
    const before = await site.open([createDesk(createTools(paid))]);
    const { runId, approvalId } = await startPaused(before, "pay");
    await before.close();
    const after = await site.open([createDesk(createTools(paid, "Pays twice."))]);
    await after.decide(approvalId, yes());
    const { approvals } = await waitUntil(after, runId, "awaiting_approval");
    expect(paid).toEqual([]);
    expect(approvals).toMatchObject([
      { reason: expect.stringContaining("definition changed since this call was asked about") },
    ]);
    await after.decide(approvals[0]!.approvalId, yesTyping(approvals[0]));
    await waitUntil(after, runId, "completed");
    expect(paid).toEqual([5]);
  });
});
