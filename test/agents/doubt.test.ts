import { describe, expect, it } from "vitest";

import { call, message } from "../../src/models/scripted.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, callEvents, messageEvents, ran } from "../support/expected.ts";
import { idle } from "../support/policies.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  failOnce,
  pauseThen,
  question,
  type Scenario,
  type Stage,
} from "../support/scenario.ts";

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

describe("a body that fails for good", () => {
  const failing: Pick<Scenario, "agent" | "script"> = {
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            errorFunction: null,
            execute: ({ city }) => {
              failOnce(stage, "The thermometer is gone");
              return `${city}: 20 C`;
            },
          }),
        ],
      }),
    script: [[oakland], [done]],
  };
  const failedStop = {
    inputs: [],
    executions: [ran("c1")],
    interruptions: [askedAgain("and failed: The thermometer is gone")],
    turn: 1,
    events: ["tool_approval_requested"],
    error: "ToolCallError: Failed to run function tools: Error: The thermometer is gone",
  };

  it("T-47 is not run again unasked: a person is asked", async () => {
    const played = await pauseThen({ ...failing, decide: [approveAll, decideNothing, approveAll] });
    expect(played.stops).toEqual([
      firstStop,
      failedStop,
      {
        inputs: [],
        executions: [],
        interruptions: failedStop.interruptions,
        turn: 1,
        events: [],
      },
      lastStop("Oakland: 20 C"),
    ]);
  });

  it("T-47 goes on with the outcome that a person states", async () => {
    const played = await pauseThen({
      ...failing,
      decide: [approveAll, (state, [item]) => state.reject(item!, { message: "It was 18 C." })],
    });
    expect(played.stops).toEqual([firstStop, failedStop, lastStop("It was 18 C.", [])]);
  });

  it("T-47 an idempotent tool that always fails does not go round in a circle", async () => {
    const played = await pauseThen({
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.getTemperature({
              idempotent: true,
              errorFunction: null,
              execute: () => {
                throw new Error("The thermometer is gone");
              },
            }),
          ],
        }),
      script: [[oakland]],
      decide: [approveAll],
    });
    expect(played.stops).toEqual([firstStop, failedStop]);
  });
});

/** A tool whose first attempt aborts the run and never ends. */
function cutOff(options: { idempotent?: boolean } = {}): Pick<Scenario, "agent" | "script"> {
  return {
    agent: (stage) =>
      stage.agent({
        tools: [
          stage.getTemperature({
            ...options,
            execute: async ({ city }, _context, details) => {
              stage.notes.push(details?.idempotencyKey?.replace(/^run_[^/]+/, "run"));
              if (stage.executions.length > 1) return `${city}: 20 C`;
              aborts.get(stage)?.abort(new Error("Enough"));
              return new Promise(() => {});
            },
          }),
        ],
      }),
    script: [[oakland], [done]],
  };
}

const aborts = new WeakMap<Stage, AbortController>();

function abortable(stage: Stage): { signal: AbortSignal } {
  const abort = new AbortController();
  aborts.set(stage, abort);
  return { signal: abort.signal };
}

describe("a body that was cut off", () => {
  const cutStop = {
    inputs: [],
    executions: [ran("c1")],
    interruptions: [],
    turn: 1,
    events: [],
    error: "Error: Enough",
  };

  it("T-48 is not run again unasked: a person is asked", async () => {
    const played = await pauseThen({
      ...cutOff(),
      resumeOptions: abortable,
      decide: [approveAll, decideNothing, approveAll],
    });
    expect(played.stops).toEqual([
      firstStop,
      cutStop,
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

  it("T-48 an idempotent tool is run again, with the same key", async () => {
    const played = await pauseThen({
      ...cutOff({ idempotent: true }),
      resumeOptions: abortable,
      decide: [approveAll, decideNothing],
    });
    expect(played.stops).toEqual([firstStop, cutStop, lastStop("Oakland: 20 C")]);
    expect(played.notes).toEqual(["run/c1", "run/c1"]);
  });

  it("T-48 runs what the approver had put in place of the arguments, also the second time", async () => {
    const played = await pauseThen({
      ...cutOff(),
      resumeOptions: abortable,
      decide: [
        (state, [item]) => state.approve(item!, { arguments: { city: "Paris" } }),
        decideNothing,
        approveAll,
      ],
    });
    const paris = { arguments: '{"city":"Paris"}' };
    const note = 'The approver changed the arguments of this call to: {"city":"Paris"}';
    expect(played.stops.slice(1)).toMatchObject([
      { executions: [ran("c1", "Paris")] },
      {
        executions: [],
        interruptions: [{ ...askedAgain("and its outcome was not recorded"), ...paris }],
      },
      lastStop(`${note}\nParis: 20 C`, [ran("c1", "Paris")]),
    ]);
  });

  it("T-48 a late outcome settles the doubt", async () => {
    const stage = createStage([[oakland], [done]]);
    const outcome = Promise.withResolvers<string>();
    const abort = new AbortController();
    const agent = stage.agent({
      tools: [
        stage.getTemperature({
          execute: () => {
            abort.abort(new Error("Enough"));
            return outcome.promise;
          },
        }),
      ],
    });
    const { state } = await new Runner().run(agent, question);
    state.approve(state.getInterruptions()[0]!);
    const { signal } = abort;
    await expect(new Runner().run(agent, state, { signal })).rejects.toThrow("Enough");
    const doubtful = await new Runner().run(agent, state);
    expect(doubtful.interruptions).toMatchObject([{ kind: "outcome_unknown" }]);
    outcome.resolve("Oakland: 19 C");
    await idle();
    const result = await new Runner().run(agent, doubtful.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toEqual([ran("c1")]);
    expect(stage.model.requests[1]?.input).toEqual([
      ask,
      oakland,
      answered(oakland, "Oakland: 19 C"),
    ]);
  });
});
