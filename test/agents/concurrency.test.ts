import { describe, expect, it } from "vitest";

import { UserError } from "../../src/agents/errors.ts";
import type { ToolCallDetails } from "../../src/agents/function-tool.ts";
import { call, message } from "../../src/models/scripted.ts";
import { Runner } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { createLatch, untilIdle, type Latch } from "../support/latch.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  pauseThen,
  question,
  type Scenario,
  type Stage,
} from "../support/scenario.ts";
import { askWeather, chief, repliesOf } from "../support/team.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_temperature", { city: "Paris" }, "c2");
const rome = call("get_temperature", { city: "Rome" }, "c3");
const bonn = call("get_temperature", { city: "Bonn" }, "c4");
const done = message("Done.");

/** The next model call's input when all these calls ran. */
const allAnswered = (calls: (typeof oakland)[]) => [
  ask,
  ...calls,
  ...calls.map((each) => {
    const { city } = JSON.parse(each.arguments) as { city: string };
    return answered(each, `${city}: 20 C`);
  }),
];

/** Latches by name, of one playing. */
function createLatches(): (name: string) => Latch {
  const latches = new Map<string, Latch>();
  return (name) => {
    const latch = latches.get(name) ?? createLatch();
    latches.set(name, latch);
    return latch;
  };
}

/** An agent whose tool only ends once all `count` calls of it have begun. */
function meeting(stage: Stage, count: number, needsApproval: boolean) {
  const { opened, open } = createLatch();
  let begun = 0;
  const execute = async ({ city }: { city: string }): Promise<string> => {
    begun += 1;
    if (begun === count) open();
    await opened;
    return `${city}: 20 C`;
  };
  return stage.agent({ tools: [stage.getTemperature({ needsApproval, execute })] });
}

