import { describe, expect, it } from "vitest";

import { handoff, type HandoffInputData } from "../../src/agents/handoff.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { noting } from "../support/journal-text.ts";
import {
  approveAll,
  decideNothing,
  pauseThen,
  rejectAll,
  type Decide,
} from "../support/scenario.ts";
import { askWeather, chief, repliesOf, told } from "../support/team.ts";

const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
const second = call("ask_weather", { input: "Paris?" }, "d2");
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const warm = message("It is warm.");
const mild = message("It is mild.");
const done = message("Done.");
const paused = [...callEvents(1)];

const always: Decide = (state, [item]) => state.approve(item!, { alwaysApprove: true });

const withoutNewItems = (data: HandoffInputData): HandoffInputData => ({ ...data, newItems: [] });

const sorted = (inputs: unknown[]): unknown[] =>
  inputs.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

describe("a gated call inside", () => {
  it("T-95 is listed by the outer run, of the inner agent, at its path", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland]],
      agent: (stage) => chief(stage),
      decide: [noting(decideNothing)],
    });
    const first = {
      inputs: [[ask], [told("Oakland?")]],
      executions: [],
      interruptions: [asked("c1")],
      turn: 1,
      events: paused,
    };
    expect(played.stops).toEqual([first, { ...first, inputs: [], events: [] }]);
    expect(played.notes).toEqual([["weather", ["d1"]]]);
    expect(played.items).toEqual([
      { type: "tool_call_item", rawItem: delegation, agent: { name: "chief" } },
    ]);
    expect(played.finalOutput).toBeUndefined();
  });

  it("T-96 approved goes on with the inner run, which is never begun again", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage),
      decide: [noting(approveAll)],
    });
    expect(played.stops[1]).toEqual({
      inputs: [
        [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
        [ask, delegation, answered(delegation, "It is warm.")],
      ],
      executions: [ran("c1")],
      interruptions: [],
      turn: 2,
      events: ["tool_output", ...messageEvents(1)],
    });
    expect(played.notes).toEqual([["weather", ["d1"]]]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.items.map(({ type, agent }) => [type, agent])).toEqual([
      ["tool_call_item", { name: "chief" }],
      ["tool_call_output_item", { name: "chief" }],
      ["message_output_item", { name: "chief" }],
    ]);
    expect(played.usage).toEqual({ requests: 4, inputTokens: 100, outputTokens: 10 });
  });

  it("T-97 rejected is told to the inner model; the delegation has its answer", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage),
      decide: [(state, [item]) => state.reject(item!, { message: "Not today." })],
    });
    expect(played.stops[1]).toEqual({
      inputs: [
        [told("Oakland?"), oakland, answered(oakland, "Not today.")],
        [ask, delegation, answered(delegation, "It is warm.")],
      ],
      executions: [],
      interruptions: [],
      turn: 2,
      events: ["tool_output", ...messageEvents(1)],
    });
  });

  it("T-99 comes after the gate of the delegation itself: two pauses, one call each", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage, { tools: [askWeather(stage, { needsApproval: true })] }),
      decide: [noting(approveAll), noting(approveAll)],
    });
    const gate = {
      agent: "chief",
      tool: "ask_weather",
      callId: "d1",
      arguments: '{"input":"Oakland?"}',
    };
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], executions: [], interruptions: [gate], turn: 1 },
      { inputs: [[told("Oakland?")]], executions: [], interruptions: [asked("c1")], turn: 1 },
      {
        inputs: [
          [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
          [ask, delegation, answered(delegation, "It is warm.")],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
      },
    ]);
    expect(played.notes).toEqual([
      ["chief", []],
      ["weather", ["d1"]],
    ]);
  });

  it("T-99 the delegation cannot be decided once its run has begun", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage, { tools: [askWeather(stage, { needsApproval: true })] }),
      decide: [
        (state, [gate], stage) => {
          state.approve(gate!);
          stage.notes.push(gate);
        },
        (state, [inner], stage) => {
          const [gate] = stage.notes.splice(0) as (typeof inner)[];
          expect(() => state.reject(gate!)).toThrow("the run has gone on with it already");
          state.approve(inner!);
        },
      ],
    });
    expect(played.finalOutput).toBe("Done.");
  });

  it("T-99 a rejected delegation starts no inner run", async () => {
    const played = await pauseThen({
      script: [[delegation], [done]],
      agent: (stage) => chief(stage, { tools: [askWeather(stage, { needsApproval: true })] }),
      decide: [rejectAll],
    });
    const refused = answered(delegation, "Tool execution was not approved.");
    expect(played.stops[1]).toMatchObject({ inputs: [[ask, delegation, refused]], executions: [] });
  });

  it("T-100 is found three runs down", async () => {
    const toDesk = call("desk", { input: "Ask." }, "e1");
    const played = await pauseThen({
      script: [[toDesk], [delegation], [oakland], [warm], [mild], [done]],
      agent: (stage) => chief(stage, { tools: [chief(stage, { name: "desk" }).asTool()] }),
      decide: [noting(approveAll)],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask], [told("Ask.")], [told("Oakland?")]],
        executions: [],
        interruptions: [asked("c1")],
        turn: 1,
        events: paused,
      },
      {
        inputs: [
          [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
          [told("Ask."), delegation, answered(delegation, "It is warm.")],
          [ask, toDesk, answered(toDesk, "It is mild.")],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.notes).toEqual([["weather", ["e1", "d1"]]]);
    expect(played.usage.requests).toBe(6);
  });

  it("is listed of the agent that the inner run has handed off to", async () => {
    const transfer = call("transfer_to_weather", {}, "h1");
    const toDesk = call("desk", { input: "Ask." }, "e1");
    const played = await pauseThen({
      script: [[toDesk], [transfer], [oakland], [warm], [done]],
      options: () => ({ conversationId: "conv_1" }),
      agent: (stage) => {
        // The provider keeps the history of the outer run alone: inner runs may filter theirs.
        const handoffs = [handoff(stage.agent(), { inputFilter: withoutNewItems })];
        const desk = stage.agent({ name: "desk", tools: [], handoffs });
        return chief(stage, { tools: [desk.asTool()] });
      },
      decide: [noting(approveAll)],
    });
    expect(played.notes).toEqual([["weather", ["e1"]]]);
    expect(played.stops.map(({ inputs }) => inputs)).toEqual([
      [[ask], [told("Ask.")], [told("Ask.")]],
      [
        [told("Ask."), oakland, answered(oakland, "Oakland: 20 C")],
        [answered(toDesk, "It is warm.")],
      ],
    ]);
  });
});

