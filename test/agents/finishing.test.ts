import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { FunctionToolResult, ToolUseBehavior } from "../../src/agents/agent-options.ts";
import { Agent } from "../../src/agents/agent.ts";
import { call, message } from "../../src/models/scripted.ts";
import { run } from "../../src/agents/face/run.ts";
import { ran } from "../support/expected.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  failOnce,
  pauseThen,
  rejectAll,
  reload,
  type Scenario,
  type Stage,
} from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_humidity", { city: "Paris" }, "c2");
const rome = call("get_wind", { city: "Rome" }, "c3");
const done = message("Done.");

/** Agents with a gated tool and two free ones. */
function stoppingAt(toolUseBehavior: ToolUseBehavior): NonNullable<Scenario["agent"]> {
  return (stage) =>
    stage.agent({
      toolUseBehavior,
      tools: [
        stage.getTemperature(),
        stage.cityTool("get_humidity", { execute: ({ city }) => `${city}: 40 %` }),
        stage.cityTool("get_wind", { execute: ({ city }) => `${city}: 3 m/s` }),
      ],
    });
}

describe("a run that ends with the output of a tool", () => {
  it("T-84 stop_on_first_tool: the approved tool's output is the final one", async () => {
    const played = await pauseThen({
      script: [[oakland]],
      agent: stoppingAt("stop_on_first_tool"),
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("Oakland: 20 C");
    expect(played.stops[1]).toMatchObject({ inputs: [], executions: [ran("c1")], turn: 1 });
  });

  it("T-85 stop_on_first_tool: a rejection is no output, the model goes on", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: stoppingAt("stop_on_first_tool"),
      decide: [rejectAll],
    });
    expect(played.finalOutput).toBe("Done.");
    expect(played.stops[1]?.executions).toEqual([]);
  });

  it("T-85 stop_on_first_tool: of a rejected and a free call the free one's ends the run", async () => {
    const played = await pauseThen({
      script: [[oakland, paris]],
      agent: stoppingAt("stop_on_first_tool"),
      decide: [rejectAll],
    });
    expect(played.finalOutput).toBe("Paris: 40 %");
  });

  it.each([
    { order: "the gated one first", calls: [oakland, paris], output: "Oakland: 20 C" },
    { order: "the free one first", calls: [paris, oakland], output: "Paris: 40 %" },
  ])("T-86 free and gated, $order: pauses, then the first in call order", async (given) => {
    const { calls, output } = given;
    const played = await pauseThen({
      script: [calls],
      agent: stoppingAt("stop_on_first_tool"),
      decide: [approveAll],
    });
    expect(played.stops[0]).toMatchObject({ executions: [{ callId: "c2" }], turn: 1 });
    expect(played.stops[0]?.interruptions).toHaveLength(1);
    expect(played.finalOutput).toBe(output);
  });

  it("T-87 stopAtToolNames: only those that are named", async () => {
    const stopAtToolNames = ["get_wind"];
    const played = await pauseThen({
      script: [[oakland, paris], [rome]],
      agent: stoppingAt({ stopAtToolNames }),
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("Rome: 3 m/s");
    expect(played.stops[1]?.inputs).toHaveLength(1);
  });

  it("T-87 stopAtToolNames: one that finished before the pause counts after it", async () => {
    const played = await pauseThen({
      script: [[oakland, paris]],
      agent: stoppingAt({ stopAtToolNames: ["get_humidity"] }),
      decide: [approveAll],
    });
    expect(played.stops[0]).toMatchObject({ executions: [{ callId: "c2" }] });
    expect(played.finalOutput).toBe("Paris: 40 %");
  });

  it("T-88 a function sees the results of the whole response, and decides", async () => {
    const seen: string[][] = [];
    const decides = async (_context: unknown, results: FunctionToolResult[]) => {
      seen.push(results.map(({ tool, output }) => `${tool.name}: ${String(output)}`));
      return { isFinalOutput: true as const, finalOutput: `${results.length} results` };
    };
    const played = await pauseThen({
      script: [[paris, oakland, rome]],
      agent: stoppingAt(decides),
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("3 results");
    const all = [
      "get_humidity: Paris: 40 %",
      "get_temperature: Oakland: 20 C",
      "get_wind: Rome: 3 m/s",
    ];
    expect(seen).toEqual([all, all, all, all]);
  });

  it("T-88 a function that fails loses no output: nothing is run again", async () => {
    const failing = (stage: Stage) => async () => {
      failOnce(stage, "The judge is out");
      return { isFinalOutput: true as const, finalOutput: "Judged." };
    };
    const played = await pauseThen({
      script: [[paris, oakland]],
      agent: (stage) => stoppingAt(failing(stage))(stage),
      decide: [approveAll, decideNothing],
    });
    expect(played.stops[1]).toMatchObject({ executions: [ran("c1")], turn: 1 });
    expect(played.stops[1]?.error).toContain("The judge is out");
    expect(played.stops[2]).toMatchObject({ executions: [], interruptions: [], turn: 1 });
    expect(played.finalOutput).toBe("Judged.");
  });

  it("T-88 a function that decides against it lets the model go on", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: stoppingAt(async () => ({ isFinalOutput: false as const })),
      decide: [approveAll],
    });
    expect(played.finalOutput).toBe("Done.");
  });
});

describe("a structured final output over a pause", () => {
  const report = z.object({ city: z.string(), degrees: z.number().default(20) });
  const definition = {
    type: "json_schema" as const,
    name: "report",
    strict: true,
    schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  };
  const text = message('{"city":"Oakland"}');

  it.each([
    { name: "zod", outputType: report, output: { city: "Oakland", degrees: 20 } },
    { name: "JSON Schema", outputType: definition, output: { city: "Oakland" } },
  ])("T-91 is parsed, after reload and resume: $name", async ({ outputType, output }) => {
    const stage = createStage([[oakland], [text]]);
    const agent = () =>
      new Agent({
        name: "weather",
        model: stage.model,
        tools: [stage.getTemperature()],
        outputType,
      });
    const { state } = await run(agent(), "Hello");
    const loaded = await reload(agent(), state);
    for (const item of loaded.getInterruptions()) loaded.approve(item);
    const result = await run(agent(), loaded);
    expect(result.finalOutput).toEqual(output);
    const again = await run(agent(), await reload(agent(), result.state));
    expect(again.finalOutput).toEqual(output);
    expect(stage.model.requests[0]?.outputType).toMatchObject({ type: "json_schema" });
  });

  it("T-91 that does not fit is the model's fault, and its text is not in the error", async () => {
    const stage = createStage([[oakland], [message('{"town":"canary-4711"}')]]);
    const agent = () =>
      new Agent({
        name: "weather",
        model: stage.model,
        tools: [stage.getTemperature()],
        outputType: report,
      });
    const { state } = await run(agent(), "Hello");
    for (const item of state.getInterruptions()) state.approve(item);
    const error = await run(agent(), state).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "ModelBehaviorError", code: "model_behavior" });
    expect((error as Error).message).not.toContain("canary");
    expect(stage.executions).toHaveLength(1);
  });
});