describe("calls of one response", () => {
  const calls = [oakland, paris, rome];

  it("run at the same time", async () => {
    const played = await pauseThen({
      script: [calls, [done]],
      agent: (stage) => meeting(stage, 3, false),
    });
    expect(played.stops[0]).toMatchObject({
      inputs: [[ask], allAnswered(calls)],
      executions: [ran("c1"), ran("c2", "Paris"), ran("c3", "Rome")],
    });
  });

  it("run at the same time once approved", async () => {
    const played = await pauseThen({
      script: [calls, [done]],
      agent: (stage) => meeting(stage, 3, true),
      decide: [approveAll],
    });
    expect(played.stops[1]?.inputs).toEqual([allAnswered(calls)]);
  });

  it("run at the same time in inner runs, too", async () => {
    const one = call("ask_weather", { input: "One?" }, "d1");
    const other = call("ask_weather", { input: "Other?" }, "d2");
    const played = await pauseThen({
      script: repliesOf({ chief: [[one, other], [done]], weather: [[oakland], [done]] }, 6),
      agent: (stage) => {
        const { tools } = meeting(stage, 2, true);
        return chief(stage, { tools: [askWeather(stage, { agent: { tools } })] });
      },
      decide: [approveAll],
    });
    expect(played.stops[1]?.executions).toEqual([ran("c1"), ran("c1")]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("are answered in their order, whichever ends first", async () => {
    const played = await pauseThen({
      script: [calls, [done]],
      agent: (stage) => {
        const ended = createLatches();
        const after: Record<string, string> = { Oakland: "Paris", Paris: "Rome" };
        const execute = async ({ city }: { city: string }): Promise<string> => {
          const other = after[city];
          if (other !== undefined) await ended(other).opened;
          stage.notes.push(city);
          ended(city).open();
          return `${city}: 20 C`;
        };
        return stage.agent({ tools: [stage.getTemperature({ needsApproval: false, execute })] });
      },
    });
    expect(played.notes).toEqual(["Rome", "Paris", "Oakland"]);
    expect(played.stops[0]?.inputs[1]).toEqual(allAnswered(calls));
    expect(played.stops[0]?.events.filter((name) => name === "tool_output")).toHaveLength(3);
  });
});

describe("maxFunctionToolConcurrency", () => {
  const calls = [oakland, paris, rome, bonn];

  /** Notes how many bodies run whenever one begins. */
  function counting(stage: Stage, needsApproval = false) {
    let running = 0;
    const execute = async ({ city }: { city: string }): Promise<string> => {
      running += 1;
      stage.notes.push(running);
      await untilIdle();
      running -= 1;
      return `${city}: 20 C`;
    };
    return stage.agent({ tools: [stage.getTemperature({ needsApproval, execute })] });
  }

  it.each([
    { limit: 1, running: [1, 1, 1, 1] },
    { limit: 2, running: [1, 2, 2, 2] },
    { limit: 4, running: [1, 2, 3, 4] },
    { limit: null, running: [1, 2, 3, 4] },
  ])(
    "lets no more than $limit bodies run at once, first come first",
    async ({ limit, running }) => {
      const played = await pauseThen({
        script: [calls, [done]],
        config: { toolExecution: { maxFunctionToolConcurrency: limit } },
        agent: (stage) => counting(stage),
      });
      expect(played.notes).toEqual(running);
      expect(played.stops[0]?.executions.map(({ callId }) => callId)).toEqual([
        "c1",
        "c2",
        "c3",
        "c4",
      ]);
      expect(played.stops[0]?.inputs[1]).toEqual(allAnswered(calls));
    },
  );

  it("counts approved calls as well, and can be given with a run", async () => {
    const played = await pauseThen({
      script: [calls, [done]],
      resumeOptions: () => ({ toolExecution: { maxFunctionToolConcurrency: 1 } }),
      agent: (stage) => counting(stage, true),
      decide: [approveAll],
    });
    expect(played.notes).toEqual([1, 1, 1, 1]);
  });

  it("does not count a delegation: its inner run needs the places", async () => {
    const delegation = call("ask_weather", { input: "Well?" }, "d1");
    const played = await pauseThen({
      script: [[delegation], [oakland, paris], [done], [done]],
      config: { toolExecution: { maxFunctionToolConcurrency: 1 } },
      agent: (stage) => {
        const { tools } = counting(stage);
        return chief(stage, { tools: [askWeather(stage, { agent: { tools } })] });
      },
    });
    expect(played.notes).toEqual([1, 1]);
    expect(played.finalOutput).toBe("Done.");
  });

  it.each([0, -1, 1.5, Number.NaN])(
    "is refused where it would let nothing run: %d",
    async (limit) => {
      const toolExecution = { maxFunctionToolConcurrency: limit };
      expect(() => new Runner({ toolExecution })).toThrow(UserError);
      const agent = createStage([[done]]).agent();
      const running = new Runner().run(agent, question, { toolExecution });
      await expect(running).rejects.toThrow(UserError);
    },
  );
});

describe("a tool that takes longer than its timeoutMs", () => {
  /** The call of Oakland takes for ever; that of Paris does not. */
  function slow(options: Parameters<Stage["getTemperature"]>[0] = {}): Scenario {
    return {
      script: [[oakland, paris], [done]],
      agent: (stage) =>
        stage.agent({
          tools: [
            stage.getTemperature({
              timeoutMs: 1,
              ...options,
              execute: async ({ city }, _context, details) => {
                if (city !== "Oakland") return `${city}: 20 C`;
                const { signal } = details ?? {};
                signal?.addEventListener("abort", () => {
                  stage.notes.push(String(signal.reason));
                });
                return new Promise(() => {});
              },
            }),
          ],
        }),
      decide: [approveAll],
    };
  }

  const timedOut = "Tool 'get_temperature' timed out after 1ms.";

  it("tells the model, and its signal aborts", async () => {
    const played = await pauseThen(slow());
    expect(played.stops[1]).toMatchObject({
      inputs: [[ask, oakland, paris, answered(oakland, timedOut), answered(paris, "Paris: 20 C")]],
      executions: [ran("c1"), ran("c2", "Paris")],
    });
    expect(played.notes).toEqual([`ToolTimeoutError: ${timedOut}`]);
  });

  it("tells it in words of its own", async () => {
    const played = await pauseThen(
      slow({ timeoutErrorFunction: (_context, { timeoutMs }) => `Too slow for ${timeoutMs} ms.` }),
    );
    expect(played.stops[1]?.inputs[0]?.at(-2)).toEqual(answered(oakland, "Too slow for 1 ms."));
  });

  it("fails the run where that is wanted; others' outputs stay, and a person is asked", async () => {
    const played = await pauseThen({
      ...slow({ timeoutBehavior: "raise_exception" }),
      decide: [approveAll, (state, [item]) => state.reject(item!, { message: "Unknown." })],
    });
    const doubt = asked("c1", "Oakland", {
      kind: "outcome_unknown",
      reason: expect.stringContaining(timedOut),
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1"), asked("c2", "Paris")] },
      {
        inputs: [],
        executions: [ran("c1"), ran("c2", "Paris")],
        interruptions: [doubt],
        error: `ToolTimeoutError: ${timedOut}`,
      },
      {
        inputs: [
          [ask, oakland, paris, answered(oakland, "Unknown."), answered(paris, "Paris: 20 C")],
        ],
        executions: [],
      },
    ]);
  });
});

describe("details.signal", () => {
  it("aborts with the caller's signal; the call is asked about again", async () => {
    const aborts = new WeakMap<Stage, AbortController>();
    const played = await pauseThen({
      script: [[oakland], [done]],
      agent: (stage) => {
        const execute = async (
          { city }: { city: string },
          _context: unknown,
          details: ToolCallDetails | undefined,
        ): Promise<string> => {
          if (stage.executions.length > 1) return `${city}: 20 C`;
          const { signal } = details ?? {};
          signal?.addEventListener("abort", () => void stage.notes.push(String(signal.reason)));
          aborts.get(stage)?.abort(new Error("Enough"));
          return new Promise(() => {});
        };
        return stage.agent({ tools: [stage.getTemperature({ execute })] });
      },
      resumeOptions: (stage) => {
        const abort = new AbortController();
        aborts.set(stage, abort);
        return { signal: abort.signal };
      },
      decide: [approveAll, decideNothing, approveAll],
    });
    const doubt = asked("c1", "Oakland", {
      kind: "outcome_unknown",
      reason: expect.stringContaining("This call was started at <time>"),
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")] },
      { inputs: [], executions: [ran("c1")], error: "Error: Enough" },
      { inputs: [], executions: [], interruptions: [doubt] },
      { inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]], executions: [ran("c1")] },
    ]);
    expect(played.notes).toEqual(["Error: Enough"]);
  });

  it("that aborted before leaves the approval as it was", async () => {
    let first = true;
    const played = await pauseThen({
      script: [[oakland], [done]],
      resumeOptions: () => {
        const signal = first ? AbortSignal.abort(new Error("Enough")) : undefined;
        first = !first;
        return signal === undefined ? {} : { signal };
      },
      decide: [approveAll, decideNothing],
    });
    expect(played.stops).toMatchObject([
      { interruptions: [asked("c1")] },
      { inputs: [], executions: [], interruptions: [asked("c1")], error: "Error: Enough" },
      { inputs: [[ask, oakland, answered(oakland, "Oakland: 20 C")]], executions: [ran("c1")] },
    ]);
  });

  it("aborts when somebody leaves a stream", async () => {
    const stage = createStage([[oakland]]);
    const [begun, aborted] = [createLatch(), createLatch()];
    const execute = async (
      _args: unknown,
      _context: unknown,
      details: ToolCallDetails | undefined,
    ): Promise<string> => {
      details?.signal?.addEventListener("abort", () => aborted.open());
      begun.open();
      return new Promise(() => {});
    };
    const tools = [stage.getTemperature({ needsApproval: false, execute })];
    const result = await new Runner().run(stage.agent({ tools }), question, { stream: true });
    const events = result[Symbol.asyncIterator]();
    await events.next();
    await begun.opened;
    await events.return();
    await aborted.opened;
    await result.completed;
    expect(result.cancelled).toBe(true);
  });
});
