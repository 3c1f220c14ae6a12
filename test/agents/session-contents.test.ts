import { describe, expect, it } from "vitest";

import {
  defineToolInputGuardrail,
  ToolGuardrailFunctionOutputFactory,
} from "../../src/agents/guardrail.ts";
import { message } from "../../src/models/scripted.ts";
import { said, useConversations, ways } from "../support/conversation.ts";
import { answered, ran, keptCall as call } from "../support/expected.ts";
import { approveAll, decideNothing, type Stage } from "../support/scenario.ts";

const open = useConversations();

const before = [said("Are you there?"), message("I am.")];
const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const rome = call("search", { city: "Rome" }, "c3");
const searching = (stage: Stage) =>
  stage.agent({ tools: [stage.getTemperature(), stage.cityTool("search")] });

describe.each(ways)("what a session does not get ($name)", (way) => {
  it.each([true, false])(
    "T-115 input that a guardrail refused, nor what a model said to it (in parallel: %s)",
    async (runInParallel) => {
      const talk = await open(way, {
        initialItems: before,
        script: [[message("Fine.")], [message("Fine.")]],
        agent: (stage) =>
          stage.agent({
            inputGuardrails: [
              {
                name: "no_secrets",
                runInParallel,
                execute: async ({ input }) => ({
                  tripwireTriggered: JSON.stringify(input).includes("secret"),
                  outputInfo: null,
                }),
              },
            ],
          }),
      });
      await talk.say("A secret.");
      expect(talk.error).toMatchObject({ name: "InputGuardrailTripwireTriggered" });
      expect(await talk.session.getItems()).toEqual(before);
      await talk.say("A question.");
      expect(talk.inputs().at(-1)).toEqual([...before, said("A question.")]);
      expect(await talk.session.getItems()).toEqual([
        ...before,
        said("A question."),
        message("Fine."),
      ]);
    },
  );

  it("T-116 an answer that an output guardrail blocked; what an approved tool did stays", async () => {
    const talk = await open(way, {
      script: [[oakland], [message("Blocked.")], [message("Blocked.")]],
      agent: (stage) =>
        stage.agent({
          outputGuardrails: [
            { name: "no", execute: async () => ({ tripwireTriggered: true, outputInfo: null }) },
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "OutputGuardrailTripwireTriggered" });
    const kept = [said("How warm?"), oakland, answered(oakland, "Oakland: 20 C")];
    expect(await talk.session.getItems()).toEqual(kept);
    expect(talk.stage.executions).toEqual([ran("c1")]);
    // Of a run of one turn what was asked stays.
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
    expect(await talk.session.getItems()).toEqual([...kept, said("And now?")]);
  });

  it("T-116 a tool's output that was the blocked answer", async () => {
    const talk = await open(way, {
      script: [[rome, oakland], [message("Fine.")]],
      agent: (stage) =>
        stage.agent({
          tools: [stage.getTemperature(), stage.cityTool("search", { execute: () => "early" })],
          toolUseBehavior: { stopAtToolNames: ["get_temperature"] },
          outputGuardrails: [
            {
              name: "no",
              execute: async ({ agentOutput }) => ({
                tripwireTriggered: String(agentOutput).includes("20 C"),
                outputInfo: null,
              }),
            },
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "OutputGuardrailTripwireTriggered" });
    const kept = [
      said("How warm?"),
      rome,
      oakland,
      answered(rome, "early"),
      answered(oakland, "The output was withheld by a guardrail."),
    ];
    expect(await talk.session.getItems()).toEqual(kept);
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
  });

  it("what a model was asked and did not answer, until the run is gone on with", async () => {
    const talk = await open(way, {
      agent: searching,
      script: [new Error("away"), [rome], new Error("away"), [message("Warm.")]],
    });
    await talk.say("Rome?");
    expect(talk.error).toMatchObject({ message: "away" });
    expect(await talk.session.getItems()).toEqual([]);
    await talk.say("Rome, please?");
    const asked = [said("Rome, please?"), rome, answered(rome, "Rome: 20 C")];
    expect(await talk.session.getItems()).toEqual(asked);
    await talk.decide(decideNothing);
    expect(await talk.session.getItems()).toEqual([...asked, message("Warm.")]);
    expect(talk.inputs()).toEqual([[said("Rome?")], [said("Rome, please?")], asked, asked]);
  });

  it("what a filter made of the input of one call", async () => {
    const talk = await open(way, {
      initialItems: before,
      script: [[oakland], [message("20.")]],
      config: {
        callModelInputFilter: ({ modelData }) => ({
          ...modelData,
          input: [said("filtered"), ...modelData.input.slice(-1)],
        }),
      },
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    const output = answered(oakland, "Oakland: 20 C");
    expect(talk.inputs()).toEqual([
      [said("filtered"), said("How warm?")],
      [said("filtered"), output],
    ]);
    const whole = [...before, said("How warm?"), oakland, output, message("20.")];
    expect(await talk.session.getItems()).toEqual(whole);
    expect(talk.result.history).toEqual(whole);
  });
});

describe.each(ways)("the end of a run in a session ($name)", (way) => {
  it("adds the text that a handler put in place of a failure", async () => {
    const talk = await open(way, { agent: searching, script: [[rome], [message("Next.")]] });
    await talk.say("Rome?", {
      maxTurns: 1,
      errorHandlers: { maxTurns: () => ({ finalOutput: "I gave up." }) },
    });
    const whole = [
      said("Rome?"),
      rome,
      answered(rome, "Rome: 20 C"),
      { ...message("I gave up."), content: [{ type: "output_text", text: "I gave up." }] },
    ];
    expect(await talk.session.getItems()).toEqual(whole);
    await talk.say("And?");
    expect(talk.inputs().at(-1)).toEqual([...whole, said("And?")]);
  });

  it("adds a tool's output that ended the run", async () => {
    const talk = await open(way, {
      script: [[oakland]],
      agent: (stage) => stage.agent({ toolUseBehavior: "stop_on_first_tool" }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.result.finalOutput).toBe("Oakland: 20 C");
    expect(await talk.session.getItems()).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "Oakland: 20 C"),
    ]);
  });

  it("goes on where the limit of turns stopped it, with a higher one", async () => {
    const talk = await open(way, { script: [[oakland], [message("20.")]] });
    await talk.say("How warm?", { maxTurns: 1 });
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "MaxTurnsExceededError" });
    await talk.decide(decideNothing, { maxTurns: 2 });
    expect(await talk.session.getItems()).toEqual([
      said("How warm?"),
      oakland,
      answered(oakland, "Oakland: 20 C"),
      message("20."),
    ]);
  });

  it("tells of a call that a guardrail failed, and of those beside it", async () => {
    const talk = await open(way, {
      script: [[rome, oakland], [message("Next.")]],
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.cityTool("search"),
            stage.getTemperature({
              inputGuardrails: [
                defineToolInputGuardrail({
                  name: "not_oakland",
                  run: async () => ToolGuardrailFunctionOutputFactory.throwException(),
                }),
              ],
            }),
          ],
        }),
    });
    await talk.say("How warm?");
    await talk.decide(approveAll);
    expect(talk.error).toMatchObject({ name: "ToolCallError" });
    const kept = [
      said("How warm?"),
      rome,
      oakland,
      answered(rome, "Rome: 20 C"),
      answered(oakland, "The run failed before this call ran."),
    ];
    expect(await talk.session.getItems()).toEqual(kept);
    await talk.say("And now?");
    expect(talk.inputs().at(-1)).toEqual([...kept, said("And now?")]);
  });
});
