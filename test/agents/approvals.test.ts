import { describe, expect, it } from "vitest";

import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import {
  approveAll,
  decideNothing,
  pauseThen,
  rejectAll,
  type Decide,
} from "../support/scenario.ts";

const REJECTED = "Tool execution was not approved.";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const humidity = (city: string, id: string) => call("get_humidity", { city }, id);
const done = message("Done.");
const paused = [...callEvents(1), "tool_approval_requested"];
const pausedTwice = [...callEvents(2), "tool_approval_requested", "tool_approval_requested"];
const approveFirst: Decide = (state, [first]) => state.approve(first!);

/** The stop after a response with one gated call. */
const firstStop = {
  inputs: [[ask]],
  executions: [],
  interruptions: [asked("c1")],
  turn: 1,
  events: paused,
};

describe("a gated call", () => {
  it("T-01 pauses the run before the tool runs", async () => {
    const played = await pauseThen({ script: [[oakland]] });
    expect(played.stops).toEqual([firstStop]);
    expect(played.finalOutput).toBeUndefined();
    expect(played.items).toEqual([
      { type: "tool_call_item", rawItem: oakland, agent: { name: "weather" } },
      {
        type: "tool_approval_item",
        rawItem: oakland,
        agent: { name: "weather" },
        toolName: "get_temperature",
        kind: "tool_call",
        path: [],
      },
    ]);
    expect(played.usage).toEqual({ requests: 1, inputTokens: 10, outputTokens: 1 });
  });

  it("T-02 runs once when approved, with the original arguments", async () => {
    const played = await pauseThen({ script: [[oakland], [done]], decide: [approveAll] });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.items.map(({ type, rawItem, output }) => [type, rawItem, output])).toEqual([
      ["tool_call_item", oakland, undefined],
      ["tool_call_output_item", answered(oakland, "Oakland: 20 C"), "Oakland: 20 C"],
      ["message_output_item", done, undefined],
    ]);
    expect(played.usage).toEqual({ requests: 2, inputTokens: 30, outputTokens: 3 });
  });

  it("T-03 does not run when rejected: the model is told", async () => {
    const played = await pauseThen({ script: [[oakland], [done]], decide: [rejectAll] });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [[ask, oakland, answered(oakland, REJECTED)]],
        executions: [],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("T-04 stays as it is when the run is gone on with undecided", async () => {
    const first = await pauseThen({ script: [[oakland]] });
    const played = await pauseThen({ script: [[oakland]], decide: [decideNothing, decideNothing] });
    const unchanged = { ...firstStop, inputs: [], events: [] };
    expect(played.stops).toEqual([firstStop, unchanged, unchanged]);
    expect(played.items).toEqual(first.items);
    expect(played.usage).toEqual(first.usage);
  });

  it("T-08 rejected with an empty text tells the model just that", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [(state, [item]) => state.reject(item!, { message: "" })],
    });
    expect(played.stops[1]?.inputs).toEqual([[ask, oakland, answered(oakland, "")]]);
    expect(played.stops[1]?.executions).toEqual([]);
  });
});

describe("several calls in one response", () => {
  it("T-05 runs the free ones before the pause, and only the gated one after it", async () => {
    const [before, after] = [humidity("Oakland", "f1"), humidity("Rome", "f2")];
    const played = await pauseThen({
      script: [[before, oakland, after], [done]],
      agent: (stage) =>
        stage.agent({ tools: [stage.getTemperature(), stage.cityTool("get_humidity")] }),
      decide: [approveAll],
    });
    const calls = [before, oakland, after];
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [ran("f1", "Oakland", "get_humidity"), ran("f2", "Rome", "get_humidity")],
        interruptions: [asked("c1")],
        turn: 1,
        events: [...callEvents(3), "tool_output", "tool_approval_requested", "tool_output"],
      },
      {
        inputs: [
          [
            ask,
            ...calls,
            answered(before, "Oakland: 20 C"),
            answered(oakland, "Oakland: 20 C"),
            answered(after, "Rome: 20 C"),
          ],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.items.map(({ type }) => type)).toEqual([
      ...calls.map(() => "tool_call_item"),
      ...calls.map(() => "tool_call_output_item"),
      "message_output_item",
    ]);
  });

  it("T-06 approves one and rejects the other, outputs in call order", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [done]],
      decide: [
        (state, [first, second]) => {
          // The later decision is about the earlier call.
          state.reject(second!, { message: "Paris is  off\nlimits" });
          state.approve(first!);
        },
      ],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [],
        interruptions: [asked("c1"), asked("c2", "Paris")],
        turn: 1,
        events: pausedTwice,
      },
      {
        inputs: [
          [
            ask,
            oakland,
            paris,
            answered(oakland, "Oakland: 20 C"),
            answered(paris, "Paris is  off\nlimits"),
          ],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", "tool_output", ...messageEvents(1)],
      },
    ]);
  });

  it("T-07 runs what is decided at once, and asks the model when all is", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [done]],
      decide: [(state, [, second]) => state.approve(second!), approveFirst],
    });
    expect(played.stops.slice(1)).toEqual([
      {
        inputs: [],
        executions: [ran("c2", "Paris")],
        interruptions: [asked("c1")],
        turn: 1,
        events: ["tool_output"],
      },
      {
        inputs: [
          [ask, oakland, paris, answered(oakland, "Oakland: 20 C"), answered(paris, "Paris: 20 C")],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
  });
});
