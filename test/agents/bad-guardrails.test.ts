import { describe, expect, it } from "vitest";

import {
  defineInputGuardrail,
  defineOutputGuardrail,
  defineToolInputGuardrail,
  type InputGuardrail,
} from "../../src/agents/guardrail.ts";
import type {
  GuardrailFunctionOutput,
  ToolGuardrailFunctionOutput,
} from "../../src/agents/guardrail-output.ts";
import { call, message } from "../../src/models/scripted.ts";
import { asked, ran } from "../support/expected.ts";
import { idle } from "../support/policies.ts";
import { approveAll, decideNothing, failOnce, pauseThen, type Stage } from "../support/scenario.ts";

const LOST = "The rule book is lost";
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const free = call("get_humidity", { city: "Rome" }, "f1");
const done = message("Done.");
const passed: GuardrailFunctionOutput = { tripwireTriggered: false, outputInfo: {} };

describe("a guardrail that throws", () => {
  it.each([{ runInParallel: true }, { runInParallel: false }])(
    "of the input (%o): no call starts; gone on with, it is asked again",
    async ({ runInParallel }) => {
      const played = await pauseThen({
        agent: (stage) =>
          stage.agent({ tools: [stage.cityTool("get_humidity")] }).clone({
            inputGuardrails: [
              defineInputGuardrail({
                name: "on topic",
                runInParallel,
                execute: async () => {
                  failOnce(stage, LOST);
                  return passed;
                },
              }),
            ],
          }),
        script: [[free], [done]],
        decide: [decideNothing],
      });
      const error = "GuardrailExecutionError: Input guardrail failed to complete:";
      expect(played.stops).toMatchObject([
        { executions: [], error: expect.stringContaining(error) },
        { executions: [ran("f1", "Rome", "get_humidity")], turn: 2 },
      ]);
      expect(played.finalOutput).toBe("Done.");
    },
  );

  it("of a tool's input: the approved call has not started; gone on with, it runs", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.getTemperature({
              inputGuardrails: [
                defineToolInputGuardrail({
                  name: "in town",
                  run: () => {
                    failOnce(stage, LOST);
                    return { behavior: { type: "allow" } };
                  },
                }),
              ],
            }),
          ],
        }),
      script: [[oakland], [done]],
      decide: [approveAll, decideNothing],
    });
    expect(played.stops.slice(1)).toMatchObject([
      {
        executions: [],
        interruptions: [asked("c1")],
        error: "ToolCallError: Failed to run function tools: Error: The rule book is lost",
      },
      { executions: [ran("c1")], turn: 2 },
    ]);
  });

  it("of the final output: there is none until it has answered", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          outputGuardrails: [
            defineOutputGuardrail({
              name: "polite",
              execute: async () => {
                failOnce(stage, LOST);
                return passed;
              },
            }),
          ],
        }),
      script: [[done]],
    });
    expect(played.stops).toMatchObject([
      { error: expect.stringContaining("Output guardrail failed to complete:") },
    ]);
    expect(played.finalOutput).toBeUndefined();
  });

  it.each([
    ["is missing", undefined],
    ["is empty", {}],
    ["has an unknown behavior", { behavior: { type: "reject_content", message: "No." } }],
  ])("as good as throws when a tool guardrail's answer %s", async (_what, answer) => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.cityTool("get_humidity", {
              inputGuardrails: [
                { name: "in town", run: () => answer as ToolGuardrailFunctionOutput },
              ],
            }),
          ],
        }),
      script: [[free]],
    });
    expect(played.stops).toMatchObject([
      {
        executions: [],
        error: expect.stringContaining("A tool guardrail must answer { behavior }"),
      },
    ]);
  });

  it.each([
    ["is missing", undefined],
    ["is empty", {}],
  ])("as good as throws when an input guardrail's answer %s", async (_what, answer) => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.cityTool("get_humidity")] }).clone({
          inputGuardrails: [{ name: "on topic", execute: () => answer as GuardrailFunctionOutput }],
        }),
      script: [[free]],
    });
    expect(played.stops).toMatchObject([
      {
        executions: [],
        error: expect.stringContaining("A guardrail must answer { tripwireTriggered"),
      },
    ]);
  });
});

/** A guardrail that notes that it was asked; all have one name. */
function onTopic(stage: Stage, which: string, tripwireTriggered: boolean): InputGuardrail {
  return defineInputGuardrail({
    name: "on topic",
    execute: async () => {
      stage.notes.push(which);
      return { tripwireTriggered, outputInfo: which };
    },
  });
}

describe("guardrails of one name", () => {
  it("all look at the input: one that passes does not answer for another", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.cityTool("get_humidity")] }).clone({
          inputGuardrails: [onTopic(stage, "first", false), onTopic(stage, "second", true)],
        }),
      script: [[free]],
    });
    expect(played.stops).toMatchObject([
      { executions: [], error: expect.stringMatching(/^InputGuardrailTripwireTriggered/) },
    ]);
    expect(played.notes).toEqual(["first", "second"]);
  });
});

describe("a guardrail that takes its time", () => {
  it("beside the model: no call starts before it has answered", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.cityTool("get_humidity", {
              execute: ({ city }) => {
                stage.notes.push("ran");
                return city;
              },
            }),
          ],
          inputGuardrails: [
            defineInputGuardrail({
              name: "on topic",
              execute: async () => {
                while (stage.model.requests.length === 0) await idle();
                await idle();
                stage.notes.push("passed");
                return passed;
              },
            }),
          ],
        }),
      script: [[free], [done]],
    });
    expect(played.notes).toEqual(["passed", "ran"]);
  });
});
