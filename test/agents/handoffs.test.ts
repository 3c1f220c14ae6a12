import { describe, expect, it } from "vitest";
import { z } from "zod";

import type { Agent } from "../../src/agents/agent.ts";
import type { FunctionCallItem, FunctionCallResultItem } from "../../src/agents/items.ts";
import type { ModelRequest } from "../../src/agents/model.ts";
import { call, message } from "../../src/models/scripted.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { noting } from "../support/journal-text.ts";
import { approveAll, pauseThen, rejectAll, type Scenario } from "../support/scenario.ts";
import { desk, moved } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const toWeather = call("transfer_to_weather", {}, "h1");
const toSports = call("transfer_to_sports", {}, "h2");
const done = message("Done.");

function ignored(transfer: FunctionCallItem): FunctionCallResultItem {
  return answered(transfer, "Multiple handoffs detected, ignoring this one.");
}

const handoffEvents = [
  "response_started",
  "response_done",
  "handoff_requested",
  "handoff_occurred",
  "agent_updated_stream_event",
];

describe("a handoff", () => {
  it("T-92 pauses in the agent handed to, and is gone on with from the first", async () => {
    const played = await pauseThen({
      script: [[toWeather], [oakland], [done]],
      agent: (stage) => desk(stage),
      decide: [noting(approveAll)],
    });
    const second = [ask, toWeather, moved(toWeather)];
    expect(played.stops).toEqual([
      {
        inputs: [[ask], second],
        executions: [],
        interruptions: [asked("c1")],
        turn: 2,
        events: [...handoffEvents, ...callEvents(1), "tool_approval_requested"],
      },
      {
        inputs: [[...second, oakland, answered(oakland, "Oakland: 20 C")]],
        executions: [ran("c1")],
        interruptions: [],
        turn: 3,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.notes).toEqual([["weather", []]]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.items.map(({ type, agent }) => [type, agent])).toEqual([
      ["handoff_call_item", { name: "desk" }],
      ["handoff_output_item", undefined],
      ["tool_call_item", { name: "weather" }],
      ["tool_call_output_item", { name: "weather" }],
      ["message_output_item", { name: "weather" }],
    ]);
    expect(played.items[1]).toMatchObject({
      sourceAgent: { name: "desk" },
      targetAgent: { name: "weather" },
    });
  });

  it("T-92 is not gone on with from the agent that it stopped in", async () => {
    const played = await pauseThen({
      script: [[toWeather], [oakland], [done]],
      agent: (stage) => desk(stage),
      decide: [
        async (state, _items, stage) => {
          const text = state.toString();
          await expect(RunState.fromString(stage.agent(), text)).rejects.toMatchObject({
            code: "unknown_agent",
            message: expect.stringContaining("Agent desk not found"),
          });
          const strangers = desk(stage, { handoffs: [] });
          await expect(RunState.fromString(strangers, text)).rejects.toMatchObject({
            code: "unknown_agent",
            message: expect.stringContaining("Agent weather not found"),
          });
        },
      ],
    });
    expect(played.stops[1]?.interruptions).toEqual([asked("c1")]);
  });

  it.each<[string, FunctionCallItem[]]>([
    ["before it", [oakland, toWeather]],
    ["after it", [toWeather, oakland]],
  ])("T-93 waits for a gated call of its response, %s", async (_where, calls) => {
    const played = await pauseThen({
      script: [calls, [done]],
      agent: (stage) => desk(stage, { tools: [stage.getTemperature()] }),
      decide: [noting(approveAll)],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [],
        interruptions: [asked("c1", "Oakland", { agent: "desk" })],
        turn: 1,
        events: expect.not.arrayContaining(["handoff_occurred", "agent_updated_stream_event"]),
      },
      {
        inputs: [[ask, ...calls, answered(oakland, "Oakland: 20 C"), moved(toWeather)]],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: [
          "tool_output",
          "handoff_occurred",
          "agent_updated_stream_event",
          ...messageEvents(1),
        ],
      },
    ]);
    expect(played.notes).toEqual([["desk", []]]);
    expect(played.items.at(-1)).toMatchObject({ agent: { name: "weather" } });
  });

  it("T-93 also follows a rejected call", async () => {
    const played = await pauseThen({
      script: [[oakland, toWeather], [done]],
      agent: (stage) => desk(stage, { tools: [stage.getTemperature()] }),
      decide: [rejectAll],
    });
    const refused = answered(oakland, "Tool execution was not approved.");
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, toWeather, refused, moved(toWeather)]],
      executions: [],
    });
    expect(played.items.at(-1)).toMatchObject({ agent: { name: "weather" } });
  });

  const twoHandoffs: Scenario = {
    script: [[toSports, oakland, toWeather], [done]],
    agent: (stage) =>
      desk(stage, {
        tools: [stage.getTemperature()],
        handoffs: [stage.agent(), stage.agent({ name: "sports", tools: [] })],
      }),
    decide: [approveAll],
  };

  it("T-94 of two the first is taken once the gated call is done, the other dropped", async () => {
    const played = await pauseThen(twoHandoffs);
    expect(played.stops).toEqual([
      expect.objectContaining({
        inputs: [[ask]],
        executions: [],
        interruptions: [asked("c1", "Oakland", { agent: "desk" })],
        turn: 1,
      }),
      {
        inputs: [
          [ask, toSports, oakland, answered(oakland, "Oakland: 20 C"), moved(toSports, "sports")],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: [
          "tool_output",
          "handoff_occurred",
          "agent_updated_stream_event",
          ...messageEvents(1),
        ],
      },
    ]);
    expect(played.items.at(-1)).toMatchObject({ agent: { name: "sports" } });
    expect(JSON.stringify(played.items)).not.toContain("transfer_to_weather");
  });

  it("T-94 the one dropped is answered where the provider has seen it", async () => {
    const played = await pauseThen({
      ...twoHandoffs,
      options: () => ({ conversationId: "conv_1" }),
    });
    expect(played.stops.map(({ inputs }) => inputs)).toEqual([
      [[ask]],
      [[answered(oakland, "Oakland: 20 C"), moved(toSports, "sports"), ignored(toWeather)]],
    ]);
  });

  it("goes back and forth, its turns all counted", async () => {
    const back = call("transfer_to_desk", {}, "h3");
    const again = call("transfer_to_weather", {}, "h4");
    const played = await pauseThen({
      script: [[toWeather], [back], [again], [oakland], [done]],
      agent: (stage) => {
        const first = desk(stage);
        const [weather] = first.handoffs as Agent[];
        weather!.handoffs.push(first);
        return first;
      },
      listen: (runner, stage) => {
        runner.on(
          "agent_start",
          (_context, agent) => void stage.notes.push(`${agent.name} starts`),
        );
        runner.on("agent_handoff", (_context, from, to) => {
          stage.notes.push(`${from.name} to ${to.name}`);
        });
        runner.on("agent_end", (_context, agent) => void stage.notes.push(`${agent.name} ends`));
      },
      decide: [approveAll],
    });
    const second = [ask, toWeather, moved(toWeather)];
    const third = [...second, back, moved(back, "desk")];
    const fourth = [...third, again, moved(again)];
    expect(played.stops.map(({ inputs }) => inputs)).toEqual([
      [[ask], second, third, fourth],
      [[...fourth, oakland, answered(oakland, "Oakland: 20 C")]],
    ]);
    expect(played.stops.map(({ turn }) => turn)).toEqual([4, 5]);
    expect(played.notes).toEqual([
      "desk starts",
      "desk to weather",
      "weather starts",
      "weather to desk",
      "desk starts",
      "desk to weather",
      "weather starts",
      "weather ends",
    ]);
  });
});

