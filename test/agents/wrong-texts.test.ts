import { describe, expect, it } from "vitest";

import { Agent, type AnyAgent } from "../../src/agents/agent.ts";
import { UserError } from "../../src/agents/errors.ts";
import { HoldpointError, type ErrorCode } from "../../src/lib/errors.ts";
import { createJournal } from "../support/journal.ts";
import { call, message } from "../../src/models/scripted.ts";
import { knownRuns } from "../../src/agents/face/known-journals.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { run } from "../../src/agents/face/run.ts";
import { createStage, reload, type Stage } from "../support/scenario.ts";
import {
  editing,
  everythingIn,
  rechained,
  withEntries,
  type LooseEntry,
} from "../support/tampering.ts";

/** Stands in all that is secret in a state; must be in no error. Short: engines quote little. */
const canary = "canary47";

const oakland = call("get_temperature", { city: `Oakland ${canary}` }, "c1");
const free = call("get_humidity", { city: `Oakland ${canary}` }, "c0");
const done = message("Done.");

function agentOf(stage: Stage): Agent {
  const getHumidity = stage.cityTool("get_humidity", { execute: () => `Wet. ${canary}` });
  return stage.agent({ tools: [stage.getTemperature(), getHumidity] });
}

/** The text of a run that waits, full of secrets. */
async function secretText(): Promise<{ stage: Stage; text: string }> {
  const stage = createStage([[free, oakland], [done]]);
  const context = { user: canary };
  const { state } = await run(agentOf(stage), `My secret is ${canary}`, { context });
  const [item] = state.getInterruptions();
  state.reject(item!, { message: canary });
  const text = state.toString();
  knownRuns.remember(state.runId, createJournal());
  return { stage, text };
}

/** What loading a text throws. */
async function errorOf(agent: AnyAgent, text: string): Promise<unknown> {
  return RunState.fromString(agent, text).then(
    () => undefined,
    (error: unknown) => error,
  );
}

const withoutEntry =
  (index: number) =>
  (entries: LooseEntry[]): LooseEntry[] =>
    entries.toSpliced(index, 1);

/** What a state of the OpenAI Agents SDK begins with. */
const foreignState = {
  $schemaVersion: "1.22",
  currentTurn: 1,
  currentAgent: { name: "weather" },
  originalInput: canary,
  modelResponses: [],
  context: { context: {}, approvals: {} },
  generatedItems: [],
  currentStep: { type: "next_step_interruption", data: { interruptions: [] } },
};

interface WrongText {
  name: string;
  change(text: string): string;
  says: RegExp;
  code?: ErrorCode;
}

