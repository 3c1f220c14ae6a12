import { expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import type { Caller } from "../../src/engine/state.ts";
import { listDecided, listPending, showStory } from "../../src/web/inbox-lists.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { createPayments } from "../support/payments.ts";
import { startPaused, useSite, waitFor, yes } from "../support/run-services.ts";

const openSite = useSite("memory");
const caller: Caller = { by: "ada", channel: "inbox", level: "person" };

it("the list of what was decided says what it leaves out, once it leaves something out", async () => {
  const service = await (await openSite()).open([createPayments().agent]);
  const pay = async (): Promise<void> => {
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
  };
  await Promise.all(Array.from({ length: 50 }, pay));
  const all = await listDecided(service, { seen: new Set(), caller });
  expect(all).toEqual({ approvals: expect.objectContaining({ length: 50 }) });
  await pay();
  expect(await listDecided(service, { seen: new Set(), caller })).toEqual({
    approvals: expect.objectContaining({ length: 50 }),
    note: expect.stringMatching(/^These are the last decisions in the newest 50 runs.* runs lists/),
  });
});

it("the first look at a long list has the riskiest of all in it, also where only earlier calls tell", async () => {
  const service = await (await openSite()).open([createPayments().agent]);
  for (let at = 0; at < 3; at += 1) {
    const { runId, approvalId } = await startPaused(service, 'pay {"amount": 5}');
    await service.decide(approvalId, yes());
    await waitFor(service, runId, "completed");
  }
  for (let at = 0; at < 40; at += 1) await startPaused(service, 'pay {"amount": 5}');
  const high = await startPaused(service, 'pay {"amount": 50000}');
  const look = async (): Promise<string[]> => {
    const { approvals, count } = await listPending(service, { limit: 30, riskiest: true, caller });
    expect([approvals.length, count]).toEqual([30, 41]);
    return approvals.slice(0, 2).map(({ approvalId }) => approvalId);
  };
  const [first, oldest] = await look();
  expect(first).toBe(high.approvalId);
  // What is known by then is in the same order, and what came since is looked at.
  const higher = await startPaused(service, 'pay {"amount": 90000}');
  const { approvals } = await listPending(service, { limit: 30, riskiest: true, caller });
  expect(approvals.slice(0, 3).map(({ approvalId }) => approvalId)).toEqual([
    high.approvalId,
    higher.approvalId,
    oldest,
  ]);
});

it("the story of a long run begins by saying how much of it is left out", async () => {
  const turns = Array.from({ length: 360 }, (_, index) => [call("look", {}, `c${index}`)]);
  const model = createScriptedModel([...turns, [call("pay", {})], [message("Done.")]]);
  const rest = { description: "Something.", parameters: z.object({}), execute: () => "Done." };
  const tools = [
    tool({ name: "look", ...rest }),
    tool({ name: "pay", ...rest, needsApproval: true }),
  ];
  const service = await (await openSite()).open([new Agent({ name: "Long", model, tools })]);
  const runId = await service.start({ input: "Pay.", maxTurns: null });
  const { approvals } = await waitFor(service, runId, "awaiting_approval");
  const id = approvals[0]?.approvalId ?? "";
  const { story } = await showStory(service, { id, caller });
  expect(story).toHaveLength(1_001);
  expect(story[0]?.says).toMatch(
    new RegExp(`^\\d+ lines from here on are left out: holdpoint show ${runId} shows all$`),
  );
});
