import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Agent } from "../../src/agents/agent.ts";
import type { AgentOutputItem, FunctionCallItem } from "../../src/agents/items.ts";
import type { Model } from "../../src/agents/model.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { approveAll, pauseThen, type Stage } from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const done = message("Done.");
const paused = [...callEvents(1), "tool_approval_requested"];
const resumed = ["tool_output", ...messageEvents(1)];
const firstStop = {
  inputs: [[ask]],
  executions: [],
  interruptions: [asked("c1")],
  turn: 1,
  events: paused,
};
const approvedStop = {
  inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]],
  executions: [ran("c1")],
  interruptions: [],
  turn: 2,
  events: resumed,
};

describe("a call id that comes again", () => {
  const reused =
    "ModelBehaviorError: Tool call ID c1 was reused for a different invocation after its output was committed.";
  const afterFirst = [ask, oakland, answered(oakland, "Oakland: 20 C")];

  it("T-36 another call with the same arguments asks again", async () => {
    const again = { ...oakland, callId: "c2", id: "fc_c2" };
    const played = await pauseThen({
      script: [[oakland], [again], [done]],
      decide: [approveAll, approveAll],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [afterFirst],
        executions: [ran("c1")],
        interruptions: [asked("c2")],
        turn: 2,
        events: ["tool_output", ...paused],
      },
      {
        inputs: [[...afterFirst, again, answered(again, "Oakland: 20 C")]],
        executions: [ran("c2")],
        interruptions: [],
        turn: 3,
        events: resumed,
      },
    ]);
  });

  it.each<[string, FunctionCallItem]>([
    ["T-37 with other arguments", call("get_temperature", { city: "Rome" }, "c1")],
    ["T-39 for another tool", call("get_humidity", { city: "Oakland" }, "c1")],
    ["T-40 for a handoff", call("transfer_to_clerk", {}, "c1")],
  ])("%s: the run ends before anything of the response runs", async (_how, again) => {
    const free = call("get_humidity", { city: "Paris" }, "f1");
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [stage.getTemperature(), stage.cityTool("get_humidity")],
          handoffs: [stage.agent({ name: "clerk", tools: [] })],
        }),
      script: [[oakland], [free, again]],
      decide: [approveAll],
    });
    const name = again.name.startsWith("transfer") ? "handoff_requested" : "tool_called";
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [afterFirst],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...callEvents(1), name],
        error: reused,
      },
    ]);
  });

  it.each<[string, FunctionCallItem]>([
    ["T-38 the very same call", oakland],
    [
      "T-45 the same call with other metadata",
      {
        ...oakland,
        id: "fc_other",
        status: "in_progress",
        providerData: { sequence: 7 },
        caller: null,
      },
    ],
    ["T-44 the same call in other words", { ...oakland, arguments: '{ "city" : "Oakland" }' }],
  ])("%s is neither run nor shown again", async (_how, again) => {
    const played = await pauseThen({
      script: [[oakland], [again], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [afterFirst, afterFirst],
        executions: [ran("c1")],
        interruptions: [],
        turn: 3,
        events: ["tool_output", "response_started", "response_done", ...messageEvents(1)],
      },
    ]);
    expect(played.usage.requests).toBe(3);
  });

  it("T-38 a repetition beside a message does not make that the last word", async () => {
    const played = await pauseThen({
      script: [[oakland], [message("Once more."), oakland], [done]],
      decide: [approveAll],
    });
    expect(played.stops[1]).toMatchObject({
      inputs: [afterFirst, [...afterFirst, message("Once more.")]],
      executions: [ran("c1")],
    });
    expect(played.finalOutput).toBe("Done.");
  });
});

/** An agent whose tool notes every question of its policy. */
function asking(stage: Stage, model: Model): Agent {
  const needsApproval = (): boolean => stage.notes.push("asked") === 0;
  return stage.agent({ model, tools: [stage.getTemperature({ needsApproval })] });
}

/** The stop of a run that ended with the first response. */
function refused(problem: string) {
  return {
    inputs: [[ask]],
    executions: [],
    interruptions: [],
    turn: 1,
    events: callEvents(2),
    error: `ModelBehaviorError: ${problem}`,
  };
}

