import * as sdk from "@openai/agents";
import { z } from "zod";
import { describe, expect, it } from "vitest";

import {
  Agent,
  createMemoryRunStore,
  exportOpenAI,
  run,
  RunState,
  tool,
  type AnyAgent,
} from "../../src/index.ts";
import { createAgentRegistry } from "../../src/runs/agent-registry.ts";
import { createRunService } from "../../src/runs/run-service.ts";
import { call, createScriptedModel } from "../../src/testing.ts";

function clerk(
  options: { execute?: () => string; turns?: Parameters<typeof createScriptedModel>[0] } = {},
): AnyAgent {
  const { execute = () => "20C", turns = [[call("measure", { city: "Rome" }, "c1")]] } = options;
  return new Agent({
    name: "Clerk",
    model: createScriptedModel(turns),
    tools: [
      tool({
        name: "measure",
        description: "Measures.",
        parameters: z.object({ city: z.string() }),
        needsApproval: true,
        errorFunction: null,
        execute,
      }),
    ],
  });
}

describe("the text of a run for @openai/agents", () => {
  it("is one that the package writes again as it is", async () => {
    const { state } = await run(clerk(), "Hi");
    const item = state.getInterruptions()[0]!;
    state.approve(item);
    const text = await exportOpenAI(state);
    const there = new sdk.Agent({
      name: "Clerk",
      tools: [
        sdk.tool({
          name: "measure",
          description: "Measures.",
          parameters: z.object({ city: z.string() }),
          needsApproval: true,
          execute: () => "20C",
        }),
      ],
    });
    const state2 = await sdk.RunState.fromString(there, text);
    const again = JSON.parse(state2.toString());
    const { approvalInvocations, functionApprovals, context } = again.context;
    expect(again.$schemaVersion).toBe("1.22");
    expect(functionApprovals).toEqual(JSON.parse(text).context.functionApprovals);
    expect(approvalInvocations).toEqual(JSON.parse(text).context.approvalInvocations);
    expect(context).toEqual({});
    // And the way back here is the same run, as far as it goes.
    const back = await RunState.fromString(clerk(), text);
    const query = { toolName: "measure", callId: "c1" };
    expect(back.context.isToolApproved(query)).toBe(true);
  });

  it("is refused where the arguments were changed by whoever approved", async () => {
    const { state } = await run(clerk(), "Hi");
    state.approve(state.getInterruptions()[0]!, { arguments: { city: "Bonn" } });
    await expect(exportOpenAI(state)).rejects.toThrow(
      "Cannot write this run for the OpenAI Agents SDK: call c1 was approved with other arguments",
    );
  });

  it("is refused where it is not known what came of a call", async () => {
    const agent = clerk({
      execute: () => {
        throw new Error("lost");
      },
    });
    const { state } = await run(agent, "Hi");
    state.approve(state.getInterruptions()[0]!);
    const failed = await run(agent, state).then(
      () => state,
      (error: { state: RunState }) => error.state,
    );
    await expect(exportOpenAI(failed)).rejects.toThrow("what came of call c1 is not known");
  });

  it("is refused for a run that failed", async () => {
    const agent = clerk({ turns: [[call("unknown", {}, "c1")]] });
    const failed = await run(agent, "Hi").then(
      () => undefined,
      (error: { state: RunState }) => error.state,
    );
    await expect(exportOpenAI(failed!)).rejects.toThrow("it failed, and such a run does not go on");
  });

  it("has the plain part of its context", async () => {
    const context = { user: "Ann", at: new Date(0), client: new Map() };
    const { state } = await run(clerk(), "Hi", { context });
    expect(JSON.parse(await exportOpenAI(state)).context.context).toEqual({
      user: "Ann",
      at: "1970-01-01T00:00:00.000Z",
    });
  });

  it("is refused for a context that is no object there", async () => {
    const { state } = await run(clerk(), "Hi", { context: ["a"] });
    await expect(exportOpenAI(state)).rejects.toThrow("its context is no object");
  });

  it("is written of a stored run whose agent is here", async () => {
    const agent = clerk();
    const parts = { store: createMemoryRunStore(), log: { info: () => {}, warn: () => {} } };
    const registry = createAgentRegistry([{ agent, source: "demo#Clerk" }], {});
    const service = createRunService({ ...parts, registry });
    const runId = await service.start({ input: "Hi" });
    await service.wait(runId, { timeoutMs: 10_000 });
    const { currentStep } = JSON.parse(await service.exportState(runId));
    expect(currentStep.data.interruptions).toHaveLength(1);
    const desk = createRunService({ ...parts, registry: createAgentRegistry([], {}) });
    await expect(desk.exportState(runId)).rejects.toThrow(
      "its agent is demo#Clerk, which is not here",
    );
    await service.close();
  });
});
