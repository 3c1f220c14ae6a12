import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Agent } from "../../src/agents/agent.ts";
import { defineToolInputGuardrail, type ToolInputGuardrail } from "../../src/agents/guardrail.ts";
import type { AgentOutputItem } from "../../src/agents/items.ts";
import { RunContext } from "../../src/agents/run-context.ts";
import { call, message, type ScriptedTurn } from "../../src/models/scripted.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { entriesOf, noting } from "../support/journal-text.ts";
import { createLatch, untilIdle } from "../support/latch.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  pauseThen,
  type Stage,
} from "../support/scenario.ts";
import { askWeather, chief, desk, told } from "../support/team.ts";

const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const warm = message("It is warm.");
const done = message("Done.");

const tellReason = (_context: unknown, error: unknown): string =>
  error instanceof Error ? error.message : "?";

function noteHooks(agent: Agent, stage: Stage): void {
  const { name } = agent;
  agent.on("agent_start", () => void stage.notes.push(`${name} starts`));
  agent.on("agent_tool_start", (_context, tool) => {
    stage.notes.push(`${name} begins ${tool.name}`);
  });
  agent.on("agent_tool_end", (_context, tool, result) => {
    stage.notes.push(`${name} ends ${tool.name}: ${result}`);
  });
  agent.on("agent_end", () => void stage.notes.push(`${name} ends`));
}

/** Notes what the inner tool has for a context. */
function contextNoting(stage: Stage): Agent {
  const getTemperature = stage.getTemperature({
    execute: ({ city }, context) => {
      stage.notes.push(context?.context);
      return city;
    },
  });
  return chief(stage, { tools: [askWeather(stage, { agent: { tools: [getTemperature] } })] });
}

/** A run in which each agent has nobody but the next to ask, and the last has the gated tool. */
async function journalOf(depth: number): Promise<{ entries: number; bytes: number }> {
  const names = Array.from({ length: depth }, (_, index) => `agent_${index}`);
  const down = names.map((_, index) => [call(`ask_${index + 1}`, { input: "Go." }, `d${index}`)]);
  const stage = createStage([...down, [oakland], ...names.map(() => [done]), [done]]);
  const bottom = stage.agent({ name: `agent_${depth}` });
  const agent = names.reduceRight((next, name, index) => {
    const tools = [next.asTool({ toolName: `ask_${index + 1}` })];
    return stage.agent({ name, tools });
  }, bottom);
  const runner = new Runner();
  const { state } = await runner.run(agent, "How warm is it?");
  for (const item of state.getInterruptions()) state.approve(item);
  const result = await runner.run(agent, state);
  expect(result.finalOutput).toBe("Done.");
  expect(stage.model.requests).toHaveLength(2 * (depth + 1));
  const text = result.state.toString();
  return { entries: entriesOf(result.state).length, bytes: text.length };
}

const steps = (numbers: number[]): number[] =>
  numbers.slice(1).map((number, index) => number - numbers[index]!);

