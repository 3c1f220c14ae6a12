import { z } from "zod";
import { describe, expect, it } from "vitest";

import { Agent, HoldpointError, RunState, run, tool, type AnyAgent } from "../../src/index.ts";
import { call, createScriptedModel, message, type ScriptedTurn } from "../../src/testing.ts";
import { foreignText, foreignValue, type Changeable } from "./fixtures.ts";

const CANARY = "canary-4711";

function temperature(did: string[] = []) {
  return tool({
    name: "get_temperature",
    description: "Temperature of a city",
    parameters: z.object({ city: z.string() }),
    needsApproval: true,
    execute: ({ city }) => {
      did.push(city);
      return "20C";
    },
  });
}

function weather(did: string[] = [], turns: ScriptedTurn[] = []): AnyAgent {
  const model = createScriptedModel(turns);
  return new Agent({ name: "Weather Assistant", tools: [temperature(did)], model });
}

async function problemOf(given: unknown, agent = weather()): Promise<string> {
  try {
    const loading =
      typeof given === "string"
        ? RunState.fromString(agent, given)
        : RunState.fromJSON(agent, given);
    await loading;
  } catch (error) {
    expect(error).toBeInstanceOf(HoldpointError);
    return (error as Error).message;
  }
  throw new Error("It was taken");
}

function changed(name: string, change: (value: Changeable) => void): Changeable {
  const value = foreignValue(name);
  change(value);
  return value;
}

const js = "js-b2-approved-and-rejected-with-message";
const py = "py-b2-approved-and-rejected-with-message";
const set = (value: unknown): Changeable => value as Changeable;

describe("a state of another library that does not fit", () => {
  it.each([
    ["js-a-one-pending", "1.23", "its schema 1.23 is not one of JavaScript's 1.0 to 1.22"],
    ["js-a-one-pending", "1.01", "its schema 1.01 is not one of"],
    ["js-a-one-pending", "2.0", "its schema 2.0 is not one of"],
    ["py-a-one-pending", "1.18", "its schema 1.18 is not one of Python's 1.0 to 1.17"],
    ["py-a-one-pending", 1, "its schema is not one of Python's"],
    ["py-a-one-pending", `1.${CANARY} ${"x".repeat(100)}`, "its schema is not one of Python's"],
  ])("is refused with its schema: %s as %s", async (name, version, why) => {
    const problem = await problemOf(
      changed(name, (value) => (value["$schemaVersion"] = set(version))),
    );
    expect(problem).toContain(why);
    expect(problem).not.toContain(CANARY);
  });

  it("is refused in one sentence where it is cut off", async () => {
    const text = foreignText(js);
    for (const length of [40, 1_000, text.length / 2, text.length - 2]) {
      expect(await problemOf(text.slice(0, length))).toBe(
        "Cannot load this state of the OpenAI Agents SDK: the text is not JSON; it may be cut off",
      );
    }
  });

  it("is refused where it is larger than anything that is read", async () => {
    const text = `{"$schemaVersion":"1.22","currentTurn":"${"x".repeat(100_000_000)}"}`;
    expect(await problemOf(text)).toContain("characters, and 32000000 is the most that is read");
  });

  it("is refused where it is nested too deep", async () => {
    const text = foreignText(js).replace(
      '"context": {}',
      `"context": {"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`,
    );
    expect(await problemOf(text)).toContain("nested deeper than 200 levels");
  });

  it("is refused where it is of both libraries, or of none", async () => {
    const both = changed(js, (value) => Object.assign(value, foreignValue(py)));
    expect(await problemOf(both)).toContain("of neither library");
    expect(await problemOf({ $schemaVersion: "1.22" })).toContain("of neither library");
  });

  it.each([
    [js, "Weather Assistant"],
    [py, "Weather Assistant"],
  ])("is refused with another agent, which is named: %s", async (name, agent) => {
    const other = new Agent({ name: "Other", model: createScriptedModel([]) });
    expect(await problemOf(foreignText(name), other)).toContain(`Agent ${agent} not found`);
  });

  it("is refused where its tool is gone", async () => {
    const bare = new Agent({ name: "Weather Assistant", model: createScriptedModel([]) });
    expect(await problemOf(foreignText(js), bare)).toContain(
      "tool get_temperature not found in agent Weather Assistant",
    );
  });

  it("is refused where a call that waits was changed, but not the response", async () => {
    const edited = changed(js, (value) => {
      const { interruptions } = value["currentStep"]!["data"]!;
      interruptions![0 as unknown as string]!["rawItem"]!["arguments"] = set('{"city":"Gotham"}');
    });
    expect(await problemOf(edited)).toContain("is not the one that its model made; it was changed");
  });

  it("is refused where its items are not those of its responses", async () => {
    const edited = changed("js-b3-after-resume", (value) => {
      (value["generatedItems"] as unknown as unknown[]).splice(1, 1);
    });
    expect(await problemOf(edited)).toContain("its items are not those of its responses");
  });

  it.each([js, py])("says of no fault what the state holds: %s", async (name) => {
    const texts: string[] = [];
    const places = placesOf(foreignValue(name)).filter(
      ([first], index) => first !== "$schemaVersion" && index % 3 === 0,
    );
    for (const place of places) {
      for (const wrong of [CANARY, { [CANARY]: CANARY }, null]) {
        const value = foreignValue(name);
        put(value, place, wrong);
        const problem = await problemOf(value).catch(() => "");
        texts.push(problem);
      }
    }
    expect(places.length).toBeGreaterThan(50);
    expect(texts.filter((text) => text !== "").length).toBeGreaterThan(30);
    // Names of agents and tools are told, as everywhere.
    const told = texts.filter((text) => text.includes(CANARY));
    expect(told.filter((text) => !/(Agent|tool) canary-4711 not found/.test(text))).toEqual([]);
  });
});

