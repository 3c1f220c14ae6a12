import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Agent } from "../../src/agents/agent.ts";
import { defineToolInputGuardrail } from "../../src/agents/guardrail.ts";
import { handoff } from "../../src/agents/handoff.ts";
import type { Model, ModelResponse, ResponseStreamEvent } from "../../src/agents/model.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import type { RunToolApprovalItem } from "../../src/agents/face/run-items.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { approveAll, decideNothing, pauseThen, type Stage } from "../support/scenario.ts";

const MALFORMED =
  "An error occurred while parsing tool arguments. Please try again with valid JSON.";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const unknown = call("launch_rocket", { city: "Oakland" }, "u1");
const free = call("get_humidity", { city: "Rome" }, "f1");
const done = message("Done.");
const weather = (stage: Stage): Agent =>
  stage.agent({ tools: [stage.getTemperature(), stage.cityTool("get_humidity")] });

function disabled(stage: Stage): Agent {
  return stage.agent({ tools: [stage.getTemperature({ isEnabled: false })] });
}

describe("a tool that the agent does not have", () => {
  const problem = "ModelBehaviorError: Tool launch_rocket not found in agent weather.";
  const failedStop = {
    inputs: [[ask]],
    executions: [],
    interruptions: [],
    turn: 1,
    events: callEvents(3),
    error: problem,
  };

  it("ends the run before anything of the response runs or is asked about", async () => {
    const played = await pauseThen({
      agent: weather,
      script: [[free, oakland, unknown]],
      decide: [decideNothing],
    });
    expect(played.stops).toEqual([failedStop, { ...failedStop, inputs: [], events: [] }]);
  });

  it("is told to the model where that is configured; the others go on", async () => {
    const played = await pauseThen({
      agent: weather,
      config: { toolNotFoundBehavior: "return_error_to_model" },
      script: [[free, oakland, unknown], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [ran("f1", "Rome", "get_humidity")],
        interruptions: [asked("c1")],
        turn: 1,
        events: [...callEvents(3), "tool_output", "tool_approval_requested", "tool_output"],
      },
      {
        inputs: [
          [
            ask,
            free,
            oakland,
            unknown,
            answered(free, "Rome: 20 C"),
            answered(oakland, "Oakland: 20 C"),
            answered(unknown, "Tool 'launch_rocket' not found."),
          ],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
  });

  it("is one that is disabled, too: the run ends", async () => {
    const played = await pauseThen({ agent: disabled, script: [[oakland]] });
    expect(played.stops).toMatchObject([
      {
        executions: [],
        interruptions: [],
        error: "ModelBehaviorError: Tool get_temperature not found in agent weather.",
      },
    ]);
  });

  it("is one that is disabled, too: the model is told", async () => {
    const played = await pauseThen({
      agent: disabled,
      config: { toolNotFoundBehavior: "return_error_to_model" },
      script: [[oakland], [done]],
    });
    expect(played.stops).toMatchObject([
      {
        inputs: [[ask], [ask, oakland, answered(oakland, "Tool 'get_temperature' not found.")]],
        executions: [],
        interruptions: [],
      },
    ]);
  });

  it("is a handoff that is disabled, too: the model is told", async () => {
    const transfer = call("transfer_to_clerk", {}, "h1");
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          handoffs: [handoff(stage.agent({ name: "clerk" }), { isEnabled: false })],
        }),
      config: { toolNotFoundBehavior: "return_error_to_model" },
      script: [[transfer], [done]],
    });
    expect(played.stops).toMatchObject([
      {
        inputs: [[ask], [ask, transfer, answered(transfer, "Tool 'transfer_to_clerk' not found.")]],
        interruptions: [],
      },
    ]);
  });
});

describe("arguments that cannot be used", () => {
  const unreadable = call("get_humidity", '{"city": ', "f1");
  const unfit = call("get_humidity", { town: "Rome" }, "f2");

  it("are told to the model, and the tool does not run", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.cityTool("get_humidity", { errorFunction: () => "Unfit." })] }),
      script: [[unreadable, unfit], [done]],
    });
    expect(played.stops).toEqual([
      {
        inputs: [
          [ask],
          [ask, unreadable, unfit, answered(unreadable, MALFORMED), answered(unfit, "Unfit.")],
        ],
        executions: [],
        interruptions: [],
        turn: 2,
        events: [...callEvents(2), "tool_output", "tool_output", ...messageEvents(1)],
      },
    ]);
  });

  it("end the activation where the tool wants errors thrown; the call is settled", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.cityTool("get_humidity", { errorFunction: null })] }),
      script: [[unfit], [done]],
      decide: [decideNothing],
    });
    expect(played.stops).toMatchObject([
      { executions: [], error: expect.stringMatching(/^ToolCallError: .*get_humidity/) },
      {
        inputs: [[ask, unfit, answered(unfit, "The arguments of this call could not be used.")]],
        executions: [],
      },
    ]);
  });

  it("of a gated tool do not run when they are approved", async () => {
    const gated = call("get_temperature", { town: "Rome" }, "c1");
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.getTemperature({ errorFunction: () => "Unfit." })] }),
      script: [[gated], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toMatchObject([
      { executions: [], interruptions: [asked("c1", "", { arguments: gated.arguments })] },
      { inputs: [[ask, gated, answered(gated, "Unfit.")]], executions: [], interruptions: [] },
    ]);
  });
});

