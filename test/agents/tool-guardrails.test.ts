import { describe, expect, it } from "vitest";
import { z } from "zod";

import { ToolCallError, ToolInputGuardrailTripwireTriggered } from "../../src/agents/errors.ts";
import {
  ToolGuardrailFunctionOutputFactory as answers,
  type ToolInputGuardrail,
  type ToolOutputGuardrail,
} from "../../src/agents/guardrail.ts";
import type { ToolGuardrailFunctionOutput } from "../../src/agents/guardrail-output.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import { isRunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { entriesOf } from "../support/journal-text.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  pauseThen,
  question,
  rejectAll,
  type Scenario,
  type Stage,
} from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const rome = call("get_temperature", { city: "Rome" }, "c2");
const done = message("Done.");
const allowed = answers.allow();

type Answer = () => ToolGuardrailFunctionOutput;

function inputGuard(stage: Stage, answer: Answer = () => allowed, name = "in"): ToolInputGuardrail {
  return {
    name,
    run({ toolCall }) {
      stage.notes.push(`${name} ${toolCall.callId}`);
      return answer();
    },
  };
}

function outputGuard(
  stage: Stage,
  answer: Answer = () => allowed,
  name = "out",
): ToolOutputGuardrail {
  return {
    name,
    run({ toolCall, output }) {
      stage.notes.push(`${name} ${toolCall.callId}: ${String(output)}`);
      return answer();
    },
  };
}

/** `get_temperature` with its guardrails; the tool's body notes that it runs. */
function guarded(
  {
    input,
    output,
    calls = [oakland],
  }: { input?: Answer; output?: Answer; calls?: (typeof oakland)[] },
  changes: Partial<Scenario> = {},
): Scenario {
  return {
    script: [calls, [done]],
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            needsApproval: (_context, { city }) => {
              stage.notes.push(`policy ${city}`);
              return true;
            },
            inputGuardrails: [inputGuard(stage, input)],
            outputGuardrails: [outputGuard(stage, output)],
            execute: ({ city }) => {
              stage.notes.push(`body ${city}`);
              return "20 C";
            },
          }),
        ],
      }),
    decide: [approveAll],
    ...changes,
  };
}

const preApproval = { config: { toolExecution: { preApprovalInputGuardrails: true } } };

