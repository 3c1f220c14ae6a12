import { describe, expect, it } from "vitest";
import { z } from "zod";

import { UserError } from "../../src/agents/errors.ts";
import type { ToolParameters } from "../../src/agents/tool.ts";
import { approveAll, pauseThen } from "../support/scenario.ts";
import { changedTo, edit, paid, pay, paying } from "../support/pay.ts";

/** A day as text, and a date to the tool; of a library that is not zod. */
const dayOfText = {
  "~standard": {
    validate: (value: { day: string }) => ({ value: { day: new Date(value.day) } }),
    jsonSchema: {
      input: () => ({
        type: "object",
        properties: { day: { type: "string" } },
        required: ["day"],
        additionalProperties: false,
      }),
    },
  },
};

const times = (factor: number) =>
  z.object({ amount: z.number().overwrite((amount) => amount * factor) });

const withDefault = (currency: string) =>
  z.object({ amount: z.number(), currency: z.string().default(currency) });

describe("defaults and transforms of the schema", () => {
  const cents = z.object({
    amount: z.number().overwrite((euros) => euros * 100),
    currency: z.string().default("EUR"),
  });

  it("are applied once: what was shown is what runs", async () => {
    const shown = { amount: 500, currency: "EUR" };
    const played = await pauseThen(paying(cents, { args: { amount: 5 }, decide: [approveAll] }));
    expect(played.stops).toMatchObject([
      { interruptions: [{ callId: "c1", arguments: JSON.stringify(shown) }] },
      { executions: [paid(shown)] },
    ]);
    expect(played.stops[1]?.inputs[0]?.at(-1)).toMatchObject({ output: { text: "Paid." } });
  });

  it("are applied once to changed arguments; the line tells what ran", async () => {
    const played = await pauseThen(
      paying(cents, { args: { amount: 5 }, decide: [edit({ amount: 3 })] }),
    );
    const value = { amount: 300, currency: "EUR" };
    expect(played.stops[1]?.executions).toEqual([paid(value)]);
    expect(played.stops[1]?.inputs[0]?.at(-1)).toMatchObject({
      output: { text: `${changedTo(value)}\nPaid.` },
    });
  });

  it("can make values that JSON cannot hold", async () => {
    const played = await pauseThen(
      paying(dayOfText as never, {
        args: { day: "2026-01-02" },
        decide: [edit({ day: "2026-03-04" })],
      }),
    );
    expect(played.stops[0]?.interruptions).toMatchObject([{ arguments: '{"day":"2026-01-02"}' }]);
    expect(played.stops[1]?.executions).toEqual([paid({ day: new Date("2026-03-04") })]);
  });

  it("that changed since the call was shown make the run ask again", async () => {
    const played = await pauseThen({
      ...paying(withDefault("EUR"), { args: { amount: 5 }, decide: [approveAll, approveAll] }),
      redeployed: (stage) => stage.agent({ tools: [pay(stage, withDefault("USD"))] }),
    });
    expect(played.stops).toMatchObject([
      { interruptions: [{ arguments: '{"amount":5,"currency":"EUR"}' }] },
      {
        inputs: [],
        executions: [],
        interruptions: [
          {
            arguments: '{"amount":5,"currency":"USD"}',
            reason: "The tool's definition changed since this call was asked about",
          },
        ],
      },
      { executions: [paid({ amount: 5, currency: "USD" })] },
    ]);
  });

  it("that changed unseen leave the shown value to run", async () => {
    const played = await pauseThen({
      ...paying(times(100), { args: { amount: 5 }, decide: [approveAll] }),
      redeployed: (stage) => stage.agent({ tools: [pay(stage, times(1_000))] }),
    });
    expect(played.stops).toMatchObject([
      { interruptions: [{ arguments: '{"amount":500}' }] },
      { executions: [paid({ amount: 500 })] },
    ]);
  });

  it("that came unseen make the run ask again: not what was approved would run", async () => {
    const played = await pauseThen({
      ...paying(times(1), { args: { amount: 5 }, decide: [approveAll, approveAll] }),
      redeployed: (stage) => stage.agent({ tools: [pay(stage, times(1_000))] }),
    });
    const reason = "The arguments that would run are not those that were approved";
    expect(played.stops).toMatchObject([
      { interruptions: [{ arguments: '{"amount":5}' }] },
      { inputs: [], executions: [], interruptions: [{ arguments: '{"amount":5000}', reason }] },
      { executions: [paid({ amount: 5_000 })] },
    ]);
  });

  it("that would make something else of changed arguments make the run ask again", async () => {
    const played = await pauseThen({
      ...paying(times(1), { args: { amount: 5 }, decide: [edit({ amount: 3 }), approveAll] }),
      redeployed: (stage) => stage.agent({ tools: [pay(stage, times(1_000))] }),
    });
    const reason = "The arguments that would run are not those that were approved";
    expect(played.stops).toMatchObject([
      { interruptions: [{ arguments: '{"amount":5}' }] },
      { inputs: [], executions: [], interruptions: [{ arguments: '{"amount":5000}', reason }] },
      { executions: [paid({ amount: 5_000 })] },
    ]);
    expect(played.stops[2]?.inputs[0]?.at(-1)).toMatchObject({ output: { text: "Paid." } });
  });
});

describe("changed arguments of a tool with a JSON Schema", () => {
  const parameters: ToolParameters = {
    type: "object",
    properties: { amount: { type: "integer" }, note: { type: "string" } },
    required: ["amount"],
    additionalProperties: false,
  };

  it.each([{ amount: 3 }, { amount: 3, note: "thanks" }])("run when they fit: %o", async (args) => {
    const played = await pauseThen(
      paying(parameters, { args: { amount: 5, note: null }, decide: [edit(args)] }),
    );
    expect(played.stops[1]?.executions).toEqual([paid(args)]);
  });

  it("may say of an optional field that it is absent, as models do", async () => {
    const played = await pauseThen(
      paying(parameters, {
        args: { amount: 5, note: "x" },
        decide: [edit({ amount: 3, note: null })],
      }),
    );
    expect(played.stops[1]?.executions).toEqual([paid({ amount: 3 })]);
  });

  it.each([{ amount: 3.5 }, { amount: "3" }, { note: "x" }, { amount: 3, tip: 1 }, "3", null])(
    "are refused when they do not fit: %o",
    async (args) => {
      const played = await pauseThen(
        paying(parameters, {
          args: { amount: 5, note: null },
          decide: [
            (state, [item]) => {
              const before = state.toString();
              expect(() => state.approve(item!, { arguments: args })).toThrow(UserError);
              expect(state.toString()).toBe(before);
            },
          ],
        }),
      );
      expect(played.stops[1]).toMatchObject({ inputs: [], executions: [] });
      expect(played.stops[1]?.interruptions).toHaveLength(1);
    },
  );
});
