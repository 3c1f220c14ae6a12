import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { run } from "../../src/agents/face/run.ts";
import { createStage, reload, type Stage } from "../support/scenario.ts";
import { parseText } from "../support/tampering.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const done = message("Done.");
const question = "How warm is it?";

/** A run that waits for one call, and a way to make its agent again. */
async function paused(script = [[oakland], [done]]): Promise<{ stage: Stage; state: RunState }> {
  const stage = createStage(script);
  const { state } = await run(stage.agent(), question);
  return { stage, state };
}

describe("a state as text", () => {
  it("T-55 has the same interruptions, and is gone on with as the live one is", async () => {
    const live = await paused();
    const saved = await paused();
    const loaded = await reload(saved.stage.agent(), saved.state);
    expect(loaded.getInterruptions().map((item) => item.toJSON())).toEqual(
      saved.state.getInterruptions().map((item) => item.toJSON()),
    );
    const outcomes = [];
    for (const { stage, state } of [live, { stage: saved.stage, state: loaded }]) {
      for (const item of state.getInterruptions()) state.approve(item);
      const result = await run(stage.agent(), state);
      const { finalOutput, history, usage } = result;
      outcomes.push({ finalOutput, history, usage, executions: stage.executions });
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]?.executions).toHaveLength(1);
  });

  it("T-55 of a text is the same text", async () => {
    const { stage, state } = await paused();
    const text = state.toString();
    const loaded = await reload(stage.agent(), state);
    expect(loaded.toString()).toBe(text);
  });

  it("T-56 keeps decisions, exact and for good, and their texts", async () => {
    const getHumidity = (stage: Stage) => stage.cityTool("get_humidity", { needsApproval: true });
    const agentOf = (stage: Stage) =>
      stage.agent({ tools: [stage.getTemperature(), getHumidity(stage)] });
    const wet = call("get_humidity", { city: "Oakland" }, "c3");
    const wetter = call("get_humidity", { city: "Paris" }, "c4");
    const stage = createStage([[oakland, wet], [paris, wetter], [done]]);
    const { state } = await run(agentOf(stage), question);
    const [warm, humid] = state.getInterruptions();
    state.approve(warm!, { alwaysApprove: true });
    state.reject(humid!, { message: "Not that." });
    const loaded = await reload(agentOf(stage), state);
    const second = await run(agentOf(stage), loaded);
    expect(stage.executions.map(({ callId }) => callId)).toEqual(["c1", "c2"]);
    expect(JSON.stringify(second.history)).toContain("Not that.");
    const [open] = second.interruptions;
    expect(open?.rawItem.callId).toBe("c4");
    second.state.reject(open!, { alwaysReject: true, message: "Never that." });
    const again = await reload(agentOf(stage), second.state);
    const query = { toolName: "get_humidity", callId: "c4" };
    expect(again.context.isToolApproved(query)).toBe(false);
    expect(again.context.getRejectionMessage("get_humidity", "c4")).toBe("Never that.");
    const last = await run(agentOf(stage), again);
    expect(JSON.stringify(last.history)).toContain("Never that.");
  });

  it("T-57 keeps the usage, call by call, and it is added to", async () => {
    const { stage, state } = await paused();
    const loaded = await reload(stage.agent(), state);
    expect(loaded.usage).toEqual(state.usage);
    expect(loaded.usage.requestUsageEntries).toHaveLength(1);
    for (const item of loaded.getInterruptions()) loaded.approve(item);
    const { usage } = await run(stage.agent(), loaded);
    expect(usage).toMatchObject({ requests: 2, inputTokens: 30, outputTokens: 3 });
    expect(usage.requestUsageEntries).toMatchObject([{ inputTokens: 10 }, { inputTokens: 20 }]);
  });

  it("T-69 may have more keys than are known, of the whole or of an entry's items", async () => {
    const { stage, state } = await paused();
    const { entries } = state.toJSON();
    const text = JSON.stringify({ savedBy: "somebody", ...state.toJSON(), comment: { a: 1 } });
    const loaded = await RunState.fromString(stage.agent(), text);
    expect(loaded.toJSON().entries).toEqual(entries);
  });

  it("T-79 of a run that is over: nothing is asked or run again, the output is the same", async () => {
    const { stage, state } = await paused();
    for (const item of state.getInterruptions()) state.approve(item);
    const ended = await run(stage.agent(), state);
    const loaded = await reload(stage.agent(), ended.state);
    const again = await run(stage.agent(), loaded);
    expect(again.finalOutput).toBe(ended.finalOutput);
    expect(again.state.toString()).toBe(ended.state.toString());
    expect(stage.model.requests).toHaveLength(2);
    expect(stage.executions).toHaveLength(1);
  });

  const directory = useTempDirectory();

  it("can be written to a file by JSON.stringify, indented or not", async () => {
    const { stage, state } = await paused();
    const path = join(await directory(), "state.json");
    await writeFile(path, JSON.stringify(state, null, 2));
    await reload(stage.agent(), state);
    const loaded = await RunState.fromString(stage.agent(), await readFile(path, "utf8"));
    for (const item of loaded.getInterruptions()) loaded.approve(item);
    expect((await run(stage.agent(), loaded)).finalOutput).toBe("Done.");
    const parsed: unknown = JSON.parse(JSON.stringify(state));
    const same = await RunState.fromJSON(stage.agent(), parsed);
    expect(same.runId).toBe(state.runId);
  });
});

