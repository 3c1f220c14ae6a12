import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import {
  AgentsError,
  GuardrailExecutionError,
  InputGuardrailTripwireTriggered,
  MaxTurnsExceededError,
  ModelBehaviorError,
  ModelRefusalError,
  OutputGuardrailTripwireTriggered,
  ToolCallError,
  ToolInputGuardrailTripwireTriggered,
  ToolOutputGuardrailTripwireTriggered,
  UserError,
} from "../../src/agents/errors.ts";
import type { AgentOutputItem } from "../../src/agents/items.ts";
import { call, message, type ScriptedTurn } from "../../src/models/scripted.ts";
import { run, Runner, type RunOptions } from "../../src/agents/face/run.ts";
import { createStage, question, reload, type Stage } from "../support/scenario.ts";
import { thrownBy } from "../support/thrown.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const done = message("Done.");

type ErrorClass = abstract new (...args: never[]) => Error;

interface Failing {
  name: string;
  error: ErrorClass;
  /** What `error.error` is, of a `ToolCallError`. */
  of?: ErrorClass;
  code: string;
  script?: ScriptedTurn[];
  agent?: (stage: Stage) => Agent;
  options?: RunOptions;
  runner?: Runner;
}

const tripped = async () => ({ tripwireTriggered: true, outputInfo: {} });
const broken = async () => {
  throw new Error("The guardrail broke");
};
const throwing = { behavior: { type: "throwException" } } as const;
const refusal: AgentOutputItem = {
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "refusal", refusal: "I will not" }],
};

const failures: Failing[] = [
  {
    name: "MaxTurnsExceededError",
    error: MaxTurnsExceededError,
    code: "max_turns_exceeded",
    options: { maxTurns: 0 },
  },
  {
    name: "ModelBehaviorError",
    error: ModelBehaviorError,
    code: "model_behavior",
    script: [[call("get_nothing", {}, "c1")]],
  },
  {
    name: "ModelRefusalError",
    error: ModelRefusalError,
    code: "model_behavior",
    script: [[refusal]],
  },
  {
    name: "ToolCallError",
    error: ToolCallError,
    of: Error,
    code: "tool_failed",
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({ needsApproval: false, errorFunction: null, execute: broken }),
        ],
      }),
  },
  {
    name: "InputGuardrailTripwireTriggered",
    error: InputGuardrailTripwireTriggered,
    code: "guardrail_tripped",
    agent: (stage) => stage.agent({ inputGuardrails: [{ name: "trips", execute: tripped }] }),
  },
  {
    name: "OutputGuardrailTripwireTriggered",
    error: OutputGuardrailTripwireTriggered,
    code: "guardrail_tripped",
    script: [[done]],
    agent: (stage) => stage.agent({ outputGuardrails: [{ name: "trips", execute: tripped }] }),
  },
  {
    name: "ToolCallError",
    error: ToolCallError,
    of: ToolInputGuardrailTripwireTriggered,
    code: "guardrail_tripped",
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            needsApproval: false,
            inputGuardrails: [{ name: "trips", run: async () => throwing }],
          }),
        ],
      }),
  },
  {
    name: "ToolCallError",
    error: ToolCallError,
    of: ToolOutputGuardrailTripwireTriggered,
    code: "guardrail_tripped",
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            needsApproval: false,
            outputGuardrails: [{ name: "trips", run: async () => throwing }],
          }),
        ],
      }),
  },
  {
    name: "GuardrailExecutionError",
    error: GuardrailExecutionError,
    code: "guardrail_failed",
    agent: (stage) => stage.agent({ inputGuardrails: [{ name: "breaks", execute: broken }] }),
  },
  {
    name: "UserError",
    error: UserError,
    code: "user_error",
    script: [[done]],
    agent: (stage) => stage.agent({ model: "no-such-model" }),
    runner: new Runner({
      modelProvider: {
        getModel: () => {
          throw new UserError("There is no such model");
        },
      },
    }),
  },
];

describe("what run throws carries the state to go on with", () => {
  it.each(failures)("$name, $code", async ({ error: expected, code, ...given }) => {
    const { script = [[oakland]], agent = (stage: Stage) => stage.agent(), options } = given;
    const stage = createStage(script);
    const runner = given.runner ?? new Runner();
    const error = await thrownBy(runner.run(agent(stage), question, { ...options, stream: false }));
    expect(error).toBeInstanceOf(expected);
    expect(error).toBeInstanceOf(AgentsError);
    expect(error).toMatchObject({ code, name: given.name });
    if (given.of !== undefined) expect(error).toMatchObject({ error: expect.any(given.of) });
    const loaded = await reload(agent(stage), error.state);
    expect(loaded.runId).toBe(error.state.runId);
    expect(JSON.stringify(loaded.history)).toContain(question);
  });

  it("also where it is watched, by the iteration and by completed", async () => {
    const stage = createStage([new Error("Out")]);
    const streamed = await run(stage.agent(), question, { stream: true });
    const byIteration = await thrownBy(
      (async () => {
        for await (const event of streamed) expect(event).toBeDefined();
      })(),
    );
    const byCompleted = await thrownBy(streamed.completed);
    expect(byIteration).toBe(byCompleted);
    expect(streamed.error).toBe(byCompleted);
    expect(byCompleted.state.runId).toBe(streamed.state.runId);
  });
});
