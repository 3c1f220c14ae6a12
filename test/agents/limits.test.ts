import { describe, expect, it } from "vitest";

import { MaxTurnsExceededError } from "../../src/agents/errors.ts";
import { call, message } from "../../src/models/scripted.ts";
import { run } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { approveAll, createStage, decideNothing, pauseThen } from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const done = message("Done.");
const exceeded = (limit: number): string => `MaxTurnsExceededError: Max turns (${limit}) exceeded`;

describe("a turn limit over a pause", () => {
  it("T-80 reached: the approved tool runs, then the run stops at the next model call", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      options: () => ({ maxTurns: 1 }),
      decide: [approveAll],
    });
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], executions: [], interruptions: [asked("c1")], turn: 1 },
      { inputs: [], executions: [ran("c1")], interruptions: [], turn: 1, error: exceeded(1) },
    ]);
  });

  it("T-80 the output of the approved tool is in the state of the error", async () => {
    const stage = createStage([[oakland], [done]]);
    const { state } = await run(stage.agent(), "Hello", { maxTurns: 1 });
    for (const item of state.getInterruptions()) state.approve(item);
    const error = await run(stage.agent(), state).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(MaxTurnsExceededError);
    expect(error).toMatchObject({ code: "max_turns_exceeded" });
    expect(JSON.stringify((error as MaxTurnsExceededError).state)).toContain("Oakland: 20 C");
  });

  it("T-81 raised on resume: the run completes", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      options: () => ({ maxTurns: 1 }),
      resumeOptions: () => ({ maxTurns: 2 }),
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("Done.");
  });

  it.each([null, Infinity, 2])("T-81 raised to %s once it was reached", async (maxTurns) => {
    const stage = createStage([[oakland], [done]]);
    const { state } = await run(stage.agent(), "Hello", { maxTurns: 1 });
    for (const item of state.getInterruptions()) state.approve(item);
    const error = await run(stage.agent(), state).catch((thrown: MaxTurnsExceededError) => thrown);
    const result = await run(stage.agent(), error.state!, { maxTurns });
    expect(result.finalOutput).toBe("Done.");
    expect(result.state.maxTurns).toBe(maxTurns === Infinity ? null : maxTurns);
    expect(stage.executions).toHaveLength(1);
  });

  it("T-81 given on resume but not raised, it stays", async () => {
    const played = await pauseThen({
      script: [[oakland], [paris], [done]],
      options: () => ({ maxTurns: 3 }),
      resumeOptions: () => ({ maxTurns: 1 }),
      decide: [approveAll, approveAll],
    });
    expect(played.finalOutput).toBe("Done.");
  });

  it("stays reached, however often the run is gone on with", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      options: () => ({ maxTurns: 1 }),
      decide: [approveAll, decideNothing, decideNothing],
    });
    expect(played.stops.map(({ error, turn }) => [error, turn])).toEqual([
      [undefined, 1],
      [exceeded(1), 1],
      [exceeded(1), 1],
      [exceeded(1), 1],
    ]);
    expect(played.stops.flatMap(({ executions }) => executions)).toEqual([ran("c1")]);
  });

  it("T-82 of the original run is kept", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      options: () => ({ maxTurns: 20 }),
      decide: [
        (state, items, stage) => {
          stage.notes.push(state.maxTurns);
          return approveAll(state, items, stage);
        },
      ],
    });
    expect(played.notes).toEqual([20]);
  });

  it("T-83 that is none stays none", async () => {
    const calls = Array.from({ length: 12 }, (_, turn) => [
      call("get_temperature", { city: "Oakland" }, `c${turn}`),
    ]);
    const played = await pauseThen({
      script: [...calls, [done]],
      options: () => ({ maxTurns: null }),
      decide: [
        (state, [item], stage) => {
          stage.notes.push(state.maxTurns);
          state.approve(item!, { alwaysApprove: true });
        },
      ],
    });
    expect(played.notes).toEqual([null]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.stops.at(-1)?.turn).toBe(13);
  });

  it("T-90 a handler supplies the output although the tool ran already", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      options: () => ({ maxTurns: 1 }),
      config: {
        errorHandlers: {
          maxTurns: ({ error, runData }) => ({
            finalOutput: `${error.name} after ${runData.newItems.length} items`,
          }),
        },
      },
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("MaxTurnsExceededError after 2 items");
    expect(played.stops[1]?.executions).toEqual([ran("c1")]);
  });

  it("T-90 a handler that supplies none leaves the error, and the run goes on with more", async () => {
    const stage = createStage([[oakland], [done]]);
    const options = { maxTurns: 1, errorHandlers: { default: () => undefined } };
    const { state } = await run(stage.agent(), "Hello", options);
    for (const item of state.getInterruptions()) state.approve(item);
    const error = await run(stage.agent(), state, options).catch(
      (thrown: MaxTurnsExceededError) => thrown,
    );
    const result = await run(stage.agent(), error.state!, { maxTurns: 2 });
    expect(result.finalOutput).toBe("Done.");
  });
});

describe("a forced tool choice over a pause", () => {
  it("T-89 lapses once the tool was used", async () => {
    const stage = createStage([[oakland], [done]]);
    const agent = () => stage.agent({ modelSettings: { toolChoice: "required" } });
    const { state } = await run(agent(), "Hello");
    for (const item of state.getInterruptions()) state.approve(item);
    await run(agent(), state);
    const choices = stage.model.requests.map(({ modelSettings }) => modelSettings.toolChoice);
    expect(choices).toEqual(["required", undefined]);
  });

  it("T-89 stays where the agent says so", async () => {
    const stage = createStage([[oakland], [done]]);
    const agent = () =>
      stage.agent({ modelSettings: { toolChoice: "required" }, resetToolChoice: false });
    const { state } = await run(agent(), "Hello");
    for (const item of state.getInterruptions()) state.approve(item);
    await run(agent(), state);
    const choices = stage.model.requests.map(({ modelSettings }) => modelSettings.toolChoice);
    expect(choices).toEqual(["required", "required"]);
  });
});

describe("the order of outputs", () => {
  it("is that of the calls, over however many passes", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [done]],
      decide: [(state, items) => state.approve(items[1]!), approveAll],
    });
    expect(played.stops.at(-1)?.inputs).toEqual([
      [ask, oakland, paris, answered(oakland, "Oakland: 20 C"), answered(paris, "Paris: 20 C")],
    ]);
  });
});