const wrongTexts: WrongText[] = [
  { name: "T-61 no JSON", change: (text) => `${text}}`, says: /the text is not JSON/ },
  { name: "T-61 half of it", change: (text) => text.slice(0, -40), says: /is not JSON/ },
  { name: "T-61 a text", change: (text) => `${canary} ${text}`, says: /is not JSON/ },
  { name: "T-61 nothing", change: () => "", says: /is not JSON/ },
  { name: "100 MB of no JSON", change: () => canary.repeat(12_500_000), says: /is not JSON/ },
  {
    name: "100 MB in one entry",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: [canary.repeat(12_500_000)] }),
    says: /entry 0 is not JSON/,
  },
  { name: "T-62 null", change: () => "null", says: /not null/ },
  { name: "T-62 a list", change: () => JSON.stringify([canary]), says: /not an array/ },
  { name: "T-62 a number", change: () => "4711", says: /not a number/ },
  { name: "T-62 a text", change: () => JSON.stringify(canary), says: /not a string/ },
  {
    name: "T-58 no version",
    change: (text) => JSON.stringify({ ...JSON.parse(text), $schemaVersion: undefined }),
    says: /has no \$schemaVersion/,
  },
  {
    name: "T-58 another version",
    change: (text) => text.replace("holdpoint/2", "holdpoint/3"),
    says: /version holdpoint\/3 is not one of those this program reads, up to holdpoint\/2/,
  },
  {
    name: "T-58 a version that is none",
    change: (text) => JSON.stringify({ ...JSON.parse(text), $schemaVersion: { is: canary } }),
    says: /its version is not one of those/,
  },
  {
    name: "a state of the OpenAI Agents SDK that has only a beginning",
    change: () => JSON.stringify(foreignState),
    says: /state of the OpenAI Agents SDK: "[\w.]+" has not the form/,
  },
  {
    name: "no entries",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: canary }),
    says: /no list of entries/,
  },
  {
    name: "entries that are no lines",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: [{ canary }] }),
    says: /no list of entries/,
  },
  {
    name: "an empty list of entries",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: [] }),
    says: /does not begin with the start of a run/,
  },
  {
    name: "a line that is no JSON",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: [`${canary} {}`] }),
    says: /entry 0 is not JSON/,
  },
  {
    name: "a line that is no entry",
    change: (text) => JSON.stringify({ ...JSON.parse(text), entries: [JSON.stringify([canary])] }),
    says: /entry 0 has no type/,
  },
  {
    name: "an entry of an unknown type",
    change: (text) =>
      rechained(
        text,
        editing("run_claimed", (entry) => (entry.type = "run_sold")),
      ),
    says: /entry 1 has the unknown type "run_sold"/,
  },
  {
    name: "an entry of a type that is no word",
    change: (text) =>
      rechained(
        text,
        editing("run_claimed", (entry) => (entry.type = canary)),
      ),
    says: /entry 1 has an unknown type/,
  },
  {
    name: "an entry with a field of the wrong kind",
    change: (text) =>
      rechained(
        text,
        editing("run_claimed", (entry) => (entry["epoch"] = canary)),
      ),
    says: /entry 1 \(run_claimed\) has an invalid field: epoch/,
  },
  {
    name: "T-58 a newer format",
    change: (text) =>
      rechained(
        text,
        editing("run_started", (entry) => (entry["format"] = 3)),
      ),
    says: /format 3: this version reads up to 2/,
  },
  {
    name: "T-68 changed arguments",
    change: (text) => text.replaceAll("Oakland", "Concord"),
    says: /broken hash chain/,
  },
  {
    name: "T-68 a changed decision, the last entry",
    change: (text) =>
      withEntries(
        text,
        editing("approval_decided", (entry) => (entry["prev"] = canary)),
      ),
    says: /broken hash chain/,
  },
  {
    name: "an entry left out",
    change: (text) => withEntries(text, withoutEntry(2)),
    says: /entry 2 is out of order/,
  },
  {
    name: "the start left out",
    change: (text) => rechained(text, withoutEntry(0)),
    says: /does not begin with the start of a run/,
  },
  {
    name: "two entries in the wrong order",
    change: (text) =>
      withEntries(text, (entries) => [entries[0]!, ...entries.slice(1).toReversed()]),
    says: /out of order/,
  },
  {
    name: "T-63 an agent that is not there",
    change: (text) =>
      rechained(
        text,
        editing("run_started", (entry) => (entry["agent"] = "climate")),
      ),
    says: /Agent climate not found/,
    code: "unknown_agent",
  },
  {
    name: "T-64 a tool that is not there",
    change: (text) => rechained(text, renameTool("get_temperature", "get_pressure")),
    says: /Tool get_pressure not found in agent weather/,
  },
  {
    name: "T-66 a waiting call of an agent that is not there",
    change: (text) =>
      rechained(
        text,
        editing("approval_requested", (entry) => (entry["agent"] = "climate")),
      ),
    says: /Agent climate not found/,
    code: "unknown_agent",
  },
];

/** Renames a tool in the model's call, and in the request about it. */
function renameTool(from: string, to: string): (entries: LooseEntry[]) => LooseEntry[] {
  return (entries) => JSON.parse(JSON.stringify(entries).replaceAll(`"${from}"`, `"${to}"`));
}

describe("a text that cannot be loaded is refused, without a word of what it says", () => {
  it.each(wrongTexts)("$name", async ({ change, says, code = "state_incompatible" }) => {
    const { stage, text } = await secretText();
    const changed = change(text);
    expect(changed).not.toBe(text);
    const error = await errorOf(agentOf(stage), changed);
    expect(error).toBeInstanceOf(HoldpointError);
    expect(error).toMatchObject({ code, message: expect.stringMatching(says) });
    expect(everythingIn(error)).not.toContain(canary);
    expect(everythingIn(error)).not.toContain("Oakland");
  });

  it("and what is unchanged is loaded", async () => {
    const { stage, text } = await secretText();
    expect(
      await errorOf(
        agentOf(stage),
        rechained(text, (entries) => entries),
      ),
    ).toBeUndefined();
  });
});

