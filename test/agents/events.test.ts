import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import {
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  ToolGuardrailFunctionOutputFactory,
} from "../../src/agents/guardrail.ts";
import type { Hooks } from "../../src/agents/hooks.ts";
import { call, message, reasoning } from "../../src/models/scripted.ts";
import type { RunStreamEvent } from "../../src/agents/face/events.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  eventName,
  pauseThen,
  question,
  rejectAll,
  type Stage,
} from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const humidity = (city: string, id: string) => call("get_humidity", { city }, id);
const done = message("It is 20 C, dry.");

/** An agent with a gated and a free tool. */
const weather = (stage: Stage): Agent =>
  stage.agent({ tools: [stage.getTemperature(), stage.cityTool("get_humidity")] });

/** An agent that calls its tool and says what came of it. */
function ungated(): Agent {
  const stage = createStage([[oakland], [done]]);
  return stage.agent({ tools: [stage.getTemperature({ needsApproval: false })] });
}

async function watch(runner: Runner, agent: Agent): Promise<RunStreamEvent[]> {
  const events: RunStreamEvent[] = [];
  const result = await runner.run(agent, question, { stream: true });
  for await (const event of result) events.push(event);
  await result.completed;
  return events;
}

describe("the order of streamed events", () => {
  it("T-119 model, calls, then outputs and requests in call order", async () => {
    const calls = [humidity("Oakland", "f1"), oakland, humidity("Rome", "f2")];
    const played = await pauseThen({
      agent: weather,
      script: [[reasoning("r1"), message("Let me look."), ...calls]],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [ran("f1", "Oakland", "get_humidity"), ran("f2", "Rome", "get_humidity")],
        interruptions: [asked("c1")],
        turn: 1,
        events: [
          "response_started",
          ...Array.from({ length: 3 }, () => "output_text_delta"),
          "response_done",
          "reasoning_item_created",
          "message_output_created",
          "tool_called",
          "tool_called",
          "tool_called",
          "tool_output",
          "tool_approval_requested",
          "tool_output",
        ],
      },
    ]);
  });

  it("T-119 an output waits for those of the calls before it", async () => {
    const slow = humidity("Oakland", "f1");
    const fast = humidity("Rome", "f2");
    const released = Promise.withResolvers<void>();
    const stage = createStage([[slow, fast], [done]]);
    const agent = stage.agent({
      tools: [
        stage.cityTool("get_humidity", {
          async execute({ city }) {
            if (city === "Oakland") await released.promise;
            else setImmediate(released.resolve);
            return city;
          },
        }),
      ],
    });
    const events = await watch(new Runner(), agent);
    const outputs = events.flatMap((event) =>
      event.type === "run_item_stream_event" && event.item.type === "tool_call_output_item"
        ? [event.item.output]
        : [],
    );
    expect(outputs).toEqual(["Oakland", "Rome"]);
  });

  it("T-119 a handoff: requested, occurred, and who has the conversation now", async () => {
    const transfer = call("transfer_to_clerk", {}, "h1");
    const played = await pauseThen({
      agent: (stage) => stage.agent({ handoffs: [stage.agent({ name: "clerk" })] }),
      script: [[transfer], [oakland]],
    });
    const handedOff = answered(transfer, JSON.stringify({ assistant: "clerk" }));
    expect(played.stops).toEqual([
      {
        inputs: [[ask], [ask, transfer, handedOff]],
        executions: [],
        interruptions: [asked("c1", "Oakland", { agent: "clerk" })],
        turn: 2,
        events: [
          "response_started",
          "response_done",
          "handoff_requested",
          "handoff_occurred",
          "agent_updated_stream_event",
          ...callEvents(1),
          "tool_approval_requested",
        ],
      },
    ]);
  });

  it("T-120 resumed: the output first, then the model, then its message", async () => {
    const played = await pauseThen({ script: [[oakland], [done]], decide: [approveAll] });
    expect(played.stops[1]?.events).toEqual(["tool_output", ...messageEvents(5)]);
  });

  it("T-120 resumed and asked again: the second request is told too", async () => {
    const rome = call("get_temperature", { city: "Rome" }, "c3");
    const played = await pauseThen({
      script: [[oakland, rome], [call("get_temperature", { city: "Paris" }, "c2")]],
      decide: [(state, [first]) => state.approve(first!), approveAll],
    });
    expect(played.stops.map(({ events }) => events)).toEqual([
      [...callEvents(2), "tool_approval_requested", "tool_approval_requested"],
      ["tool_output"],
      ["tool_output", ...callEvents(1), "tool_approval_requested"],
    ]);
  });

  it("the deltas join to the message, and the text stream has just them", async () => {
    const deltas = (await watch(new Runner(), ungated())).flatMap((event) =>
      event.type === "raw_model_stream_event" && event.data.type === "output_text_delta"
        ? [event.data.delta]
        : [],
    );
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.join("")).toBe("It is 20 C, dry.");
    const streamed = await new Runner().run(ungated(), question, { stream: true });
    const texts: string[] = [];
    for await (const text of streamed.toTextStream()) texts.push(text);
    expect(texts).toEqual(deltas);
  });

  it("events of a nested run go to whoever declared the agent as a tool", async () => {
    const inner = createStage([[oakland], [message("Warm.")]]);
    const outer = createStage([[call("ask_weather", { input: "Oakland?" }, "o1")], [done]]);
    const nested: string[] = [];
    const asTool = inner.agent({ tools: [inner.getTemperature({ needsApproval: false })] }).asTool({
      toolName: "ask_weather",
      onStream: ({ event }) => void nested.push(eventName(event as RunStreamEvent)),
    });
    const events = await watch(new Runner(), outer.agent({ name: "desk", tools: [asTool] }));
    expect(events.map((event) => eventName(event))).toEqual([
      ...callEvents(1),
      "tool_output",
      ...messageEvents(5),
    ]);
    expect(nested).toEqual([...callEvents(1), "tool_output", ...messageEvents(1)]);
  });
});