describe("a policy that never answers", () => {
  it("leaves nothing ungated behind when the run is aborted; it is asked again", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.getTemperature({
              needsApproval: () => {
                const abort = stage.notes.pop();
                if (!(abort instanceof AbortController)) return true;
                abort.abort(new Error("Enough"));
                return new Promise<boolean>(() => {});
              },
            }),
          ],
        }),
      options: (stage) => {
        const abort = new AbortController();
        stage.notes.push(abort);
        return { signal: abort.signal };
      },
      script: [[oakland], [done]],
      decide: [decideNothing, approveAll],
    });
    expect(played.stops).toMatchObject([
      { executions: [], interruptions: [], error: "Error: Enough" },
      { inputs: [], executions: [], interruptions: [asked("c1")] },
      { executions: [ran("c1")], interruptions: [] },
    ]);
  });
});

describe("a run that failed while calls waited", () => {
  it("waits for nobody any more, and no nested run goes on", async () => {
    const asks = call("ask_weather", { input: "Oakland?" }, "o1");
    const gatedHumidity = call("get_humidity", { city: "Rome" }, "c2");
    const played = await pauseThen({
      agent: (stage) => {
        const trip = defineToolInputGuardrail({
          name: "never",
          run: () => ({ behavior: { type: "throwException" } }),
        });
        const humidity = { needsApproval: true, inputGuardrails: [trip] };
        return stage.agent({
          name: "desk",
          tools: [
            stage.agent().asTool({ toolName: "ask_weather" }),
            stage.cityTool("get_humidity", humidity),
          ],
        });
      },
      script: [[asks, gatedHumidity], [oakland], [done]],
      decide: [
        (state, items, stage) => {
          const [inner, outer] = items;
          stage.notes.push(inner);
          state.approve(outer!);
        },
        (state, _items, stage) => {
          const inner = stage.notes.pop() as RunToolApprovalItem;
          try {
            state.approve(inner);
          } catch (error) {
            stage.notes.push((error as Error).name);
          }
        },
      ],
    });
    const tripped = expect.stringContaining("ToolInputGuardrailTripwireTriggered");
    expect(played.stops).toMatchObject([
      {
        executions: [],
        interruptions: [asked("c1"), asked("c2", "Rome", { agent: "desk", tool: "get_humidity" })],
      },
      { inputs: [], executions: [], interruptions: [], error: tripped },
      { inputs: [], executions: [], interruptions: [], error: expect.anything() },
    ]);
  });
});

/** An agent with another one as a tool. */
function withAgentTool(stage: Stage): Agent {
  return stage.agent({
    name: "desk",
    tools: [stage.agent().asTool({ toolName: "ask_weather" })],
  });
}

/** The same names, but the tool is a function now. */
function withFunction(stage: Stage): Agent {
  const askWeather = tool({
    name: "ask_weather",
    description: "",
    parameters: z.object({ input: z.string() }),
    execute: () => "by hand",
  });
  return stage.agent({ name: "desk", tools: [askWeather], handoffs: [stage.agent()] });
}

describe("an agent used as a tool that became something else", () => {
  it("ends the activation, not in a circle, and can be gone on with by the old code", async () => {
    const asks = call("ask_weather", { input: "Oakland?" }, "o1");
    const played = await pauseThen({
      agent: withAgentTool,
      redeployed: withFunction,
      script: [[asks], [oakland], [message("Warm.")], [done]],
      decide: [approveAll],
    });
    expect(played.stops[1]).toMatchObject({
      executions: [ran("c1")],
      error: expect.stringMatching(/^UserError: .*ask_weather/),
    });
  });
});

function answering(response: unknown): Model {
  return {
    getResponse: async () => response as ModelResponse,
    async *getStreamedResponse() {
      yield { type: "response_done", response } as ResponseStreamEvent;
    },
  };
}

describe("a model's response that is none", () => {
  it.each([
    ["no output", { usage: {} }],
    ["an output that is no list", { usage: {}, output: "Hello." }],
    ["an item that is no object", { usage: {}, output: ["Hello."] }],
    ["a call without arguments", { usage: {}, output: [{ type: "function_call", callId: "c1" }] }],
    ["a call whose id is a number", { usage: {}, output: [{ ...oakland, callId: 7 }] }],
  ])("(%s) ends the activation; the run can be gone on with", async (_what, response) => {
    const played = await pauseThen({
      agent: (stage) => stage.agent({ model: answering(response) }),
      redeployed: (stage) => stage.agent(),
      script: [[done]],
      decide: [decideNothing],
    });
    expect(played.stops).toMatchObject([
      {
        executions: [],
        interruptions: [],
        turn: 0,
        error: expect.stringMatching(/^ModelBehaviorError: The model's response cannot be used: /),
      },
      { inputs: [[ask]], turn: 1 },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });
});