describe("agents that changed since a text was saved", () => {
  const team = (stage: Stage, names: [string, string], order = 1): Agent => {
    const [first, second] = names;
    const helpers = [
      stage.agent({ name: second }),
      new Agent({ name: "other", model: stage.model }),
    ];
    const handoffs = order === 1 ? helpers : helpers.toReversed();
    return new Agent({ name: first, model: stage.model, handoffs });
  };
  const script = [[call("transfer_to_second", {}, "h1")], [oakland], [done]];

  it("T-70 a run that stopped in its second agent goes on there, whatever the order", async () => {
    const stage = createStage(script);
    const { state } = await run(team(stage, ["first", "second"]), "Hello");
    const agent = team(stage, ["first", "second"], 2);
    const loaded = await reload(agent, state);
    expect(loaded.currentAgent.name).toBe("second");
    for (const item of loaded.getInterruptions()) loaded.approve(item);
    const result = await run(agent, loaded);
    expect(result.lastAgent?.name).toBe("second");
    expect(stage.executions).toHaveLength(1);
  });

  it("T-70 two agents of one name are refused, at the start and when a text is loaded", async () => {
    const stage = createStage(script);
    const { state } = await run(team(stage, ["first", "second"]), "Hello");
    const text = state.toString();
    const ambiguous = team(stage, ["second", "second"]);
    const clash = /two different agents are named "second"/;
    await expect(run(ambiguous, "Hello")).rejects.toThrow(clash);
    await expect(RunState.fromString(ambiguous, text)).rejects.toThrow(clash);
  });

  it("T-71 an agent that is gone is not replaced by another", async () => {
    const stage = createStage(script);
    const { state } = await run(team(stage, ["first", "second"]), "Hello");
    const error = await errorOf(team(stage, ["first", "third"]), state.toString());
    expect(error).toMatchObject({
      code: "unknown_agent",
      message: expect.stringContaining("Agent second not found"),
    });
  });

  it("T-63 the first of them has another name", async () => {
    const stage = createStage(script);
    const { state } = await run(team(stage, ["first", "second"]), "Hello");
    const error = await errorOf(team(stage, ["chief", "second"]), state.toString());
    expect(error).toMatchObject({
      code: "unknown_agent",
      message: expect.stringContaining("Agent first not found"),
    });
  });

  it("names all that is missing at once", async () => {
    const pressure = call("get_pressure", { city: "Paris" }, "c2");
    const stage = createStage([[oakland, pressure]]);
    const getPressure = stage.cityTool("get_pressure", { needsApproval: true });
    const agent = stage.agent({ tools: [stage.getTemperature(), getPressure] });
    const { state } = await run(agent, "Hello");
    const error = await errorOf(stage.agent({ tools: [] }), state.toString());
    expect(everythingIn(error)).toMatch(/get_temperature not found.*get_pressure not found/);
  });
});

describe("T-65 what a replaced context disables", () => {
  const agentWith = (stage: Stage): Agent => {
    const isEnabled: NonNullable<Parameters<Stage["getTemperature"]>[0]>["isEnabled"] = ({
      runContext,
    }) => (runContext.context as { mayMeasure: boolean }).mayMeasure;
    return stage.agent({ tools: [stage.getTemperature({ isEnabled })] });
  };

  it("T-65 an approved call of a tool that is disabled does not run, and nothing is lost", async () => {
    const stage = createStage([[oakland], [done]]);
    const { state } = await run(agentWith(stage), "Hello", { context: { mayMeasure: true } });
    for (const item of state.getInterruptions()) state.approve(item);
    const text = state.toString();
    knownRuns.remember(state.runId, createJournal());
    const loaded = await RunState.fromStringWithContext(agentWith(stage), text, {
      mayMeasure: false,
    });
    const refused = run(agentWith(stage), loaded);
    await expect(refused).rejects.toBeInstanceOf(UserError);
    await expect(refused).rejects.toThrow(/get_temperature/);
    expect(stage.executions).toEqual([]);
    loaded.context.context = { mayMeasure: true };
    const result = await run(agentWith(stage), loaded);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toHaveLength(1);
  });
});

describe("T-68 a text that was changed with all its hashes", () => {
  it("T-68 is trusted: the changed arguments are shown, and run once they are approved", async () => {
    const stage = createStage([[oakland], [done]]);
    const { state } = await run(agentOf(stage), "Hello");
    const edit = (entries: LooseEntry[]): LooseEntry[] =>
      JSON.parse(JSON.stringify(entries).replaceAll("Oakland", "Concord"));
    const changed = rechained(state.toString(), edit);
    knownRuns.remember(state.runId, createJournal());
    const loaded = await RunState.fromString(agentOf(stage), changed);
    const [item] = loaded.getInterruptions();
    expect(item?.arguments).toContain("Concord");
    loaded.approve(item!);
    const first = await run(agentOf(stage), loaded);
    // The request's digest is of what was asked about: what is shown now is asked about anew.
    expect(first.interruptions).toHaveLength(1);
    for (const again of first.interruptions) first.state.approve(again);
    const result = await run(agentOf(stage), first.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toMatchObject([{ args: { city: `Concord ${canary}` } }]);
  });
});