describe("the input of a handoff", () => {
  const inputType = z.object({ reason: z.string().trim(), urgency: z.number().default(3) });

  function scenarioOf(transfer: FunctionCallItem): Scenario {
    return {
      script: [[transfer], [done]],
      agent: (stage) =>
        desk(stage, {
          handoff: {
            inputType,
            onHandoff: (context, input) => void stage.notes.push([context.context, input]),
          },
        }),
      options: () => ({ context: { user: "ann" } }),
    };
  }

  it.each([
    ["does not fit the schema", call("transfer_to_weather", { reason: 1 }, "h1")],
    ["is no JSON", call("transfer_to_weather", "{", "h1")],
  ])("fails the run when it %s: the model erred", async (_how, transfer) => {
    const played = await pauseThen({ ...scenarioOf(transfer), decide: [() => undefined] });
    const error = "ModelBehaviorError: Invalid JSON provided";
    expect(played.notes).toEqual([]);
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], error, turn: 1 },
      { inputs: [], error, turn: 1 },
    ]);
  });

  it("is not looked at where no schema was declared", async () => {
    const transfer = call("transfer_to_weather", "whatever", "h1");
    const played = await pauseThen({
      script: [[transfer], [done]],
      agent: (stage) =>
        desk(stage, { handoff: { onHandoff: (...all) => void stage.notes.push(all.length) } }),
    });
    expect(played.notes).toEqual([1]);
    expect(played.finalOutput).toBe("Done.");
  });
});

describe("onHandoff", () => {
  it("is called once, whatever pauses follow", async () => {
    const played = await pauseThen({
      script: [[toWeather], [oakland], [done]],
      agent: (stage) =>
        desk(stage, { handoff: { onHandoff: () => void stage.notes.push("called") } }),
      decide: [() => undefined, approveAll],
    });
    expect(played.notes).toEqual(["called"]);
    expect(played.stops[2]?.executions).toEqual([ran("c1")]);
  });

  it("fails the run when it throws, which can be gone on with", async () => {
    const played = await pauseThen({
      script: [[toWeather], [done]],
      agent: (stage) =>
        desk(stage, {
          handoff: {
            onHandoff: () => {
              stage.notes.push("called");
              if (stage.notes.length === 1) throw new Error("The desk is closed");
            },
          },
        }),
      decide: [() => undefined],
    });
    expect(played.notes).toEqual(["called", "called"]);
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], error: "Error: The desk is closed" },
      { inputs: [[ask, toWeather, moved(toWeather)]] },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });
});

describe("a disabled handoff", () => {
  it("is not offered, and may be offered later", async () => {
    const look = call("look", { city: "Rome" }, "c2");
    const offered: string[][] = [];
    const noteOffers =
      (reply: FunctionCallItem) =>
      ({ handoffs }: ModelRequest): FunctionCallItem[] => {
        offered.push(handoffs.map(({ toolName }) => toolName));
        return [reply];
      };
    const played = await pauseThen({
      script: [noteOffers(look), noteOffers(toWeather), [done]],
      agent: (stage) =>
        desk(stage, {
          tools: [stage.cityTool("look")],
          handoff: { isEnabled: () => stage.executions.length > 0 },
        }),
    });
    expect(offered).toEqual(Array.from({ length: 4 }, () => [[], ["transfer_to_weather"]]).flat());
    expect(played.finalOutput).toBe("Done.");
  });
});