describe("what goes on around an inner run", () => {
  const failed = "An error occurred while running the tool. Please try again.";

  it("T-103 hooks and input guardrails come once over a pause", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => {
        const guardrail = defineToolInputGuardrail({
          name: "look_twice",
          run: ({ toolCall }) => {
            stage.notes.push(`guards ${toolCall.callId}`);
            return { behavior: { type: "allow" } };
          },
        });
        const inner = stage.agent();
        const delegate = inner.asTool({ toolName: "ask_weather" });
        const outer = chief(stage, { tools: [{ ...delegate, inputGuardrails: [guardrail] }] });
        for (const agent of [inner, outer]) noteHooks(agent, stage);
        return outer;
      },
      decide: [decideNothing, approveAll],
    });
    expect(played.notes).toEqual([
      "chief starts",
      "guards d1",
      "chief begins ask_weather",
      "weather starts",
      "weather begins get_temperature",
      "weather ends get_temperature: Oakland: 20 C",
      "weather ends",
      "chief ends ask_weather: It is warm.",
      "chief ends",
    ]);
  });

  it("T-103 the runner's hooks hear of the outer run alone, once", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage),
      listen: (runner, stage) => {
        runner.on(
          "agent_start",
          (_context, agent) => void stage.notes.push(`${agent.name} starts`),
        );
        runner.on("agent_tool_start", (_context, agent, tool) => {
          stage.notes.push(`${agent.name} begins ${tool.name}`);
        });
        runner.on("agent_tool_end", (_context, agent, tool, result) => {
          stage.notes.push(`${agent.name} ends ${tool.name}: ${result}`);
        });
        runner.on("agent_end", (_context, agent) => void stage.notes.push(`${agent.name} ends`));
      },
      decide: [decideNothing, approveAll],
    });
    expect(played.notes).toEqual([
      "chief starts",
      "chief begins ask_weather",
      "chief ends ask_weather: It is warm.",
      "chief ends",
    ]);
  });

  it("counts the inner turns against a limit of their own", async () => {
    const paris2 = call("get_temperature", { city: "Paris" }, "c2");
    const played = await pauseThen({
      script: [[delegation], [oakland], [paris2], [done]],
      agent: (stage) =>
        chief(stage, { tools: [askWeather(stage, { runOptions: { maxTurns: 2 } })] }),
      options: () => ({ maxTurns: 2 }),
      decide: [approveAll, approveAll],
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")], turn: 1 },
      { interruptions: [asked("c2", "Paris")], turn: 1 },
      {
        inputs: [[ask, delegation, answered(delegation, failed)]],
        executions: [ran("c2", "Paris")],
        turn: 2,
      },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("hands the reason for an inner failure to the delegation's error function", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [done]],
      agent: (stage) => {
        const limited = askWeather(stage, { runOptions: { maxTurns: 1 } });
        return chief(stage, { tools: [{ ...limited, errorFunction: tellReason }] });
      },
      decide: [approveAll],
    });
    expect(played.stops[1]?.inputs).toEqual([
      [ask, delegation, answered(delegation, "Max turns (1) exceeded")],
    ]);
  });

  const overloaded = Object.assign(new Error("Overloaded"), { retryable: true });

  it("can be gone on with after the inner model failed in passing, where it stopped", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], overloaded, [warm], [done]],
      agent: (stage) => chief(stage),
      decide: [approveAll, decideNothing],
    });
    const inner = [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")];
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")] },
      { inputs: [inner], executions: [ran("c1")], error: "Error: Overloaded" },
      {
        inputs: [inner, [ask, delegation, answered(delegation, "It is warm.")]],
        executions: [],
      },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("tells the outer agent of an inner model that failed for good", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], new Error("Bad request"), [done]],
      agent: (stage) => chief(stage),
      decide: [approveAll],
    });
    expect(played.stops[1]).toMatchObject({
      inputs: [
        [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
        [ask, delegation, answered(delegation, failed)],
      ],
      executions: [ran("c1")],
      turn: 2,
    });
  });

  it("leaves what waits beside an inner run whose model failed", async () => {
    const played = await pauseThen({
      script: [[paris, delegation], overloaded, [warm], [done]],
      agent: (stage) => chief(stage, { tools: [stage.getTemperature(), askWeather(stage)] }),
      decide: [noting(approveAll)],
    });
    expect(played.stops).toMatchObject([
      { error: "Error: Overloaded", interruptions: [asked("c2", "Paris", { agent: "chief" })] },
      { executions: [ran("c2", "Paris")], interruptions: [] },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("is over with the run that it is part of", async () => {
    const forbidden = call("forbidden", { city: "Rome" }, "x1");
    const toDesk = call("desk", { input: "Ask." }, "e1");
    const played = await pauseThen({
      script: [],
      agent: (stage) => {
        const [inside, replied] = [createLatch(), createLatch()];
        const answerLater = async (): Promise<AgentOutputItem[]> => {
          inside.open();
          await untilIdle();
          replied.open();
          return [call("look", { city: "Rome" }, "c9")];
        };
        const endLater = async (): Promise<AgentOutputItem[]> => {
          await replied.opened;
          await untilIdle();
          return [done];
        };
        const trip: ToolInputGuardrail = {
          name: "never",
          async run() {
            await inside.opened;
            return { behavior: { type: "throwException" } };
          },
        };
        const ofModel = (script: ScriptedTurn[]) => ({ model: createStage(script).model });
        const looking = [stage.cityTool("look")];
        const weather = askWeather(stage, { agent: { ...ofModel([answerLater]), tools: looking } });
        const tools = [weather, stage.cityTool("forbidden", { inputGuardrails: [trip] })];
        const ofDesk = ofModel([[delegation, forbidden]]);
        const clerk = stage.agent({ name: "desk", ...ofDesk, tools });
        return chief(stage, { ...ofModel([[toDesk], endLater]), tools: [clerk.asTool()] });
      },
    });
    expect(played.stops).toMatchObject([{ executions: [], interruptions: [], turn: 2 }]);
    expect(played.items[1]).toMatchObject({ output: failed });
    expect(played.finalOutput).toBe("Done.");
  });

  it("whose input cannot be made is told to the outer agent, and does not begin", async () => {
    const played = await pauseThen({
      script: [[delegation], [done]],
      agent: (stage) => {
        const inputBuilder = (): string => {
          throw new Error("No words");
        };
        const delegate = { ...askWeather(stage, { inputBuilder }), errorFunction: tellReason };
        return chief(stage, { tools: [delegate] });
      },
    });
    expect(played.stops[0]?.inputs).toEqual([
      [ask],
      [ask, delegation, answered(delegation, "No words")],
    ]);
  });

  it("that misuses a handoff is told to the outer agent, too", async () => {
    const transfer = call("transfer_to_weather", { reason: 1 }, "h1");
    const toDesk = call("desk", { input: "Ask." }, "e1");
    const inputType = z.object({ reason: z.string() });
    const played = await pauseThen({
      script: [[toDesk], [transfer], [done]],
      agent: (stage) => {
        const clerk = desk(stage, { handoff: { inputType, onHandoff: () => undefined } });
        return chief(stage, { tools: [clerk.asTool()] });
      },
    });
    expect(played.stops[0]?.inputs).toEqual([
      [ask],
      [told("Ask.")],
      [ask, toDesk, answered(toDesk, failed)],
    ]);
  });
});

describe("the context", () => {
  const script: ScriptedTurn[] = [[delegation], [oakland], [warm], [done]];

  it("T-105 of the run is that of its inner runs, over a pause", async () => {
    const played = await pauseThen({
      script,
      agent: contextNoting,
      options: () => ({ context: { user: "ann" } }),
      decide: [approveAll],
    });
    expect(played.notes).toEqual([{ user: "ann" }]);
  });

  it("T-105 given on resume takes its place, and leaves the decisions", async () => {
    const played = await pauseThen({
      script,
      agent: contextNoting,
      options: () => ({ context: { user: "ann" } }),
      resumeOptions: () => ({ context: { user: "bob" } }),
      decide: [approveAll],
    });
    expect(played.notes).toEqual([{ user: "bob" }]);
    expect(played.stops[1]?.executions).toEqual([ran("c1")]);
  });

  it("T-105 given on loading takes its place, and leaves the decisions", async () => {
    const stage = createStage(script);
    const result = await new Runner().run(contextNoting(stage), "How warm is it?", {
      context: { user: "ann" },
    });
    for (const item of result.interruptions) result.state.approve(item);
    const agent = contextNoting(stage);
    const text = result.state.toString();
    const state = await RunState.fromStringWithContext(agent, text, { user: "eve" });
    const last = await new Runner().run(agent, state);
    expect(last.finalOutput).toBe("Done.");
    expect(stage.notes).toEqual([{ user: "eve" }]);
  });

  it("has the arguments of the delegation as tool input, where it declares its own", async () => {
    const parameters = z.object({ place: z.string(), days: z.number().default(2) });
    const structured = call("ask_weather", { place: "Oakland", days: 5 }, "d1");
    const played = await pauseThen({
      script: [[structured], [oakland], [warm], [done]],
      agent: (stage) => {
        const getTemperature = stage.getTemperature({
          execute: ({ city }, context) => {
            stage.notes.push(context?.toolInput);
            return city;
          },
        });
        const delegate = askWeather(stage, {
          parameters,
          agent: { tools: [getTemperature] },
        });
        return chief(stage, { tools: [delegate] });
      },
      decide: [approveAll],
    });
    expect(played.notes).toEqual([{ place: "Oakland", days: 5 }]);
  });
});

describe("one context object for two runs", () => {
  it("has for each the tool input of its own inner run", async () => {
    const context = new RunContext({});
    const parameters = z.object({ place: z.string() });
    for (const place of ["Oakland", "Paris"]) {
      const stage = createStage([
        [call("ask_weather", { place }, "d1")],
        [call("look", { city: "Rome" }, "c1")],
        [warm],
        [done],
      ]);
      const look = stage.cityTool("look", {
        execute: (_args, inside) => void stage.notes.push(inside?.toolInput),
      });
      const delegate = askWeather(stage, { parameters, agent: { tools: [look] } });
      await new Runner().run(chief(stage, { tools: [delegate] }), "How warm is it?", { context });
      expect(stage.notes).toEqual([{ place }]);
    }
  });
});

describe("the journal of nested runs", () => {
  it("grows by the same for every level, up to seven deep", async () => {
    const journals = [];
    for (let depth = 0; depth <= 7; depth += 1) journals.push(await journalOf(depth));
    const entries = steps(journals.map((journal) => journal.entries));
    expect(new Set(entries)).toEqual(new Set([entries[0]]));
    // But for paths, which are longer further down.
    const bytes = steps(journals.map((journal) => journal.bytes));
    expect(Math.max(...bytes)).toBeLessThan(1.2 * Math.min(...bytes));
  });
});