/** What one of them heard, the activations kept apart. */
function heardBy(who: string, notes: readonly unknown[]): string[] {
  return notes.map(String).flatMap((note) => {
    if (note === "-") return [note];
    return note.startsWith(`${who} `) ? [note.slice(who.length + 1)] : [];
  });
}

describe("hooks", () => {
  const names = ["agent_start", "agent_end", "agent_handoff", "agent_tool_start", "agent_tool_end"];

  /** Notes every hook by name, and of tools which one. */
  function noteAll(stage: Stage, who: string, hooks: Hooks<Record<string, unknown[]>>): void {
    for (const name of names) {
      hooks.on(name, (...args) => {
        const tool = args.find((arg) => (arg as { type?: unknown } | null)?.type === "function");
        const of = tool === undefined ? "" : ` ${(tool as { name: string }).name}`;
        stage.notes.push(`${who} ${name}${of}`);
      });
    }
  }
  const heard = (stage: Stage): Agent => {
    const agent = weather(stage);
    noteAll(stage, "agent", agent);
    return agent;
  };
  const listen = (runner: Runner, stage: Stage): void => {
    stage.notes.push("-");
    noteAll(stage, "runner", runner);
  };
  it("T-121 start once and end once, over all pauses", async () => {
    const { notes } = await pauseThen({
      agent: heard,
      listen,
      script: [[oakland], [done]],
      decide: [decideNothing, approveAll, decideNothing],
    });
    for (const who of ["agent", "runner"]) {
      expect(heardBy(who, notes)).toEqual([
        "-",
        "agent_start",
        "-",
        "-",
        "agent_tool_start get_temperature",
        "agent_tool_end get_temperature",
        "agent_end",
        "-",
      ]);
    }
  });

  it("T-121 each agent of a handoff starts, the last one ends", async () => {
    const { notes } = await pauseThen({
      agent: (stage) => {
        const clerk = weather(stage).clone({ name: "clerk" });
        noteAll(stage, "clerk", clerk);
        const first = heard(stage);
        first.handoffs = [clerk];
        return first;
      },
      listen,
      script: [[call("transfer_to_clerk", {}, "h1")], [oakland], [done]],
      decide: [approveAll],
    });
    const ending = [
      "agent_tool_start get_temperature",
      "agent_tool_end get_temperature",
      "agent_end",
    ];
    expect(heardBy("agent", notes)).toEqual(["-", "agent_start", "agent_handoff", "-"]);
    expect(heardBy("clerk", notes)).toEqual(["-", "agent_start", "-", ...ending]);
    expect(heardBy("runner", notes)).toEqual([
      "-",
      "agent_start",
      "agent_handoff",
      "agent_start",
      "-",
      ...ending,
    ]);
  });

  it("T-122 tools start and end only where they ran", async () => {
    const { stops, notes } = await pauseThen({
      agent: heard,
      listen,
      script: [[oakland, humidity("Rome", "f1"), call("get_temperature", "{", "c2")], [done]],
      decide: [rejectAll],
    });
    expect(stops.map(({ executions }) => executions)).toEqual([
      [ran("f1", "Rome", "get_humidity")],
      [],
    ]);
    for (const who of ["agent", "runner"]) {
      expect(heardBy(who, notes)).toEqual([
        "-",
        "agent_start",
        "agent_tool_start get_humidity",
        "agent_tool_end get_humidity",
        "-",
        "agent_end",
      ]);
    }
  });

  it("T-123 policy, approval, input guardrail, body, output guardrail, in this order", async () => {
    const { allow } = ToolGuardrailFunctionOutputFactory;
    const noting = (stage: Stage, note: string) => {
      stage.notes.push(note);
      return allow();
    };
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.getTemperature({
              needsApproval: () => stage.notes.push("policy") > 0,
              inputGuardrails: [
                defineToolInputGuardrail({ name: "in", run: () => noting(stage, "input") }),
              ],
              outputGuardrails: [
                defineToolOutputGuardrail({ name: "out", run: () => noting(stage, "output") }),
              ],
              execute: ({ city }) => {
                stage.notes.push("body");
                return city;
              },
            }),
          ],
        }),
      listen,
      script: [[oakland], [done]],
      decide: [approveAll],
    });
    expect(played.notes).toEqual([
      "-",
      "runner agent_start",
      "policy",
      "-",
      "input",
      "runner agent_tool_start get_temperature",
      "body",
      "output",
      "runner agent_tool_end get_temperature",
      "runner agent_end",
    ]);
  });
});
