import { describe, expect, it } from "vitest";

import { handoff, type HandoffInputData } from "../../src/agents/handoff.ts";
import type { Entry } from "../../src/agents/entries.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask } from "../support/expected.ts";
import { entriesOf, noting } from "../support/journal-text.ts";
import {
  approveAll,
  decideNothing,
  pauseThen,
  type Decide,
  type Scenario,
} from "../support/scenario.ts";
import { desk, moved } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const toWeather = call("transfer_to_weather", {}, "h1");
const done = message("Done.");

type Filter = (data: HandoffInputData) => HandoffInputData;

const onlyInput: Filter = (data) => ({ ...data, preHandoffItems: [], newItems: [] });

const withoutFirst: Filter = (data) => ({
  ...data,
  preHandoffItems: data.preHandoffItems.slice(1),
});

describe("an input filter", () => {
  const look = call("look", { city: "Rome" }, "c2");
  const looked = answered(look, "Rome: 20 C");
  const remark = message("A remark.");
  const extra = { role: "user" as const, content: "Be brief." };

  /** Looks something up, remarks on it and hands off, through `filter`; pauses afterwards. */
  function filtered(filter: Filter, decide: Decide = noting(approveAll)): Scenario {
    return {
      script: [[look], [remark, toWeather], [oakland], [done]],
      agent: (stage) =>
        desk(stage, { tools: [stage.cityTool("look")], handoff: { inputFilter: filter } }),
      decide: [decide],
    };
  }

  const lastInputs = async (filter: Filter) => {
    const { stops } = await pauseThen(filtered(filter));
    return [stops[0]?.inputs.at(-1), stops[1]?.inputs.at(-1)];
  };

  it("sees input, earlier items and those of its turn, and keeps all by default", async () => {
    const seen: unknown[] = [];
    const inputs = await lastInputs((data) => {
      const types = (items: typeof data.newItems) => items.map(({ type }) => type);
      seen.push([data.inputHistory, types(data.preHandoffItems), types(data.newItems)]);
      return data;
    });
    expect(seen[0]).toEqual([
      "How warm is it?",
      ["tool_call_item", "tool_call_output_item"],
      ["message_output_item", "handoff_call_item", "handoff_output_item"],
    ]);
    const before = [ask, look, looked, remark, toWeather, moved(toWeather)];
    expect(inputs).toEqual([before, [...before, oakland, answered(oakland, "Oakland: 20 C")]]);
  });

  it("removes items, also for what comes after the next pause", async () => {
    const inputs = await lastInputs((data) => ({
      ...data,
      preHandoffItems: [],
      newItems: data.newItems.filter(({ type }) => type === "message_output_item"),
    }));
    expect(inputs).toEqual([
      [ask, remark],
      [ask, remark, oakland, answered(oakland, "Oakland: 20 C")],
    ]);
  });

  it("adds items, and puts others in place of the input", async () => {
    const inputs = await lastInputs((data) => ({
      ...data,
      inputHistory: [ask, extra],
      newItems: [...data.newItems, { type: "input_item", rawItem: extra }],
    }));
    const before = [ask, extra, look, looked, remark, toWeather, moved(toWeather), extra];
    expect(inputs).toEqual([before, [...before, oakland, answered(oakland, "Oakland: 20 C")]]);
  });

  it("leaves in the journal the numbers of what it kept, and what it made verbatim", async () => {
    const entries: Entry[] = [];
    await pauseThen(
      filtered(
        (data) => ({
          inputHistory: [ask, extra],
          preHandoffItems: data.preHandoffItems.slice(1),
          newItems: [{ type: "input_item", rawItem: extra }, ...data.newItems.toReversed()],
        }),
        (state, items) => {
          entries.push(...entriesOf(state));
          for (const item of items) state.approve(item);
        },
      ),
    );
    const handedOff = entries.filter(({ type }) => type === "handed_off");
    expect(handedOff).toHaveLength(4);
    for (const entry of handedOff) {
      expect(entry).toMatchObject({
        callId: "h1",
        from: "desk",
        to: "weather",
        filter: { input: [0, [extra]], items: [1, [extra], 4, 3, 2] },
      });
    }
  });

  it("does not change what the run was given by changing what it is shown", async () => {
    const played = await pauseThen({
      script: [[toWeather], [done]],
      input: [ask],
      agent: (stage) =>
        desk(stage, {
          handoff: {
            inputFilter(data) {
              stage.notes.push(structuredClone(data.inputHistory));
              if (stage.notes.length > 1) return data;
              if (Array.isArray(data.inputHistory)) data.inputHistory.length = 0;
              throw new Error("Not now");
            },
          },
        }),
      decide: [decideNothing],
    });
    expect(played.notes).toEqual([[ask], [ask]]);
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], error: "Error: Not now" },
      { inputs: [[ask, toWeather, moved(toWeather)]] },
    ]);
  });

  it("of the runner stands in for a handoff without one, and no other", async () => {
    const scenario = (own: Filter | undefined): Scenario => ({
      script: [[toWeather], [done]],
      config: { handoffInputFilter: onlyInput },
      agent: (stage) => desk(stage, { handoff: own === undefined ? {} : { inputFilter: own } }),
    });
    const without = await pauseThen(scenario(undefined));
    expect(without.stops[0]?.inputs).toEqual([[ask], [ask]]);
    const withOwn = await pauseThen(scenario((data) => data));
    expect(withOwn.stops[0]?.inputs).toEqual([[ask], [ask, toWeather, moved(toWeather)]]);
  });

  it("applies to each handoff in turn, to what the one before it left", async () => {
    const back = call("transfer_to_desk", {}, "h3");
    const played = await pauseThen({
      script: [[look], [toWeather], [back], [done]],
      agent: (stage) => {
        const weather = stage.agent();
        const first = stage.agent({
          name: "desk",
          tools: [stage.cityTool("look")],
          handoffs: [handoff(weather, { inputFilter: withoutFirst })],
        });
        weather.handoffs.push(handoff(first, { inputFilter: withoutFirst }));
        return first;
      },
    });
    expect(played.stops[0]?.inputs.slice(2)).toEqual([
      [ask, looked, toWeather, moved(toWeather)],
      [ask, toWeather, moved(toWeather), back, moved(back, "desk")],
    ]);
  });

  it.each([{ conversationId: "conv_1" }, { previousResponseId: "resp_0" }])(
    "is refused where the provider keeps the history: %o",
    async (server) => {
      const played = await pauseThen({
        script: [[toWeather], [done]],
        options: () => server,
        agent: (stage) =>
          desk(stage, {
            handoff: {
              inputFilter: (data) => {
                stage.notes.push("filtered");
                return data;
              },
              onHandoff: () => void stage.notes.push("handed off"),
            },
          }),
        decide: [() => undefined],
      });
      const error = expect.stringMatching(/^UserError: Handoff input filters cannot be used with/);
      expect(played.stops).toMatchObject([
        { inputs: [[ask]], error },
        { inputs: [], error },
      ]);
      expect(played.notes).toEqual([]);
    },
  );
});
