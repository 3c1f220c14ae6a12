import { describe, expect, it } from "vitest";

import {
  defineOutputGuardrail,
  defineToolOutputGuardrail,
  type OutputGuardrail,
  type ToolOutputGuardrail,
} from "../../src/agents/guardrail.ts";
import { call, message } from "../../src/models/scripted.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { approveAll, decideNothing, failOnce, pauseThen, type Stage } from "../support/scenario.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const done = message("Done.");
const paused = [...callEvents(1), "tool_approval_requested"];
const resumed = ["tool_output", ...messageEvents(1)];
const firstStop = {
  inputs: [[ask]],
  executions: [],
  interruptions: [asked("c1")],
  turn: 1,
  events: paused,
};

/** The request that asks what came of an attempt. */
function askedAgain(cause: string) {
  const reason = `This call was started at <time> ${cause}. Approve to run it again, or reject with the text that the agent shall go on with`;
  return asked("c1", "Oakland", { kind: "outcome_unknown", reason });
}

/** The end of a run whose approved call has this output, run in this stop or not. */
function lastStop(output: string, executions = [ran("c1")]) {
  return {
    inputs: [[ask, oakland, answered(oakland, output)]],
    executions,
    interruptions: [],
    turn: 2,
    events: resumed,
  };
}

function plausible(stage: Stage): ToolOutputGuardrail {
  return defineToolOutputGuardrail({
    name: "plausible",
    run: () => {
      failOnce(stage, "The almanac is out");
      return { behavior: { type: "allow" } };
    },
  });
}

function polite(stage: Stage): OutputGuardrail {
  return defineOutputGuardrail({
    name: "polite",
    execute: async () => {
      stage.notes.push("looked");
      failOnce(stage, "The book of manners is out");
      return { tripwireTriggered: false, outputInfo: {} };
    },
  });
}

describe("what fails around a body", () => {
  it("T-49 a hook after it: the call is not run again", async () => {
    const played = await pauseThen({
      listen: (runner, stage) =>
        void runner.on("agent_tool_end", () => failOnce(stage, "The hook failed")),
      script: [[oakland], [done]],
      decide: [approveAll, decideNothing],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [],
        executions: [ran("c1")],
        interruptions: [],
        turn: 1,
        events: ["tool_output"],
        error: "Error: The hook failed",
      },
      { ...lastStop("Oakland: 20 C", []), events: messageEvents(1) },
    ]);
  });

  it("T-50 a guardrail of its output: the call is not run again unasked", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({ tools: [stage.getTemperature({ outputGuardrails: [plausible(stage)] })] }),
      script: [[oakland], [done]],
      decide: [
        approveAll,
        decideNothing,
        (state, [item]) => state.reject(item!, { message: "20 C" }),
      ],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [],
        executions: [ran("c1")],
        interruptions: [],
        turn: 1,
        events: [],
        error: "ToolCallError: Failed to run function tools: Error: The almanac is out",
      },
      {
        inputs: [],
        executions: [],
        interruptions: [
          askedAgain("and did its work, and a guardrail of its output failed: The almanac is out"),
        ],
        turn: 1,
        events: ["tool_approval_requested"],
      },
      lastStop("20 C", []),
    ]);
  });

  it("T-50 a guardrail of the final output: tool and model are not called again", async () => {
    const played = await pauseThen({
      agent: (stage) => stage.agent({ outputGuardrails: [polite(stage)] }),
      script: [[oakland], [done]],
      decide: [approveAll, decideNothing],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        ...lastStop("Oakland: 20 C"),
        error: expect.stringMatching(/^GuardrailExecutionError: /),
      },
      { inputs: [], executions: [], interruptions: [], turn: 2, events: [] },
    ]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.notes).toEqual(["looked", "The book of manners is out", "looked"]);
  });

  it("T-51 a hook of one call: the others' outputs are kept, in the model's order", async () => {
    const calls = ["Oakland", "Paris", "Rome"].map((city, index) =>
      call("get_temperature", { city }, `c${index + 1}`),
    );
    const [first, second, third] = calls;
    const played = await pauseThen({
      listen: (runner, stage) =>
        void runner.on("agent_tool_end", (_context, _agent, _tool, _result, { toolCall }) => {
          if (toolCall.callId === "c2") failOnce(stage, "The hook failed");
        }),
      agent: (stage) => stage.agent({ tools: [stage.getTemperature({ needsApproval: false })] }),
      script: [calls, [done]],
      decide: [decideNothing],
    });
    expect(played.stops).toEqual([
      {
        inputs: [[ask]],
        executions: [ran("c1"), ran("c2", "Paris"), ran("c3", "Rome")],
        interruptions: [],
        turn: 1,
        events: [...callEvents(3), "tool_output", "tool_output", "tool_output"],
        error: "Error: The hook failed",
      },
      {
        inputs: [
          [
            ask,
            ...calls,
            answered(first!, "Oakland: 20 C"),
            answered(second!, "Paris: 20 C"),
            answered(third!, "Rome: 20 C"),
          ],
        ],
        executions: [],
        interruptions: [],
        turn: 2,
        events: messageEvents(1),
      },
    ]);
  });

  it("a hook before it: nothing ran, and a person is asked", async () => {
    const played = await pauseThen({
      listen: (runner, stage) =>
        void runner.on("agent_tool_start", () => failOnce(stage, "The hook failed")),
      script: [[oakland], [done]],
      decide: [approveAll, decideNothing, approveAll],
    });
    expect(played.stops).toEqual([
      firstStop,
      {
        inputs: [],
        executions: [],
        interruptions: [],
        turn: 1,
        events: [],
        error: "Error: The hook failed",
      },
      {
        inputs: [],
        executions: [],
        interruptions: [askedAgain("and its outcome was not recorded")],
        turn: 1,
        events: ["tool_approval_requested"],
      },
      lastStop("Oakland: 20 C"),
    ]);
  });
});
