import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import type { Entry } from "../../src/agents/entries.ts";
import { createJournal } from "../support/journal.ts";
import { call, message, type ScriptedTurn } from "../../src/models/scripted.ts";
import { knownRuns } from "../../src/agents/face/known-journals.ts";
import type { RunToolApprovalItem } from "../../src/agents/face/run-items.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, ran } from "../support/expected.ts";
import { cutAfter, entriesOf } from "../support/journal-text.ts";
import { createStage, question, type Stage } from "../support/scenario.ts";
import { askWeather, chief, told } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
const warm = message("It is warm.");
const done = message("Done.");

interface Crash {
  script: ScriptedTurn[];
  agent: (stage: Stage) => Agent;
  /** Finds the last entry that was written. */
  last: (entry: Entry) => boolean;
  decide?: (state: RunState, item: RunToolApprovalItem) => void;
}

const started =
  (callId: string) =>
  (entry: Entry): boolean =>
    entry.type === "tool_started" && entry.callId === callId;

/** A process dies once a run of all-approved calls has written `last`; another takes it up. */
async function crash({
  script,
  agent,
  last,
  decide = (state, item) => state.approve(item),
}: Crash) {
  const first = createStage(script);
  const before = agent(first);
  let result = await new Runner().run(before, question);
  while (result.interruptions.length > 0) {
    for (const item of result.interruptions) decide(result.state, item);
    result = await new Runner().run(before, result.state);
  }
  const length = entriesOf(result.state).findIndex(last) + 1;
  const text = cutAfter(result.state, length);
  knownRuns.remember(result.state.runId, createJournal());
  // What is left of the script: one turn for each response that the text does not have.
  const responses = (text.match(/model_responded/g) ?? []).length;
  const stage = createStage(script.slice(responses));
  const after = agent(stage);
  return { stage, agent: after, state: await RunState.fromString(after, text), first };
}

/** The keys that a tool was given, over all attempts. */
function keyed(stage: Stage, options: Parameters<Stage["getTemperature"]>[0] = {}) {
  return stage.getTemperature({
    execute: ({ city }, _context, details) => {
      stage.notes.push(details?.idempotencyKey);
      return `${city}: 20 C`;
    },
    ...options,
  });
}

const inputsOf = ({ model }: Stage) => model.requests.map(({ input }) => input);

