import { z } from "zod";
import { describe, expect, it } from "vitest";

import { Agent, createMemoryRunStore, tool, type AnyAgent } from "../../src/index.ts";
import { createJournal } from "../support/journal.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import type { RunGates } from "../../src/runs/go-on.ts";
import { createRunService, type RunService } from "../../src/runs/run-service.ts";
import type { RunConfig } from "../../src/agents/face/config.ts";
import { createScriptedModel, message } from "../../src/testing.ts";
import { foreignText } from "./fixtures.ts";

const person = { by: "Ada (OS user)", channel: "terminal", level: "person" } as const;
const client = { ...person, level: "client" } as const;

interface Options {
  config?: RunConfig;
  gates?: RunGates;
  more?: AnyAgent[];
}

function open({ config = {}, gates, more = [] }: Options = {}): {
  service: RunService;
  did: string[];
} {
  const did: string[] = [];
  const weather = new Agent({
    name: "Weather Assistant",
    model: createScriptedModel([[message("Warm.")]]),
    tools: [
      tool({
        name: "get_temperature",
        description: "Temperature of a city",
        parameters: z.object({ city: z.string() }),
        needsApproval: true,
        execute: ({ city }) => {
          did.push(city);
          return "20C";
        },
      }),
    ],
  });
  const entries = [weather, ...more].map((agent) => ({ agent, source: `demo#${agent.name}` }));
  const service = createRunService({
    store: createMemoryRunStore(),
    registry: createAgentRegistry(entries, config),
    config,
    gates,
    log: { info: () => {}, warn: () => {} },
  });
  return { service, did };
}

const waiting = foreignText("js-b1-two-pending");
const decided = foreignText("js-b2-approved-and-rejected-with-message");
const asIs = { decidedBy: person, takesApprovals: false };

describe("a state that is imported into a store", () => {
  it("waits there, and is decided like any run", async () => {
    const { service, did } = open();
    const { runId } = await service.importState(waiting, asIs);
    const { approvals } = await service.pending({ runId, limit: 10 });
    expect(approvals.map(({ action }) => action).toSorted()).toEqual([
      'get_temperature {"city":"Oakland"}',
      'get_temperature {"city":"Paris"}',
    ]);
    expect(did).toEqual([]);
    expect((await service.get(runId)).status).toBe("awaiting_approval");
    for (const { approvalId } of approvals) {
      await service.decide(approvalId, { decision: "approved", ...person });
    }
    const report = await service.wait(runId, { timeoutMs: 10_000 });
    expect(report).toMatchObject({ status: "completed", output: "Warm." });
    expect(did.toSorted()).toEqual(["Oakland", "Paris"]);
    await service.close();
  });

  it("is one run, however often it is imported", async () => {
    const { service } = open();
    const { runId } = await service.importState(waiting, asIs);
    await expect(service.importState(waiting, asIs)).rejects.toThrow(
      `This state is imported already: it is run ${runId}`,
    );
    await service.close();
  });

  it("asks again what a text says was approved, and keeps what it says was rejected", async () => {
    const { service, did } = open();
    const { runId } = await service.importState(decided, asIs);
    const { approvals } = await service.pending({ runId, limit: 10 });
    expect(approvals.map(({ action, reason }) => [action, reason])).toEqual([
      [
        'get_temperature {"city":"Oakland"}',
        "The state says that this call was approved where it was written; that does not count here",
      ],
    ]);
    expect(did).toEqual([]);
    await service.close();
  });

  it("takes approvals over where whoever imports it may give them", async () => {
    const { service, did } = open({ config: { approver: "person" } });
    const { runId } = await service.importState(decided, {
      decidedBy: person,
      takesApprovals: true,
    });
    service.recover();
    expect(await service.wait(runId, { timeoutMs: 10_000 })).toMatchObject({ output: "Warm." });
    expect(did).toEqual(["Oakland"]);
    expect((await service.decided(runId)).map(({ decision }) => decision?.text)).toEqual([
      expect.stringContaining("Ada (OS user)"),
      expect.stringContaining("Ada (OS user)"),
    ]);
    await service.close();
  });

  it.each(["js-b2-approved-and-rejected-with-message", "js-c1-sticky-always-approve"])(
    "takes no approval over from whom that would not do: %s",
    async (name) => {
      const { service, did } = open({ config: { approver: "person" } });
      const text = foreignText(name);
      const { runId } = await service.importState(text, {
        decidedBy: client,
        takesApprovals: true,
      });
      service.recover();
      const report = await service.wait(runId, { timeoutMs: 10_000 });
      expect(report.status).toBe("awaiting_approval");
      expect(did).toEqual([]);
      const { state } = createJournal(await service.journal(runId));
      expect(state.sticky.size).toBe(0);
      await service.close();
    },
  );

  it("is asked about by the rules of this process", async () => {
    const policy: RunGates["policy"] = ({ arguments: args }) =>
      JSON.stringify(args).includes("Paris")
        ? { verdict: "deny", reason: "Not Paris" }
        : { verdict: "ask", reason: "Cities cost", approver: "confirm" };
    const { service, did } = open({ gates: { policy } });
    const { runId } = await service.importState(waiting, asIs);
    service.recover();
    await service.wait(runId, { timeoutMs: 10_000 });
    const { approvals } = await service.pending({ runId, limit: 10 });
    expect(approvals.map(({ action, reason, approver }) => [action, reason, approver])).toEqual([
      ['get_temperature {"city":"Oakland"}', "Cities cost", "confirm"],
    ]);
    expect(did).toEqual([]);
    await service.close();
  });

  it("finds the agent that reaches the state's, or wants it named", async () => {
    const other = new Agent({ name: "Other", model: createScriptedModel([]) });
    const alone = open({ more: [other] });
    const { runId } = await alone.service.importState(waiting, asIs);
    expect(await alone.service.get(runId)).toMatchObject({ agent: "Weather Assistant" });
    await expect(alone.service.importState(decided, { ...asIs, agent: "Other" })).rejects.toThrow(
      "Agent Weather Assistant not found",
    );
    await alone.service.close();
  });
});
