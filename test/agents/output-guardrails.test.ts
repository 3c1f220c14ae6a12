import { describe, expect, it } from "vitest";

import {
  GuardrailExecutionError,
  OutputGuardrailTripwireTriggered,
} from "../../src/agents/errors.ts";
import type { OutputGuardrail } from "../../src/agents/guardrail.ts";
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
  reload,
  type Stage,
} from "../support/scenario.ts";
import { chief, desk, told } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const toWeather = call("transfer_to_weather", {}, "h1");
const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
const done = message("Done.");
const failed = "An error occurred while running the tool. Please try again.";

/** Notes what it sees; trips when it is told to. */
function outputGuard(
  stage: Stage,
  { name = "discreet", trips = false }: { name?: string; trips?: boolean } = {},
): OutputGuardrail {
  return {
    name,
    execute({ agent, agentOutput }) {
      stage.notes.push([name, agent.name, agentOutput]);
      return { tripwireTriggered: trips, outputInfo: { name } };
    },
  };
}

describe("output guardrails", () => {
  it("T-125 look at the final output only, of the last agent's and the runner's", async () => {
    const seen: unknown[] = [];
    const played = await pauseThen({
      script: [[message("A remark."), toWeather], [oakland], [done]],
      config: {
        outputGuardrails: [
          {
            name: "of runner",
            execute({ agent, agentOutput }) {
              seen.push([agent.name, agentOutput]);
              return { tripwireTriggered: false, outputInfo: undefined };
            },
          },
        ],
      },
      agent: (stage) =>
        desk(stage, {
          outputGuardrails: [outputGuard(stage, { name: "of desk" })],
          handoffs: [stage.agent({ outputGuardrails: [outputGuard(stage)] })],
        }),
      decide: [approveAll],
    });
    expect(played.notes).toEqual([["discreet", "weather", "Done."]]);
    expect(seen).toEqual(Array.from({ length: 4 }, () => ["weather", "Done."]));
  });

  it("that trip after an approved call leave its effect, and no output", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) =>
        stage.agent({
          tools: [stage.getTemperature()],
          outputGuardrails: [outputGuard(stage, { trips: true })],
        }),
      decide: [approveAll, decideNothing],
    });
    const error =
      'OutputGuardrailTripwireTriggered: Output guardrail triggered: {"name":"discreet"}';
    expect(played.stops).toMatchObject([
      { inputs: [[ask]], interruptions: [asked("c1")] },
      {
        inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]],
        executions: [ran("c1")],
        interruptions: [],
        error,
      },
      { inputs: [], executions: [], interruptions: [], error },
    ]);
    expect(played.finalOutput).toBeUndefined();
    expect(played.notes).toHaveLength(1);
  });

  it("that trip are named by the error, however often the run is asked", async () => {
    const stage = createStage([[done]]);
    const build = () => stage.agent({ outputGuardrails: [outputGuard(stage, { trips: true })] });
    const runner = new Runner();
    let error: unknown = await runner.run(build(), question).catch((thrown: unknown) => thrown);
    for (let time = 0; time < 2; time += 1) {
      if (!(error instanceof OutputGuardrailTripwireTriggered)) throw error;
      expect(error.result).toMatchObject({
        guardrail: { type: "output", name: "discreet" },
        output: { tripwireTriggered: true, outputInfo: { name: "discreet" } },
      });
      if (!isRunState(error.state)) throw new Error("There is no state");
      const agent = build();
      const again = await reload(agent, error.state);
      error = await runner.run(agent, again).catch((thrown: unknown) => thrown);
    }
  });

  it("of an inner agent trip inside: the outer one is told", async () => {
    const played = await pauseThen({
      script: [[delegation], [oakland], [message("A secret.")], [done]],
      agent: (stage) => {
        const weather = stage.agent({ outputGuardrails: [outputGuard(stage, { trips: true })] });
        return chief(stage, { tools: [weather.asTool({ toolName: "ask_weather" })] });
      },
      decide: [approveAll],
    });
    expect(played.notes).toEqual([["discreet", "weather", "A secret."]]);
    expect(played.stops[1]).toMatchObject({
      inputs: [
        [told("Oakland?"), oakland, answered(oakland, "Oakland: 20 C")],
        [ask, delegation, answered(delegation, failed)],
      ],
      executions: [ran("c1")],
    });
    expect(played.finalOutput).toBe("Done.");
  });

  it("that throw stop the run, which asks them again and nobody else", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) =>
        stage.agent({
          tools: [stage.getTemperature()],
          outputGuardrails: [
            {
              name: "shaky",
              execute() {
                stage.notes.push("asked");
                if (stage.notes.length === 1) throw new Error("No answer");
                return { tripwireTriggered: false, outputInfo: undefined };
              },
            },
          ],
        }),
      decide: [approveAll, decideNothing],
    });
    expect(played.stops).toMatchObject([
      {},
      {
        executions: [ran("c1")],
        error: "GuardrailExecutionError: Output guardrail failed to complete: Error: No answer",
      },
      { inputs: [], executions: [] },
    ]);
    expect(played.finalOutput).toBe("Done.");
    expect(played.notes).toEqual(["asked", "asked"]);
  });

  it("that throw leave a state without an output", async () => {
    const stage = createStage([[done]]);
    const shaky: OutputGuardrail = {
      name: "shaky",
      execute: () => {
        throw new Error("No answer");
      },
    };
    const agent = stage.agent({ outputGuardrails: [shaky] });
    const error: unknown = await new Runner()
      .run(agent, question)
      .catch((thrown: unknown) => thrown);
    if (!(error instanceof GuardrailExecutionError)) throw error;
    expect(error.error).toEqual(new Error("No answer"));
    if (!isRunState(error.state)) throw new Error("There is no state");
    expect(entriesOf(error.state).map(({ type }) => type)).not.toContain("run_completed");
  });
});