describe("a process that dies while a tool runs", () => {
  const once: Crash = {
    script: [[oakland, paris], [done]],
    agent: (stage) => stage.agent({ tools: [keyed(stage)] }),
    last: started("c1"),
  };
  const idempotent: Crash = {
    ...once,
    agent: (stage) => stage.agent({ tools: [keyed(stage, { idempotent: true })] }),
  };
  const both = [ask, oakland, paris];
  const parisAnswer = answered(paris, "Paris: 20 C");

  it("runs an idempotent tool again without asking, with the same key", async () => {
    const { stage, agent, state, first } = await crash(idempotent);
    const result = await new Runner().run(agent, state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toEqual([ran("c1"), ran("c2", "Paris")]);
    expect(stage.notes).toEqual(first.notes);
    expect(new Set(stage.notes)).toEqual(new Set([`${state.runId}/c1`, `${state.runId}/c2`]));
    expect(inputsOf(stage)).toEqual([[...both, answered(oakland, "Oakland: 20 C"), parisAnswer]]);
    const attempts = entriesOf(result.state).filter(started("c1"));
    expect(attempts).toMatchObject([{ attempt: 1 }, { attempt: 2, rule: "idempotent" }]);
  });

  it("runs an idempotent tool again with what the approver made of the arguments", async () => {
    const { stage, agent, state } = await crash({
      ...idempotent,
      script: [[oakland], [done]],
      decide: (before, item) => before.approve(item, { arguments: { city: "Rome" } }),
    });
    await new Runner().run(agent, state);
    expect(stage.executions).toEqual([ran("c1", "Rome")]);
    const note = 'The approver changed the arguments of this call to: {"city":"Rome"}';
    expect(inputsOf(stage)).toEqual([[ask, oakland, answered(oakland, `${note}\nRome: 20 C`)]]);
  });

  it("asks about any other; approved it runs again, with the same key", async () => {
    const { stage, agent, state, first } = await crash(once);
    const paused = await new Runner().run(agent, state);
    expect(stage.executions).toEqual([ran("c2", "Paris")]);
    expect(stage.model.requests).toEqual([]);
    expect(paused.interruptions).toMatchObject([
      {
        kind: "outcome_unknown",
        name: "get_temperature",
        arguments: '{"city":"Oakland"}',
        reason: expect.stringMatching(
          /^This call was started at .* and its outcome was not recorded\. Approve to run it again/,
        ),
      },
    ]);
    for (const item of paused.interruptions) paused.state.approve(item);
    const result = await new Runner().run(agent, paused.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toEqual([ran("c2", "Paris"), ran("c1")]);
    expect(stage.notes).toEqual(first.notes.toReversed());
    expect(inputsOf(stage)).toEqual([[...both, answered(oakland, "Oakland: 20 C"), parisAnswer]]);
  });

  it.each([
    { given: { message: "It was 19 C." }, output: "It was 19 C." },
    { given: { message: "" }, output: "" },
    { given: {}, output: "The outcome of this call is unknown. It was not run again." },
  ])("asks about any other; rejected it goes on with what is stated: $given", async (stated) => {
    const { stage, agent, state } = await crash(once);
    const paused = await new Runner().run(agent, state);
    for (const item of paused.interruptions) paused.state.reject(item, stated.given);
    const result = await new Runner().run(agent, paused.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toEqual([ran("c2", "Paris")]);
    expect(inputsOf(stage)).toEqual([[...both, answered(oakland, stated.output), parisAnswer]]);
  });

  it.each([
    {
      how: "approved",
      decide: (state: RunState, item: RunToolApprovalItem) =>
        state.approve(item, { alwaysApprove: true }),
    },
    {
      how: "rejected",
      decide: (state: RunState, item: RunToolApprovalItem) =>
        state.reject(item, { alwaysReject: true, message: "It was 19 C." }),
    },
  ])("what came of one attempt decides nothing else, $how always", async ({ decide }) => {
    const { stage, agent, state } = await crash({
      ...once,
      script: [[oakland], [paris], [done]],
    });
    const paused = await new Runner().run(agent, state);
    for (const item of paused.interruptions) decide(paused.state, item);
    const next = await new Runner().run(agent, paused.state);
    expect(next.interruptions).toMatchObject([{ kind: "tool_call", rawItem: { callId: "c2" } }]);
    expect(stage.executions.filter(({ callId }) => callId === "c2")).toEqual([]);
  });

  it("asks again when the tool changed while that was decided", async () => {
    const { stage, agent, state } = await crash({ ...once, script: [[oakland], [done]] });
    const paused = await new Runner().run(agent, state);
    for (const item of paused.interruptions) paused.state.approve(item);
    const changed = stage.agent({ tools: [keyed(stage, { description: "Measures." })] });
    const text = paused.state.toString();
    knownRuns.remember(paused.state.runId, createJournal());
    const again = await new Runner().run(changed, await RunState.fromString(changed, text));
    expect(again.interruptions).toMatchObject([{ kind: "outcome_unknown" }]);
    expect(stage.executions).toEqual([]);
  });

  it("knows of two calls which one was over", async () => {
    const { stage, agent, state } = await crash({
      ...once,
      last: (entry) => entry.type === "tool_finished" && entry.callId === "c1",
    });
    const paused = await new Runner().run(agent, state);
    expect(paused.interruptions.map(({ rawItem }) => rawItem.callId)).toEqual(["c2"]);
    expect(stage.executions).toEqual([]);
  });

  it("knows of a call inside an inner run, whose key has the path in it", async () => {
    const { stage, agent, state, first } = await crash({
      script: [[delegation], [oakland], [warm], [done]],
      agent: (at) => chief(at, { tools: [askWeather(at, { agent: { tools: [keyed(at)] } })] }),
      last: started("c1"),
    });
    expect(first.notes).toEqual([`${state.runId}/d1/c1`]);
    const paused = await new Runner().run(agent, state);
    expect(paused.interruptions).toMatchObject([{ kind: "outcome_unknown", path: ["d1"] }]);
    for (const item of paused.interruptions) paused.state.approve(item);
    const result = await new Runner().run(agent, paused.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.notes).toEqual(first.notes);
    expect(inputsOf(stage)).toEqual([
      [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
      [ask, delegation, answered(delegation, "It is warm.")],
    ]);
  });
});