describe("decisions of another library", () => {
  it.each([js, py])(
    "are void where the call was changed everywhere but in the proof: %s",
    async (name) => {
      const text = foreignText(name).replaceAll(
        '{\\"city\\":\\"Oakland\\"}"',
        '{\\"city\\":\\"Gotham\\"}"',
      );
      const did: string[] = [];
      const state = await RunState.fromString(weather(did), text);
      const [first] = state.getInterruptions();
      expect(first?.arguments).toBe('{"city":"Gotham"}');
      expect(state.context.isToolApproved({ toolName: "get_temperature", callId: "call_1" })).toBe(
        undefined,
      );
      expect(did).toEqual([]);
    },
  );

  /** Two agents with a tool of one name; the first hands over to the second. */
  function pair(did: string[], turns: ScriptedTurn[]): AnyAgent {
    const model = createScriptedModel(turns);
    const second = new Agent({ name: "Second", tools: [temperature(did)], model });
    return new Agent({
      name: "Weather Assistant",
      tools: [temperature(did)],
      handoffs: [second],
      model,
    });
  }

  it.each(["js-c1-sticky-always-approve", "py-c1-sticky-always-approve"])(
    "for ever are for the agent that was asked, and no other: %s",
    async (name) => {
      const did: string[] = [];
      const agent = pair(did, [
        [call("get_temperature", { city: "Bonn" }, "n1")],
        [call("transfer_to_Second", {}, "h1")],
        [call("get_temperature", { city: "Rome" }, "n2")],
      ]);
      const result = await run(agent, await RunState.fromString(agent, foreignText(name)));
      expect(did).toEqual(["Oakland", "Bonn"]);
      expect(result.interruptions.map(({ agent: { name: whose } }) => whose)).toEqual(["Second"]);
    },
  );

  it("for ever are nobody's where it cannot be told whose they were", async () => {
    const did: string[] = [];
    // Nothing is left in the state that says who was asked.
    const text = JSON.stringify(
      changed("py-c2-after-resume-sticky", (value) => {
        value["current_step"] = set({ type: "next_step_run_again" });
        (value["model_responses"] as unknown as unknown[]).pop();
        (value["generated_items"] as unknown as unknown[]).pop();
      }),
    );
    const agent = pair(did, [[call("get_temperature", { city: "Rome" }, "n1")]]);
    const result = await run(agent, await RunState.fromString(agent, text));
    expect(did).toEqual([]);
    expect(result.interruptions).toHaveLength(1);
  });

  it("against a tool for ever are against it for all who have it", async () => {
    const did: string[] = [];
    const agent = pair(did, [
      [call("transfer_to_Second", {}, "h1")],
      [call("get_temperature", { city: "Rome" }, "n1")],
      [message("No.")],
    ]);
    const text = foreignText("py-c3-sticky-always-reject");
    const result = await run(agent, await RunState.fromString(agent, text));
    expect(did).toEqual([]);
    expect(result.finalOutput).toBe("No.");
  });

  it.each([
    [
      "js-a2-approved-not-resumed",
      (value: Changeable) => delete value["context"]!["approvalInvocations"],
    ],
    [
      "py-a2-approved-not-resumed",
      (value: Changeable) => delete value["context"]!["tool_invocations"],
    ],
    [
      "py-c1-sticky-always-approve",
      (value: Changeable) =>
        delete value["context"]!["approvals"]!["get_temperature"]!["sticky_scope"],
    ],
    [
      "js-a2-approved-not-resumed",
      (value: Changeable) =>
        (value["context"]!["functionApprovals"]![0 as never]!["agentIdentity"] = set("Other")),
    ],
  ])("are void where nothing shows what they were about: %s", async (name, change) => {
    const state = await RunState.fromJSON(weather(), changed(name, change));
    const query = { toolName: "get_temperature", callId: "call_1" };
    expect(state.context.isToolApproved(query)).toBe(undefined);
    expect(state.getInterruptions()).toHaveLength(1);
  });

  it("against a tool for ever do not say of a call that ran before that it was rejected", async () => {
    const later = changed("py-c2-after-resume-sticky", (value) => {
      const record = value["context"]!["approvals"]!["get_temperature"]!;
      Object.assign(record, { approved: false, rejected: true });
      value["current_step"] = set({ type: "next_step_run_again" });
    });
    const state = await RunState.fromJSON(weather(), later);
    const outcomes = state.toJSON().entries.flatMap((line) => {
      const { type, outcome } = JSON.parse(line);
      return type === "tool_finished" ? [outcome] : [];
    });
    expect(outcomes).toEqual(["ran", "ran"]);
    expect(state.fold.sticky.size).toBe(1);
  });

  it("that are for ever approved and rejected at once decide nothing", async () => {
    const both = changed("py-c1-sticky-always-approve", (value) => {
      value["context"]!["approvals"]!["get_temperature"]!["rejected"] = set(true);
    });
    const state = await RunState.fromJSON(weather(), both);
    const query = { toolName: "get_temperature", callId: "call_1" };
    expect(state.context.isToolApproved(query)).toBe(undefined);
  });

  it("of a call that was begun and has no result ask what came of it", async () => {
    const did: string[] = [];
    const begun = changed("py-a2-approved-not-resumed", (value) => {
      value["context"]!["tool_invocations"]!["call_1"]!["executed"] = set(true);
    });
    const agent = weather(did, [[message("ok")]]);
    const result = await run(agent, await RunState.fromJSON(agent, begun));
    expect(did).toEqual([]);
    expect(result.interruptions[0]?.kind).toBe("outcome_unknown");
  });

  it("count once, however often the state is loaded", async () => {
    const did: string[] = [];
    const agent = weather(did, [[message("Warm.")]]);
    const text = foreignText("js-a2-approved-not-resumed");
    const one = await run(agent, await RunState.fromString(agent, text));
    const other = await run(agent, await RunState.fromString(agent, text));
    expect([one.finalOutput, other.finalOutput]).toEqual(["Warm.", "Warm."]);
    expect(did).toEqual(["Oakland"]);
  });
});

type Place = (string | number)[];

function placesOf(value: unknown, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return at.length === 0 ? [] : [at];
  const inner = Object.entries(value).flatMap(([key, one]) => placesOf(one, [...at, key]));
  return at.length === 0 ? inner : [at, ...inner];
}

function put(value: unknown, place: Place, wrong: unknown): void {
  const parent = place
    .slice(0, -1)
    .reduce((one, key) => (one as Changeable)[key] as unknown, value);
  (parent as Record<string, unknown>)[place.at(-1) ?? ""] = wrong;
}
