import { describe, expect, it } from "vitest";
import { z } from "zod";

import { UserError } from "../../src/agents/errors.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, messageEvents, ran } from "../support/expected.ts";
import { entriesOf } from "../support/journal-text.ts";
import { changedTo, edit, paying } from "../support/pay.ts";
import { approveAll, pauseThen, type Decide } from "../support/scenario.ts";
import { askWeather, chief, told } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const done = message("Done.");

describe("changed arguments", () => {
  it("run once in place of the proposed ones; the model is told in a fixed line", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [edit({ city: "Paris" })],
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")], executions: [] },
      {
        inputs: [[ask, oakland, answered(oakland, `${changedTo({ city: "Paris" })}\nParis: 20 C`)]],
        executions: [ran("c1", "Paris")],
        interruptions: [],
        turn: 2,
        events: ["tool_output", ...messageEvents(1)],
      },
    ]);
    expect(played.items[0]).toMatchObject({ rawItem: oakland });
    expect(played.items[1]).toMatchObject({
      output: `${changedTo({ city: "Paris" })}\nParis: 20 C`,
    });
  });

  it("stand in the journal beside the proposed ones", async () => {
    const kept: Record<string, unknown>[] = [];
    await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, items, stage) => {
          void edit({ city: "Paris" })(state, items, stage);
          kept.push(...entriesOf(state));
        },
      ],
    });
    const of = (type: string) => kept.filter((entry) => entry["type"] === type);
    expect(of("model_responded")).toHaveLength(4);
    for (const entry of of("model_responded")) expect(entry).toMatchObject({ output: [oakland] });
    for (const [at, request] of of("approval_requested").entries()) {
      const decision = of("approval_decided")[at];
      expect(decision).toMatchObject({
        approvalId: request["approvalId"],
        decision: "approved",
        scope: "once",
        arguments: { city: "Paris" },
        argumentsDigest: expect.any(String),
      });
      expect(decision!["argumentsDigest"]).not.toBe(request["argumentsDigest"]);
      expect(request).not.toHaveProperty("arguments");
    }
  });

  it.each<[string, unknown]>([
    ["a field of another type", { city: 5 }],
    ["a missing field", {}],
    ["a list", ["Paris"]],
    ["a text", '{"city":"Paris"}'],
    ["null", null],
    ["a date", { city: new Date(0) }],
    ["a bigint", { city: 1n }],
    ["a function", () => ({ city: "Paris" })],
  ])(
    "are refused when they do not fit the schema, and nothing changes: %s",
    async (_what, args) => {
      const played = await pauseThen({
        script: [[oakland], [done]],
        decide: [
          (state, [item]) => {
            const before = state.toString();
            expect(() => state.approve(item!, { arguments: args })).toThrow(UserError);
            expect(state.toString()).toBe(before);
          },
          approveAll,
        ],
      });
      expect(played.stops).toMatchObject([
        { interruptions: [asked("c1")] },
        { inputs: [], interruptions: [asked("c1")], executions: [] },
        { inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]], executions: [ran("c1")] },
      ]);
    },
  );

  it("are not for every call: they cannot be approved always", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, [item]) => {
          const before = state.toString();
          const both = { alwaysApprove: true, arguments: { city: "Paris" } };
          expect(() => state.approve(item!, both)).toThrow(UserError);
          expect(state.toString()).toBe(before);
        },
      ],
    });
    expect(played.stops[1]).toMatchObject({ inputs: [], interruptions: [asked("c1")] });
  });

  it("leave later calls of the tool as they are", async () => {
    const rome = call("get_temperature", { city: "Rome" }, "c2");
    const played = await pauseThen({
      script: [[oakland], [rome], [done]],
      decide: [edit({ city: "Paris" }), approveAll],
    });
    expect(played.stops).toMatchObject([
      {},
      { executions: [ran("c1", "Paris")], interruptions: [asked("c2", "Rome")] },
      { executions: [ran("c2", "Rome")] },
    ]);
    expect(played.stops[2]?.inputs[0]?.at(-1)).toEqual(answered(rome, "Rome: 20 C"));
  });

  it.each<[string, Decide[], string | undefined, string]>([
    [
      "changed, then approved as they are",
      [edit({ city: "Paris" }), approveAll],
      "Oakland",
      "Oakland: 20 C",
    ],
    [
      "changed twice",
      [edit({ city: "Paris" }), edit({ city: "Rome" })],
      "Rome",
      `${changedTo({ city: "Rome" })}\nRome: 20 C`,
    ],
    [
      "approved, then changed",
      [approveAll, edit({ city: "Paris" })],
      "Paris",
      `${changedTo({ city: "Paris" })}\nParis: 20 C`,
    ],
    [
      "changed, then rejected",
      [edit({ city: "Paris" }), (state, [item]) => state.reject(item!, { message: "No." })],
      undefined,
      "No.",
    ],
  ])("count by the last decision: %s", async (_how, decisions, city, output) => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      decide: [
        (state, items, stage) => {
          for (const decide of decisions) void decide(state, items, stage);
        },
      ],
    });
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, answered(oakland, output)]],
      executions: city === undefined ? [] : [ran("c1", city)],
    });
  });

  it("are told also where the tool fails", async () => {
    const played = await pauseThen(
      paying(z.object({ amount: z.number() }), {
        args: { amount: 5 },
        decide: [edit({ amount: 3 })],
        execute: () => {
          throw new Error("No money");
        },
      }),
    );
    const failed = "An error occurred while running the tool. Please try again.";
    const output = `${changedTo({ amount: 3 })}\n${failed}`;
    expect(played.stops[1]?.inputs[0]?.at(-1)).toMatchObject({ output: { text: output } });
  });

  it("are told ahead of images, too", async () => {
    const image = { type: "image", image: "data:image/png;base64,AA==" };
    const played = await pauseThen(
      paying(z.object({ amount: z.number() }), {
        args: { amount: 5 },
        decide: [edit({ amount: 3 })],
        execute: () => image,
      }),
    );
    expect(played.stops[1]?.inputs[0]?.at(-1)).toMatchObject({
      output: [
        { type: "input_text", text: changedTo({ amount: 3 }) },
        { type: "input_image", image: image.image },
      ],
    });
  });

  it("are what guardrails, hooks and the tool are told of the call", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) => {
        const note = (who: string, args: string | undefined): void =>
          void stage.notes.push(`${who} ${args}`);
        const agent = stage.agent({
          tools: [
            stage.getTemperature({
              inputGuardrails: [
                {
                  name: "in",
                  run({ toolCall }) {
                    note("in", toolCall.arguments);
                    return { behavior: { type: "allow" } };
                  },
                },
              ],
              outputGuardrails: [
                {
                  name: "out",
                  run({ toolCall }) {
                    note("out", toolCall.arguments);
                    return { behavior: { type: "allow" } };
                  },
                },
              ],
              execute(_args, _context, details) {
                note("body", details?.toolCall?.arguments);
                return "20 C";
              },
            }),
          ],
        });
        agent.on("agent_tool_start", (_context, _tool, { toolCall }) => {
          note("start", toolCall.arguments);
        });
        return agent;
      },
      decide: [edit({ city: "Paris" })],
    });
    expect(played.notes).toEqual(
      ["in", "start", "body", "out"].map((who) => `${who} {"city":"Paris"}`),
    );
  });
});