describe("states of one run", () => {
  it("T-77 do not change when an interruption that they gave is changed", async () => {
    const { stage, state } = await paused();
    const text = state.toString();
    const [item] = state.getInterruptions();
    Object.assign(item!.rawItem, { arguments: '{"city":"Paris"}', callId: "c2" });
    expect(() => Object.assign(item!, { arguments: "{}" })).toThrow(TypeError);
    expect(state.toString()).toBe(text);
    expect(state.getInterruptions()[0]?.arguments).toBe('{"city":"Oakland"}');
    for (const intact of state.getInterruptions()) state.approve(intact);
    await run(stage.agent(), state);
    expect(stage.executions).toMatchObject([{ args: { city: "Oakland" } }]);
  });

  it("T-78 do not change when the run goes on", async () => {
    const { stage, state } = await paused([[oakland], [paris], [done]]);
    const first = await run(stage.agent(), state);
    const { state: before } = first;
    const pending = before.getInterruptions().map(({ rawItem }) => rawItem.callId);
    for (const item of before.getInterruptions()) before.approve(item);
    const second = await run(stage.agent(), before);
    expect(pending).toEqual(["c1"]);
    expect(before.usage.requests).toBe(1);
    expect(before.currentTurn).toBe(1);
    expect(first.finalOutput).toBeUndefined();
    expect(second.state.usage.requests).toBe(2);
    const textOfSecond = second.state.toString();
    for (const item of second.interruptions) second.state.approve(item);
    await run(stage.agent(), second.state);
    expect(second.state.usage.requests).toBe(2);
    expect(parseText(textOfSecond).entries.at(-1)?.type).toBe("approval_requested");
  });
});

