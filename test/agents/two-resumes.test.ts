import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import { call, message } from "../../src/models/scripted.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { ran } from "../support/expected.ts";
import { createStage, question } from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const done = message("Done.");

async function pauseAt(agent: Agent): Promise<RunState> {
  return (await new Runner().run(agent, question)).state;
}

describe.each([{ stream: false }, { stream: true }])("one state, two resumes ($stream)", (way) => {
  /** Goes on with a state, and waits for the end. */
  async function resume(agent: Agent, state: RunState): Promise<unknown> {
    const runner = new Runner();
    if (!way.stream) return (await runner.run(agent, state)).finalOutput;
    const result = await runner.run(agent, state, { stream: true });
    await result.completed;
    return result.finalOutput;
  }

  it("T-53 a text resumed twice: the second catches up, the tool runs once", async () => {
    const stage = createStage([[oakland], [done]]);
    const agent = stage.agent();
    const state = await pauseAt(agent);
    state.approve(state.getInterruptions()[0]!);
    const text = state.toString();
    const first = await RunState.fromString(stage.agent(), text);
    const second = await RunState.fromString(stage.agent(), text);
    expect(await resume(stage.agent(), first)).toBe("Done.");
    expect(await resume(stage.agent(), second)).toBe("Done.");
    const late = await RunState.fromString(stage.agent(), text);
    expect(await resume(stage.agent(), late)).toBe("Done.");
    expect(stage.executions).toEqual([ran("c1")]);
    expect(stage.model.requests).toHaveLength(2);
  });

  it("T-53 a text that decides what was decided otherwise is a conflict", async () => {
    const stage = createStage([[oakland], [done]]);
    const agent = stage.agent();
    const text = (await pauseAt(agent)).toString();
    const approving = await RunState.fromString(agent, text);
    const rejecting = await RunState.fromString(agent, text);
    approving.approve(approving.getInterruptions()[0]!);
    rejecting.reject(rejecting.getInterruptions()[0]!);
    expect(await resume(agent, approving)).toBe("Done.");
    const error: unknown = await resume(agent, rejecting).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConflictError);
    expect(error).toMatchObject({ state: rejecting });
    expect(stage.executions).toEqual([ran("c1")]);
    expect(stage.model.requests).toHaveLength(2);
  });

  it("T-54 of two resumes at once exactly one proceeds", async () => {
    const stage = createStage([[oakland], [done]]);
    const agent = stage.agent();
    const state = await pauseAt(agent);
    state.approve(state.getInterruptions()[0]!);
    const outcomes = await Promise.allSettled([resume(agent, state), resume(agent, state)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const refused = outcomes.find(({ status }) => status === "rejected");
    expect(refused).toMatchObject({ reason: { code: "conflict", state: { runId: state.runId } } });
    expect(stage.executions).toEqual([ran("c1")]);
    expect(stage.model.requests).toHaveLength(2);
  });

  it("T-54 the refused one does not take the run's context from the other", async () => {
    const stage = createStage([[oakland, paris], [done]]);
    const started = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const agent = stage.agent({
      tools: [
        stage.getTemperature({
          async execute({ city }, context) {
            if (city === "Oakland") {
              started.resolve();
              await released.promise;
              context?.approveTool({ name: "get_temperature", rawItem: paris });
            }
            return `${city}: 20 C`;
          },
        }),
      ],
    });
    const state = await pauseAt(agent);
    state.approve(state.getInterruptions()[0]!);
    const first = resume(agent, state);
    await started.promise;
    await expect(resume(agent, state)).rejects.toThrow(ConflictError);
    released.resolve();
    expect(await first).toBe("Done.");
    expect(stage.executions).toEqual([ran("c1"), ran("c2", "Paris")]);
  });
});
