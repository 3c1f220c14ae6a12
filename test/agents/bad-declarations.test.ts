import { describe, expect, it } from "vitest";

import { Agent } from "../../src/agents/agent.ts";
import { UserError } from "../../src/agents/errors.ts";
import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { run, type RunInput } from "../../src/agents/face/run.ts";
import { createStage, question } from "../support/scenario.ts";

const stage = createStage([]);

function humidity(): FunctionTool {
  return stage.cityTool("get_humidity");
}

/** The message that a run is refused with, before any model is called. */
async function refusal(agent: Agent, input: unknown[] = [question]): Promise<string> {
  const error: unknown = await run(agent, input[0] as RunInput).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(stage.model.requests).toEqual([]);
  return (error as UserError).message;
}

describe("what is refused before anything runs", () => {
  it("two agents of one name, however far apart", async () => {
    const clerk = stage.agent({ name: "clerk", tools: [stage.agent().asTool()] });
    const root = stage.agent({ handoffs: [clerk] });
    expect(await refusal(root)).toContain('two different agents are named "weather"');
  });

  it("two tools of one name, or of a tool's and a handoff's", async () => {
    expect(await refusal(stage.agent({ tools: [humidity(), humidity()] }))).toContain(
      'two of its tools are named "get_humidity"',
    );
    const transfer = stage.agent({
      tools: [stage.cityTool("transfer_to_clerk")],
      handoffs: [stage.agent({ name: "clerk" })],
    });
    expect(await refusal(transfer)).toContain('two of its tools are named "transfer_to_clerk"');
  });

  it("agents that are tools of each other", async () => {
    const one = stage.agent({ name: "one", tools: [] });
    const two = stage.agent({ name: "two", tools: [one.asTool({ toolName: "ask_one" })] });
    one.tools = [two.asTool({ toolName: "ask_two" })];
    expect(await refusal(one)).toBe(
      'Cannot run agents that are tools of each other: "one" -> "two" -> "one"',
    );
    one.tools = [one.asTool({ toolName: "ask_one" })];
    expect(await refusal(one)).toBe(
      'Cannot run agents that are tools of each other: "one" -> "one"',
    );
  });

  it("a gate that cannot be understood, and a tool that lacks a part", async () => {
    const gated = { ...humidity(), needsApproval: "always" } as unknown as FunctionTool;
    expect(await refusal(stage.agent({ tools: [gated] }))).toContain('"get_humidity"');
    const foreign = { type: "function", name: "get_humidity", parameters: {}, invoke: () => "" };
    const tools = [foreign as unknown as FunctionTool];
    expect(await refusal(stage.agent({ tools }))).toContain('"get_humidity"');
  });

  it("input that is neither text, items nor a state", async () => {
    for (const input of [undefined, null, 7, {}]) {
      expect(await refusal(stage.agent(), [input])).toContain("input");
    }
  });

  it.each([[Number.NaN], [-1], [1.5], ["10"]])("a turn limit of %s", async (limit) => {
    const error: unknown = await run(stage.agent(), question, {
      maxTurns: limit as number,
    }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain("maxTurns");
  });

  it("an agent without a name", () => {
    expect(() => new Agent({ name: " " })).toThrow(UserError);
  });
});