describe("changed arguments of a delegation", () => {
  const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
  const warm = message("It is warm.");

  it("are what the inner run is told; the output says so", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage, { tools: [askWeather(stage, { needsApproval: true })] }),
      decide: [edit({ input: "Paris?" }), approveAll],
    });
    const output = `${changedTo({ input: "Paris?" })}\nIt is warm.`;
    expect(played.stops.map(({ inputs }) => inputs)).toEqual([
      [[ask]],
      [[told("Paris?")]],
      [
        [told("Paris?"), oakland, answered(oakland, "Oakland: 20 C")],
        [ask, delegation, answered(delegation, output)],
      ],
    ]);
  });

  it("are the tool input of the inner run, where it has parameters of its own", async () => {
    const structured = call("ask_weather", { place: "Oakland" }, "d1");
    const played = await pauseThen({
      script: [[structured], [oakland], [warm], [done]],
      agent: (stage) => {
        const getTemperature = stage.getTemperature({
          execute: (_args, context) => void stage.notes.push(context?.toolInput),
        });
        const delegate = askWeather(stage, {
          needsApproval: true,
          parameters: z.object({ place: z.string() }),
          agent: { tools: [getTemperature] },
        });
        return chief(stage, { tools: [delegate] });
      },
      decide: [edit({ place: "Paris" }), approveAll],
    });
    expect(played.notes).toEqual([{ place: "Paris" }]);
  });

  it("count in the inner run as in the outer: at the call's own path", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (stage) => chief(stage),
      decide: [edit({ city: "Paris" })],
    });
    const output = `${changedTo({ city: "Paris" })}\nParis: 20 C`;
    expect(played.stops[1]).toMatchObject({
      inputs: [
        [told("Oakland?"), oakland, answered(oakland, output)],
        [ask, delegation, answered(delegation, "It is warm.")],
      ],
      executions: [ran("c1", "Paris")],
    });
  });
});
