import { describe, expect, it } from "vitest";

import { InputGuardrailTripwireTriggered } from "../../src/agents/errors.ts";
import type { InputGuardrail } from "../../src/agents/guardrail.ts";
import type { AgentOutputItem } from "../../src/agents/items.ts";
import { call, message } from "../../src/models/scripted.ts";
import { isRunState } from "../../src/agents/face/run-state.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { entriesOf } from "../support/journal-text.ts";
import { createLatch, untilIdle } from "../support/latch.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  pauseThen,
  question,
  reload,
  type Stage,
} from "../support/scenario.ts";
import { chief, desk, moved, told } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const toWeather = call("transfer_to_weather", {}, "h1");
const delegation = call("ask_weather", { input: "Oakland?" }, "d1");
const done = message("Done.");
const failed = "An error occurred while running the tool. Please try again.";

/** Notes what it sees; trips when it is told to. */
function inputGuard(
  stage: Stage,
  {
    name = "polite",
    trips = false,
    ...options
  }: Partial<InputGuardrail> & { trips?: boolean } = {},
): InputGuardrail {
  return {
    name,
    execute({ agent, input }) {
      stage.notes.push([name, agent.name, input]);
      return { tripwireTriggered: trips, outputInfo: { name } };
    },
    ...options,
  };
}