describe("call ids within one response", () => {
  it("T-41 two calls that are the same are one: one approval, one run", async () => {
    const played = await pauseThen({
      script: [[oakland, oakland], [done]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([firstStop, approvedStop]);
  });

  it("T-42 one id for two calls: nothing runs and no policy is asked", async () => {
    const other = call("get_temperature", { city: "Paris" }, "c1");
    const played = await pauseThen({
      agent: (stage) => asking(stage, stage.model),
      script: [[oakland, other]],
    });
    const problem = "Tool call ID c1 was reused for different tool invocations in the same run.";
    expect(played.stops).toEqual([refused(problem)]);
    expect(played.notes).toEqual([]);
  });

  it("T-43 a call without an id: nothing runs and no policy is asked", async () => {
    const played = await pauseThen({
      agent: (stage) => asking(stage, withoutCallId(stage.model, "c1")),
      script: [[paris, oakland]],
    });
    const problem = 'The model called "get_temperature" without a call id';
    expect(played.stops).toEqual([refused(problem)]);
    expect(played.notes).toEqual([]);
  });
});

/** A model like another one, but for an id that it leaves out. */
function withoutCallId(model: Model, callId: string): Model {
  const leaveOut = (output: AgentOutputItem[]): AgentOutputItem[] =>
    output.map((item) =>
      item.type === "function_call" && item.callId === callId ? { ...item, callId: "" } : item,
    );
  return {
    async getResponse(request) {
      const response = await model.getResponse(request);
      return { ...response, output: leaveOut(response.output) };
    },
    async *getStreamedResponse(request) {
      for await (const event of model.getStreamedResponse(request)) {
        if (event.type !== "response_done") yield event;
        else {
          const { response } = event;
          yield { ...event, response: { ...response, output: leaveOut(response.output) } };
        }
      }
    },
  };
}

function forecast(text: string): FunctionCallItem {
  return call("get_forecast", text, "c1");
}

/** An agent with a free tool of two parameters. */
function forecaster(stage: Stage): Agent {
  const getForecast = tool({
    name: "get_forecast",
    description: "Answers.",
    parameters: z.object({ city: z.string(), days: z.number() }),
    execute: (args) => {
      stage.notes.push(args);
      return "Rain.";
    },
  });
  return stage.agent({ tools: [getForecast] });
}

describe("what counts as the same arguments", () => {
  it.each([
    ["the keys in another order", '{"days":1,"city":"Oakland"}'],
    ["1.0 for 1", '{"city":"Oakland","days":1.0}'],
    ["1e0 for 1", '{"city":"Oakland","days":1e0}'],
    ["an escape for a letter", '{"city":"\\u004fakland","days":1}'],
  ])("T-44 %s: the same call", async (_how, text) => {
    const first = forecast('{"city":"Oakland","days":1}');
    const played = await pauseThen({
      agent: forecaster,
      script: [[first], [forecast(text)], [done]],
    });
    const history = [ask, first, answered(first, "Rain.")];
    expect(played.stops[0]).toMatchObject({ inputs: [[ask], history, history] });
    expect(played.notes).toEqual([{ city: "Oakland", days: 1 }]);
  });

  it("T-44 an integer beyond the safe ones is not taken for its neighbour", async () => {
    const played = await pauseThen({
      agent: forecaster,
      script: [
        [forecast('{"city":"Oakland","days":9007199254740992}')],
        [forecast('{"city":"Oakland","days":9007199254740993}')],
      ],
    });
    expect(played.stops[0]?.error).toMatch(/Tool call ID c1 was reused/);
    expect(played.notes).toEqual([]);
  });
});

describe("a tool that changed while its call waited", () => {
  const reason = "The tool's definition changed since this call was asked about";
  const description = "Reads every thermometer of a city.";

  it.each<[string, boolean]>([
    ["exact", false],
    ["sticky", true],
  ])("T-46 an %s approval of the old tool does not run the new one", async (_kind, always) => {
    const played = await pauseThen({
      redeployed: (stage) =>
        stage.agent({ tools: [stage.getTemperature({ description, needsApproval: false })] }),
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => state.approve(item!, { alwaysApprove: always }),
        (state, [item]) => state.approve(item!),
      ],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [],
        executions: [],
        interruptions: [asked("c1", "Oakland", { reason })],
        turn: 1,
        events: ["tool_approval_requested"],
      },
      approvedStop,
    ]);
  });
});

describe("an item that was changed", () => {
  it("T-52 cannot be approved: arguments are changed openly", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => {
          const { approvalId, name, rawItem } = item!;
          const proposed = rawItem.arguments;
          const changed = { ...rawItem, arguments: JSON.stringify({ city: "Paris" }) };
          expect(() => state.approve({ approvalId, name, rawItem: changed })).toThrow(
            "Cannot decide on call c1: the item was changed",
          );
          expect(() => state.reject({ name, rawItem: changed })).toThrow("the item was changed");
          expect(() => Object.assign(item!, { arguments: "{}" })).toThrow(TypeError);
          rawItem.arguments = changed.arguments;
          expect(() => state.approve(item!)).toThrow("the item was changed");
          expect(state.getInterruptions()[0]?.arguments).toBe(proposed);
        },
        (state, [item]) => state.approve(item!, { arguments: { city: "Paris" } }),
      ],
    });
    const note = 'The approver changed the arguments of this call to: {"city":"Paris"}';
    expect(played.stops).toEqual([
      firstStop,
      { ...firstStop, inputs: [], events: [] },
      {
        ...approvedStop,
        inputs: [[ask, oakland, answered(oakland, `${note}\nParis: 20 C`)]],
        executions: [ran("c1", "Paris")],
      },
    ]);
  });
});