describe("guardrails of a tool", () => {
  it("T-123 come in order: policy, approval, input guardrail, body, output guardrail", async () => {
    const played = await pauseThen({
      ...guarded({}),
      decide: [
        (state, items, stage) => {
          stage.notes.push("approval");
          return approveAll(state, items, stage);
        },
      ],
    });
    expect(played.notes).toEqual([
      "policy Oakland",
      "approval",
      "in c1",
      "body Oakland",
      "out c1: 20 C",
    ]);
    expect(played.stops[1]?.inputs).toEqual([[ask, oakland, answered(oakland, "20 C")]]);
  });

  it("T-123 are not asked about a rejected call", async () => {
    const played = await pauseThen(guarded({}, { decide: [rejectAll] }));
    expect(played.notes).toEqual(["policy Oakland"]);
  });

  it("T-124 of its input also run before a person is asked, where that is wanted", async () => {
    const played = await pauseThen(guarded({}, preApproval));
    expect(played.notes).toEqual([
      "policy Oakland",
      "in c1",
      "in c1",
      "body Oakland",
      "out c1: 20 C",
    ]);
    expect(played.stops).toMatchObject([
      { executions: [], interruptions: [asked("c1")] },
      { executions: [ran("c1")] },
    ]);
  });

  it("T-124 that reject first leave nothing to ask a person", async () => {
    const played = await pauseThen(
      guarded({ input: () => answers.rejectContent("Not here.") }, { ...preApproval, decide: [] }),
    );
    expect(played.stops).toMatchObject([
      {
        inputs: [[ask], [ask, oakland, answered(oakland, "Not here.")]],
        executions: [],
        interruptions: [],
        turn: 2,
      },
    ]);
    expect(played.notes).toEqual(["policy Oakland", "in c1"]);
  });

  it("T-124 are asked but once about a call that nobody is asked about", async () => {
    const played = await pauseThen({
      ...preApproval,
      script: [[oakland], [done]],
      agent: (stage) => {
        const inputGuardrails = [inputGuard(stage)];
        return stage.agent({
          tools: [stage.getTemperature({ needsApproval: false, inputGuardrails })],
        });
      },
    });
    expect(played.notes).toEqual(["in c1"]);
    expect(played.stops[0]?.executions).toEqual([ran("c1")]);
  });

  it("that reject an approved call's input put their text in its place", async () => {
    const played = await pauseThen(guarded({ input: () => answers.rejectContent("Not here.") }));
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, answered(oakland, "Not here.")]],
      executions: [],
      turn: 2,
    });
    expect(played.notes).toEqual(["policy Oakland", "in c1"]);
  });

  it("that reject an output put their text in its place, and the call ran once", async () => {
    const played = await pauseThen(guarded({ output: () => answers.rejectContent("Redacted.") }));
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, answered(oakland, "Redacted.")]],
      executions: [ran("c1")],
    });
    expect(JSON.stringify(played.items)).not.toContain("20 C");
  });

  it.each(["in", "out"])("%s: the first that rejects is the last asked", async (kind) => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) => {
        const guards = [
          () => allowed,
          () => answers.rejectContent("First."),
          () => answers.rejectContent("Second."),
        ];
        const names = ["one", "two", "three"];
        return stage.agent({
          tools: [
            stage.getTemperature({
              needsApproval: false,
              inputGuardrails:
                kind === "in" ? guards.map((each, at) => inputGuard(stage, each, names[at])) : [],
              outputGuardrails:
                kind === "out" ? guards.map((each, at) => outputGuard(stage, each, names[at])) : [],
            }),
          ],
        });
      },
    });
    expect(played.notes.map((note) => String(note).split(" ")[0])).toEqual(["one", "two"]);
    expect(played.stops[0]?.inputs[1]).toEqual([ask, oakland, answered(oakland, "First.")]);
  });

  it.each([
    { kind: "input", input: () => answers.throwException("why"), executions: [] },
    { kind: "output", output: () => answers.throwException("why"), executions: [ran("c1")] },
  ])(
    "that throw over its $kind fail the run, for good",
    async ({ kind, executions, ...guards }) => {
      const played = await pauseThen({
        ...guarded(guards),
        decide: [approveAll, decideNothing],
      });
      const error = expect.stringContaining(`Tool ${kind} guardrail triggered: `);
      expect(played.stops).toMatchObject([
        { interruptions: [asked("c1")] },
        { inputs: [], executions, interruptions: [], error },
        { inputs: [], executions: [], interruptions: [], error },
      ]);
    },
  );

  it("that throw are named by the error", async () => {
    const stage = createStage([[oakland]]);
    const guardrail = inputGuard(stage, () => answers.throwException({ code: 7 }));
    const agent = stage.agent({
      tools: [stage.getTemperature({ needsApproval: false, inputGuardrails: [guardrail] })],
    });
    const error: unknown = await new Runner()
      .run(agent, question)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof ToolCallError)) throw error;
    expect(error.error).toBeInstanceOf(ToolInputGuardrailTripwireTriggered);
    expect(error.error).toMatchObject({
      result: {
        guardrail: { type: "tool_input", name: "in" },
        output: { behavior: { type: "throwException" }, outputInfo: { code: 7 } },
      },
    });
    if (!isRunState(error.state)) throw new Error("There is no state");
    expect(entriesOf(error.state).filter(({ type }) => type === "guardrail_ran")).toMatchObject([
      { guardrail: "in", kind: "tool_input", callId: "c1", tripped: true, info: { code: 7 } },
    ]);
  });

  it("leave in the journal what they answered, also the text in place of an output", async () => {
    const kept: unknown[] = [];
    await pauseThen(
      guarded(
        {
          output: () => answers.rejectContent("Redacted.", { found: "C" }),
          calls: [oakland, rome],
        },
        {
          script: [[oakland], [rome], [done]],
          decide: [
            approveAll,
            (state) => {
              const verdicts = entriesOf(state).filter((entry) => entry.type === "guardrail_ran");
              kept.push(
                ...verdicts.map(
                  ({ seq: _seq, at: _at, prev: _prev, epoch: _epoch, ...rest }) => rest,
                ),
              );
            },
          ],
        },
      ),
    );
    const entries = [
      { type: "guardrail_ran", guardrail: "in", kind: "tool_input", callId: "c1", tripped: false },
      {
        type: "guardrail_ran",
        guardrail: "out",
        kind: "tool_output",
        callId: "c1",
        tripped: true,
        info: { found: "C" },
        replacement: "Redacted.",
      },
    ];
    expect(kept).toEqual(Array.from({ length: 4 }, () => entries).flat());
  });

  it("of its input that throw by mistake stop the run; the approval is still good", async () => {
    let fails = 0;
    const played = await pauseThen(
      guarded(
        {
          input: () => {
            fails += 1;
            if (fails % 2 === 1) throw new Error("No answer");
            return allowed;
          },
        },
        { decide: [approveAll, decideNothing] },
      ),
    );
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")] },
      {
        inputs: [],
        executions: [],
        error: "ToolCallError: Failed to run function tools: Error: No answer",
      },
      { inputs: [[ask, oakland, answered(oakland, "20 C")]], executions: [ran("c1")] },
    ]);
  });

  it("of its output that throw by mistake leave the call in doubt", async () => {
    let fails = 0;
    const played = await pauseThen(
      guarded(
        {
          output: () => {
            fails += 1;
            if (fails % 2 === 1) throw new Error("No answer");
            return allowed;
          },
        },
        { decide: [approveAll, decideNothing, approveAll] },
      ),
    );
    const doubt = asked("c1", "Oakland", {
      kind: "outcome_unknown",
      reason: expect.stringContaining("did its work, and a guardrail of its output failed"),
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")] },
      { inputs: [], executions: [ran("c1")], error: expect.stringContaining("No answer") },
      { inputs: [], executions: [], interruptions: [doubt] },
      { inputs: [[ask, oakland, answered(oakland, "20 C")]], executions: [ran("c1")] },
    ]);
  });

  it.each([undefined, {}, { behavior: { type: "yes" } }])(
    "must answer something that is known: %o lets nothing run",
    async (answer) => {
      const played = await pauseThen(guarded({ input: () => answer as never }));
      expect(played.stops[1]).toMatchObject({
        inputs: [],
        executions: [],
        error: expect.stringContaining("A tool guardrail must answer { behavior }"),
      });
    },
  );
});

describe("a gate", () => {
  const inner = createStage([]).agent();

  it.each([1, 0, "yes", "", null, {}, []])(
    "T-134 that is no gate is refused where the tool is declared: %o",
    (needsApproval) => {
      const invalid = needsApproval as never;
      const declare = () =>
        tool({
          name: "pay",
          description: "Pays.",
          parameters: z.object({}),
          needsApproval: invalid,
          execute: () => "Paid",
        });
      expect(declare).toThrow(/needsApproval must be true, false or a function/);
      expect(() => inner.asTool({ needsApproval: invalid })).toThrow(
        /needsApproval must be true, false or a function/,
      );
    },
  );
});