describe("the context in a text", () => {
  class Counter {
    count = 0;
  }
  const countingTool = (stage: Stage) =>
    stage.getTemperature({
      execute: (args, context) => {
        (context?.context as Counter).count += 1;
        return args.city;
      },
    });
  const agentOf = (stage: Stage) => stage.agent({ tools: [countingTool(stage)] });

  it("T-72 is named in the text where it is no JSON, and lives on beside it", async () => {
    const stage = createStage([[oakland], [done]]);
    const context = new Counter();
    const { state } = await run(agentOf(stage), question, { context });
    expect(parseText(state.toString()).entries[0]).toMatchObject({ start: { givenAgain: [""] } });
    expect(JSON.stringify(state)).toBe(state.toString());
    for (const item of state.getInterruptions()) state.approve(item);
    const result = await run(agentOf(stage), state);
    expect(result.finalOutput).toBe("Done.");
    expect(context.count).toBe(1);
  });

  it("T-73 can be made an instance again by whoever loads it", async () => {
    const stage = createStage([[oakland], [done]]);
    const saved = { count: 41 };
    const { state } = await run(agentOf(stage), question, { context: saved });
    const text = state.toString();
    await reload(agentOf(stage), state);
    const plain = (await RunState.fromString(agentOf(stage), text)).context.context;
    const restored = Object.assign(new Counter(), plain);
    const loaded = await RunState.fromStringWithContext(agentOf(stage), text, restored);
    expect(loaded.context.context).toBe(restored);
    for (const item of loaded.getInterruptions()) loaded.approve(item);
    await run(agentOf(stage), loaded);
    expect(restored.count).toBe(42);
    expect(saved.count).toBe(41);
  });

  it("T-74 is replaced by one that is given; decisions stay", async () => {
    const stage = createStage([[oakland, paris], [done]]);
    const { state } = await run(agentOf(stage), question, { context: { count: 1, mine: true } });
    const [first, second] = state.getInterruptions();
    state.approve(first!);
    state.reject(second!, { message: "Not Paris." });
    const text = state.toString();
    await reload(agentOf(stage), state);
    const given = { count: 10 };
    const loaded = await RunState.fromStringWithContext(agentOf(stage), text, given);
    const result = await run(agentOf(stage), loaded);
    expect(given).toEqual({ count: 11 });
    expect(stage.executions.map(({ callId }) => callId)).toEqual(["c1"]);
    expect(JSON.stringify(result.history)).toContain("Not Paris.");
    const { context } = await reload(agentOf(stage), result.state);
    expect(context.context).toEqual({ count: 11 });
  });

  it("is that of the run, when a text is loaded that the run is ahead of", async () => {
    const stage = createStage([[oakland], new Error("The model is out"), [done]]);
    const { state } = await run(agentOf(stage), question, { context: { count: 0 } });
    const text = state.toString();
    for (const item of state.getInterruptions()) state.approve(item);
    await expect(run(agentOf(stage), state)).rejects.toThrow("The model is out");
    const behind = await RunState.fromString(agentOf(stage), text);
    const result = await run(agentOf(stage), behind);
    expect(result.finalOutput).toBe("Done.");
    expect(result.runContext.context).toEqual({ count: 1 });
    expect((await reload(agentOf(stage), result.state)).context.context).toEqual({ count: 1 });
  });
});

describe("the size of a text", () => {
  it("T-76 grows with the outputs, not faster", async () => {
    const sizes = await Promise.all([1, 2, 4, 8].map((kilobytes) => sizeWith({ kilobytes })));
    const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0));
    expect(steps).toEqual([5_000, 10_000, 20_000]);
  });

  it("T-76 grows with the depth of nested agents, not faster", async () => {
    const sizes: number[] = [];
    for (let depth = 0; depth <= 7; depth += 1) sizes.push(await sizeAtDepth(depth));
    const steps = sizes.slice(1).map((size, index) => size - (sizes[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(1.5 * Math.min(...steps));
  });

  it("T-140 of 20 turns with outputs of 1 kB is less than three times what they say", async () => {
    const turns = 20;
    const size = await sizeWith({ kilobytes: 1, turns });
    expect(size).toBeLessThan(3 * turns * 1_000);
  });
});

/** The text of a run that waits after so many turns with outputs of this size. */
async function sizeWith({ kilobytes, turns = 5 }: { kilobytes: number; turns?: number }) {
  const report = tool({
    name: "report",
    description: "Reports.",
    parameters: undefined,
    execute: () => "x".repeat(1_000 * kilobytes),
  });
  const script = Array.from({ length: turns }, (_, turn) => [call("report", {}, `call_${turn}`)]);
  const stage = createStage([...script, [oakland]]);
  const agent = stage.agent({ tools: [report, stage.getTemperature()] });
  const { state } = await run(agent, question, { maxTurns: null });
  expect(state.getInterruptions()).toHaveLength(1);
  return state.toString().length;
}

async function sizeAtDepth(depth: number): Promise<number> {
  const stage = createStage([[oakland]]);
  let agent: Agent = stage.agent();
  for (let level = depth; level > 0; level -= 1) {
    const inner = agent.asTool({ toolName: "ask" });
    const model = createScriptedModel([[call("ask", { input: question }, `c${level}`)]]);
    agent = new Agent({ name: `level_${level}`, model, tools: [inner] });
  }
  const { state } = await run(agent, question);
  expect(state.getInterruptions()).toHaveLength(1);
  return state.toString().length;
}
