import { readdirSync } from "node:fs";
import { join } from "node:path";

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent, HoldpointError, RunState, run, tool, type AnyAgent } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
import { foreignText, foreignValue } from "../interop/fixtures.ts";
import {
  changeText,
  changeValue,
  fuzzOptions,
  fuzzTimeout,
  textChanges,
  valueChanges,
} from "../support/fuzz.ts";

function weather(did: string[]): AnyAgent {
  const temperature = tool({
    name: "get_temperature",
    description: "Temperature of a city",
    parameters: z.object({ city: z.string() }),
    needsApproval: true,
    execute: ({ city }) => {
      did.push(city);
      return "20C";
    },
  });
  const model = createScriptedModel([
    [
      call("get_temperature", { city: "Oslo" }, "c1"),
      call("get_temperature", { city: "Rome" }, "c2"),
    ],
    [message("done")],
  ]);
  return new Agent({ name: "Weather Assistant", tools: [temperature], model });
}

/** Loads a state and goes on with it; what was done, or why not. */
async function goOn(given: unknown): Promise<{ did: string[]; refused?: unknown }> {
  const did: string[] = [];
  const agent = weather(did);
  try {
    const state =
      typeof given === "string"
        ? await RunState.fromString(agent, given)
        : await RunState.fromJSON(agent, given);
    state.getInterruptions();
    const again = await RunState.fromString(agent, state.toString());
    expect(again.getInterruptions()).toHaveLength(state.getInterruptions().length);
    await run(agent, state);
    return { did };
  } catch (error) {
    return { did, refused: error };
  }
}

const isOurs = (error: unknown): boolean => error instanceof HoldpointError;

describe("any text of a run state of ours", fuzzTimeout, () => {
  const paused = async (): Promise<string> => {
    const { state } = await run(weather([]), "go");
    return state.toString();
  };

  // It is refused by an error with a name, or goes on; and nothing is done that nobody approved.
  it("is refused by name, or does nothing that was not approved", async () => {
    const text = await paused();
    await fc.assert(
      fc.asyncProperty(textChanges, async (changes) => {
        const { did, refused } = await goOn(changeText(text, changes));
        expect(did).toEqual([]);
        if (refused !== undefined) expect(refused).toSatisfy(isOurs);
      }),
      fuzzOptions(60),
    );
  });

  it("is refused by name whichever of its members or entries were changed", async () => {
    const value = JSON.parse(await paused()) as { entries: string[] };
    const read = { ...value, entries: value.entries.map((line) => JSON.parse(line) as unknown) };
    await fc.assert(
      fc.asyncProperty(valueChanges, fc.boolean(), async (changes, isInside) => {
        const changed = changeValue(isInside ? read : value, changes) as { entries?: unknown };
        const entries = Array.isArray(changed.entries)
          ? changed.entries.map((each) => (isInside ? JSON.stringify(each) : each))
          : changed.entries;
        const { did, refused } = await goOn({ ...changed, entries });
        expect(did).toEqual([]);
        if (refused !== undefined) expect(refused).toSatisfy(isOurs);
      }),
      fuzzOptions(60),
    );
  });
});

describe("any text of a run state of the OpenAI Agents SDK", fuzzTimeout, () => {
  const names = readdirSync(join(import.meta.dirname, "../fixtures/foreign-states"))
    .filter((name) => name.endsWith("one-pending.json") || name.includes("two-pending"))
    .map((name) => name.replace(".json", ""));

  // The same: a decision is made by nobody's mistake in a text. (A text that says "approved" is one.)
  it.each(names)("is refused by name, or does nothing that was not approved: %s", async (name) => {
    const value = foreignValue(name);
    const given = fc.oneof(
      textChanges.map((changes) => changeText(foreignText(name), changes)),
      valueChanges.map((changes) => changeValue(value, changes)),
    );
    await fc.assert(
      fc.asyncProperty(given, async (each) => {
        const { did, refused } = await goOn(each);
        const approves = /approvedToolCalls|"approved"/.test(JSON.stringify(each));
        if (!approves) expect(did).toEqual([]);
        if (refused !== undefined) expect(refused).toSatisfy(isOurs);
      }),
      fuzzOptions(15),
    );
  });
});