describe("input guardrails", () => {
  it.each([true, false])(
    "T-125 run once for a run and all its pauses, parallel: %s",
    async (runInParallel) => {
      const rome = call("get_temperature", { city: "Rome" }, "c2");
      const played = await pauseThen({
        script: [[oakland], [rome], [done]],
        agent: (stage) =>
          stage.agent({
            tools: [stage.getTemperature()],
            inputGuardrails: [inputGuard(stage, { runInParallel })],
          }),
        decide: [decideNothing, approveAll, approveAll],
      });
      expect(played.stops.map(({ interruptions }) => interruptions)).toEqual([
        [asked("c1")],
        [asked("c1")],
        [asked("c2", "Rome")],
        [],
      ]);
      expect(played.notes).toEqual([["polite", "weather", question]]);
    },
  );

  it("run beside the first model call; what it asks for waits until they passed", async () => {
    const played = await pauseThen({
      script: [],
      agent: (stage) => {
        const called = createLatch();
        const reply = (output: AgentOutputItem[]) => () => {
          stage.notes.push("model");
          called.open();
          return output;
        };
        const script = [reply([oakland, call("look", { city: "Rome" }, "c2")]), reply([done])];
        const { model } = createStage(script);
        const slow: InputGuardrail = {
          name: "slow",
          async execute() {
            await called.opened;
            await untilIdle();
            stage.notes.push("passed");
            return { tripwireTriggered: false, outputInfo: undefined };
          },
        };
        const needsApproval = (): boolean => {
          stage.notes.push("policy");
          return false;
        };
        const tools = [
          stage.getTemperature({ needsApproval }),
          stage.cityTool("look", { execute: () => void stage.notes.push("tool") }),
        ];
        return stage.agent({ model, tools, inputGuardrails: [slow] });
      },
    });
    expect(played.notes).toEqual(["model", "passed", "policy", "tool", "model"]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("that block run before the model is called, those beside it after them", async () => {
    const played = await pauseThen({
      script: [[done]],
      agent: (stage) => {
        const noteCalls = (name: string, runInParallel: boolean): InputGuardrail => ({
          name,
          runInParallel,
          async execute() {
            await untilIdle();
            stage.notes.push([name, stage.model.requests.length]);
            return { tripwireTriggered: false, outputInfo: undefined };
          },
        });
        return stage.agent({
          inputGuardrails: [
            noteCalls("beside", true),
            noteCalls("first", false),
            noteCalls("second", false),
          ],
        });
      },
    });
    expect(played.notes).toEqual([
      ["first", 0],
      ["second", 0],
      ["beside", 1],
    ]);
  });

  const tripped = 'InputGuardrailTripwireTriggered: Input guardrail triggered: {"name":"polite"}';

  it("that trip fail the run; the model is not called", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) => {
        const guard = inputGuard(stage, { trips: true, runInParallel: false });
        return stage.agent({ inputGuardrails: [guard] });
      },
      decide: [decideNothing],
    });
    const stop = { inputs: [], executions: [], interruptions: [], error: tripped };
    expect(played.stops).toMatchObject([stop, stop]);
    expect(played.notes).toEqual([["polite", "weather", question]]);
  });

  it("that trip beside the model fail the run; no call of its answer starts", async () => {
    const played = await pauseThen({
      script: [],
      agent: (stage) => {
        const called = createLatch();
        const { model } = createStage([
          () => {
            stage.notes.push("model");
            called.open();
            return [oakland, call("look", { city: "Rome" }, "c2")];
          },
        ]);
        const guard = inputGuard(stage, {
          async execute() {
            await called.opened;
            await untilIdle();
            return { tripwireTriggered: true, outputInfo: { name: "polite" } };
          },
        });
        const note = (): number => stage.notes.push("started");
        const tools = [
          stage.getTemperature({ needsApproval: () => !note() }),
          stage.cityTool("look", { execute: note }),
        ];
        return stage.agent({ model, tools, inputGuardrails: [guard] });
      },
      decide: [decideNothing],
    });
    const stop = { executions: [], interruptions: [], turn: 1, error: tripped };
    expect(played.stops).toMatchObject([stop, stop]);
    expect(played.notes).toEqual(["model"]);
  });

  it("that trip are named by the error, however often the run is asked", async () => {
    const stage = createStage([[oakland]]);
    const build = () => stage.agent({ inputGuardrails: [inputGuard(stage, { trips: true })] });
    const runner = new Runner();
    let error: unknown = await runner.run(build(), question).catch((thrown: unknown) => thrown);
    for (let time = 0; time < 2; time += 1) {
      if (!(error instanceof InputGuardrailTripwireTriggered)) throw error;
      expect(error.result).toMatchObject({
        guardrail: { type: "input", name: "polite" },
        output: { tripwireTriggered: true, outputInfo: { name: "polite" } },
      });
      const { state } = error;
      if (!isRunState(state)) throw new Error("There is no state");
      expect(entriesOf(state).at(-1)).toMatchObject({
        type: "run_failed",
        code: "guardrail_tripped",
      });
      const agent = build();
      const again = await reload(agent, state);
      error = await runner.run(agent, again).catch((thrown: unknown) => thrown);
    }
  });

  it("all run, also two of one name", async () => {
    const played = await pauseThen({
      script: [[done]],
      agent: (stage) =>
        stage.agent({
          inputGuardrails: [
            inputGuard(stage, { runInParallel: false }),
            inputGuard(stage, { trips: true, runInParallel: false }),
          ],
        }),
    });
    expect(played.notes).toHaveLength(2);
    expect(played.stops[0]).toMatchObject({
      inputs: [],
      error: expect.stringContaining("InputGuardrailTripwireTriggered"),
    });
  });

  it("are those of the first agent, not of agents handed to", async () => {
    const played = await pauseThen({
      script: [[toWeather], [oakland], [done]],
      agent: (stage) =>
        desk(stage, {
          inputGuardrails: [inputGuard(stage, { name: "of desk" })],
          handoffs: [stage.agent({ inputGuardrails: [inputGuard(stage, { trips: true })] })],
        }),
      decide: [approveAll],
    });
    expect(played.notes).toEqual([["of desk", "desk", question]]);
    expect(played.stops[1]?.inputs).toEqual([
      [ask, toWeather, moved(toWeather), oakland, answered(oakland, "Oakland: 20 C")],
    ]);
  });

  it("of an inner agent look at its input; that they trip is told to the outer one", async () => {
    const played = await pauseThen({
      script: [[delegation], [done], [done]],
      agent: (stage) => {
        const guard = inputGuard(stage, { trips: true, runInParallel: false });
        const weather = stage.agent({ inputGuardrails: [guard] });
        return chief(stage, { tools: [weather.asTool({ toolName: "ask_weather" })] });
      },
    });
    expect(played.notes).toEqual([["polite", "weather", "Oakland?"]]);
    expect(played.stops[0]).toMatchObject({
      inputs: [[ask], [ask, delegation, answered(delegation, failed)]],
    });
    expect(played.finalOutput).toBe("Done.");
  });

  it("of the runner do not look at the input of inner runs", async () => {
    const seen: unknown[] = [];
    const played = await pauseThen({
      script: [[delegation], [oakland], [done], [done]],
      config: {
        inputGuardrails: [
          {
            name: "of runner",
            execute({ input }) {
              seen.push(input);
              return { tripwireTriggered: false, outputInfo: undefined };
            },
          },
        ],
      },
      agent: (stage) => chief(stage),
      decide: [approveAll],
    });
    expect(seen).toEqual(Array.from({ length: 4 }, () => question));
    expect(played.stops[0]?.inputs).toEqual([[ask], [told("Oakland?")]]);
  });

  it("cannot change the input by changing what they are shown", async () => {
    const played = await pauseThen({
      script: [[done]],
      input: [ask],
      agent: (stage) => {
        const meddling = inputGuard(stage, {
          name: "meddling",
          execute({ input }) {
            if (Array.isArray(input)) input.length = 0;
            return { tripwireTriggered: false, outputInfo: undefined };
          },
        });
        return stage.agent({ inputGuardrails: [meddling, inputGuard(stage)] });
      },
    });
    expect(played.notes).toEqual([["polite", "weather", [ask]]]);
    expect(played.stops[0]?.inputs).toEqual([[ask]]);
  });

  it.each([true, false])(
    "that throw stop the run, which asks them again: %s",
    async (runInParallel) => {
      const played = await pauseThen({
        script: [[oakland], [done]],
        agent: (stage) =>
          stage.agent({
            tools: [stage.getTemperature()],
            inputGuardrails: [
              inputGuard(stage, {
                runInParallel,
                execute() {
                  stage.notes.push("asked");
                  if (stage.notes.length === 1) throw new Error("No answer");
                  return { tripwireTriggered: false, outputInfo: undefined };
                },
              }),
            ],
          }),
        decide: [decideNothing, approveAll],
      });
      const error = "GuardrailExecutionError: Input guardrail failed to complete: Error: No answer";
      expect(played.stops).toMatchObject([
        { error, interruptions: [], executions: [] },
        { interruptions: [asked("c1")], executions: [] },
        { executions: [ran("c1")] },
      ]);
      expect(played.stops.flatMap(({ inputs }) => inputs)).toEqual([
        [ask],
        [ask, oakland, answered(oakland, "Oakland: 20 C")],
      ]);
      expect(played.notes).toEqual(["asked", "asked"]);
    },
  );
});