describe("inner runs side by side", () => {
  const toSports = call("ask_sports", { input: "Paris?" }, "d2");

  it("T-98 one approved finishes; the other waits, and nobody asks the outer model", async () => {
    const played = await pauseThen({
      script: repliesOf(
        {
          chief: [[delegation, toSports], [done]],
          weather: [[oakland], [warm]],
          sports: [[paris], [mild]],
        },
        6,
      ),
      agent: (stage) => {
        const sports = { name: "sports", instructions: "sports" };
        const askSports = askWeather(stage, { toolName: "ask_sports", agent: sports });
        return chief(stage, { tools: [askWeather(stage), askSports] });
      },
      decide: [
        noting((state, items) =>
          state.approve(items.find(({ agent }) => agent.name === "sports")!),
        ),
        noting(approveAll),
      ],
    });
    const ofSports = asked("c2", "Paris", { agent: "sports" });
    expect(played.stops).toMatchObject([
      {
        inputs: [[ask], [told("Oakland?")], [told("Paris?")]],
        executions: [],
        interruptions: [asked("c1"), ofSports],
        turn: 1,
      },
      {
        inputs: [[told("Paris?"), paris, answered(paris, "Paris: 20 C")]],
        executions: [ran("c2", "Paris")],
        interruptions: [asked("c1")],
        turn: 1,
      },
      {
        inputs: [
          [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
          [
            ask,
            delegation,
            toSports,
            answered(delegation, "It is warm."),
            answered(toSports, "It is mild."),
          ],
        ],
        executions: [ran("c1")],
        interruptions: [],
        turn: 2,
      },
    ]);
    expect(played.notes).toEqual([
      ["weather", ["d1"]],
      ["sports", ["d2"]],
      ["weather", ["d1"]],
    ]);
    expect(played.usage.requests).toBe(6);
  });

  it("T-104 calls of one id in both are both listed, each decided by its approval", async () => {
    const same = call("get_temperature", { city: "Rome" }, "c1");
    const played = await pauseThen({
      script: repliesOf({ chief: [[delegation, second], [done]], weather: [[same], [warm]] }, 6),
      agent: (stage) => chief(stage),
      decide: [
        noting((state, [one, other]) => {
          expect(one!.approvalId).not.toBe(other!.approvalId);
          const { name, rawItem } = one!;
          expect(() => state.approve({ name, rawItem })).toThrow(
            "several runs have a call of that id",
          );
          state.approve(other!);
          state.reject(one!, { message: "No." });
        }),
      ],
    });
    expect(played.stops[0]?.interruptions).toEqual([asked("c1", "Rome"), asked("c1", "Rome")]);
    expect(played.notes).toEqual([
      ["weather", ["d1"]],
      ["weather", ["d2"]],
    ]);
    const after = played.stops[1]!;
    expect(after.executions).toEqual([ran("c1", "Rome")]);
    expect(sorted(after.inputs)).toEqual(
      sorted([
        [told("Oakland?"), same, answered(same, "No.")],
        [told("Paris?"), same, answered(same, "Rome: 20 C")],
        [
          ask,
          delegation,
          second,
          answered(delegation, "It is warm."),
          answered(second, "It is warm."),
        ],
      ]),
    );
  });

  it("T-102 an approval of the outer run says nothing of an inner call with its id", async () => {
    const played = await pauseThen({
      script: repliesOf(
        { chief: [[oakland, delegation], [done]], weather: [[oakland], [warm]] },
        4,
      ),
      agent: (stage) => chief(stage, { tools: [stage.getTemperature(), askWeather(stage)] }),
      decide: [
        noting((state, items) => state.approve(items.find(({ path }) => path.length === 0)!)),
        noting((state, items) => state.reject(items[0]!)),
      ],
    });
    const outer = asked("c1", "Oakland", { agent: "chief" });
    const refused = answered(oakland, "Tool execution was not approved.");
    expect(played.stops).toMatchObject([
      { executions: [], interruptions: [outer, asked("c1")] },
      { inputs: [], executions: [ran("c1")], interruptions: [asked("c1")] },
      {
        inputs: [
          [told("Oakland?"), oakland, refused],
          [
            ask,
            oakland,
            delegation,
            answered(oakland, "Oakland: 20 C"),
            answered(delegation, "It is warm."),
          ],
        ],
        executions: [],
      },
    ]);
    expect(played.notes).toEqual([
      ["chief", []],
      ["weather", ["d1"]],
      ["weather", ["d1"]],
    ]);
  });

  it("can be of one agent, each with a conversation of its own", async () => {
    const played = await pauseThen({
      script: repliesOf({ chief: [[delegation, second], [done]], weather: [[oakland], [warm]] }, 6),
      agent: (stage) => chief(stage),
      decide: [noting(approveAll)],
    });
    expect(played.stops[0]?.inputs).toEqual([[ask], [told("Oakland?")], [told("Paris?")]]);
    expect(sorted(played.stops[1]?.inputs.slice(0, 2) ?? [])).toEqual(
      sorted([
        [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
        [told("Paris?"), oakland, answered(oakland, "Oakland: 20 C")],
      ]),
    );
  });
});

describe("a sticky decision inside", () => {
  it("T-101 covers the inner agent's later calls, in later delegations too", async () => {
    const rome = call("get_temperature", { city: "Rome" }, "c3");
    const played = await pauseThen({
      script: [[delegation], [oakland], [rome], [warm], [second], [paris], [mild], [done]],
      agent: (stage) => chief(stage),
      decide: [noting(always)],
    });
    expect(played.stops[1]).toMatchObject({
      executions: [ran("c1"), ran("c3", "Rome"), ran("c2", "Paris")],
      interruptions: [],
      turn: 3,
    });
    expect(played.stops[1]?.inputs.at(-1)).toEqual([
      ask,
      delegation,
      answered(delegation, "It is warm."),
      second,
      answered(second, "It is mild."),
    ]);
  });

  it("T-101 decides what waits already in another inner run of that agent", async () => {
    const played = await pauseThen({
      script: repliesOf({ chief: [[delegation, second], [done]], weather: [[oakland], [warm]] }, 6),
      agent: (stage) => chief(stage),
      decide: [always],
    });
    expect(played.stops[1]).toMatchObject({
      executions: [ran("c1"), ran("c1")],
      interruptions: [],
    });
  });

  it("T-101 does not cover the outer agent's tool of that name", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [paris], [done]],
      agent: (stage) => chief(stage, { tools: [stage.getTemperature(), askWeather(stage)] }),
      decide: [always, approveAll],
    });
    expect(played.stops[1]).toMatchObject({
      executions: [ran("c1")],
      interruptions: [asked("c2", "Paris", { agent: "chief" })],
    });
  });

  it("T-101 of the delegation covers later delegations, and no call inside them", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [second], [paris], [mild], [done]],
      agent: (stage) => chief(stage, { tools: [askWeather(stage, { needsApproval: true })] }),
      decide: [noting(always), noting(approveAll), noting(approveAll)],
    });
    expect(played.notes).toEqual([
      ["chief", []],
      ["weather", ["d1"]],
      ["weather", ["d2"]],
    ]);
    expect(played.stops.map(({ executions }) => executions)).toEqual([
      [],
      [],
      [ran("c1")],
      [ran("c2", "Paris")],
    ]);
  });

  it("T-101 rejected always, later inner calls get its text", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [second], [paris], [mild], [done]],
      agent: (stage) => chief(stage),
      decide: [(state, [item]) => state.reject(item!, { alwaysReject: true, message: "Never." })],
    });
    expect(played.stops[1]?.executions).toEqual([]);
    expect(played.stops[1]?.inputs[3]).toEqual([told("Paris?"), paris, answered(paris, "Never.")]);
  });
});
