import { describe, expect, it } from "vitest";

import type { Agent } from "../../src/agents/agent.ts";
import type { UsageInput } from "../../src/agents/usage.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { call, message, type ScriptedTurn } from "../../src/models/scripted.ts";
import { run } from "../../src/agents/face/run.ts";
import { answered, ask, asked, ran } from "../support/expected.ts";
import { createLatch } from "../support/latch.ts";
import {
  approveAll,
  createStage,
  decideNothing,
  pauseThen,
  question,
  reload,
  type Scenario,
  type Stage,
} from "../support/scenario.ts";
import { thrownBy } from "../support/thrown.ts";

const oakland = call("get_temperature", { city: "Oakland" }, "c1");
const paris = call("get_humidity", { city: "Paris" }, "c2");
const inner = call("ask_weather", { input: "Oakland?" }, "o1");
const done = message("Done.");
const passing = new HoldpointError("model_failed", "The model is busy");

/** An agent that asks `weather`. */
function nested(stage: Stage): Agent {
  return stage.agent({
    name: "chief",
    tools: [stage.agent().asTool({ toolName: "ask_weather" })],
  });
}

describe("an aborted run", () => {
  it("T-127 aborted before it is gone on with: nothing runs, and the approval stays", async () => {
    const played = await pauseThen({
      script: [[oakland], [done]],
      resumeOptions: (stage) =>
        stage.notes.push("resumed") === 1 ? { signal: AbortSignal.abort(new Error("No")) } : {},
      decide: [approveAll, decideNothing],
    });
    expect(played.stops[1]).toEqual({
      inputs: [],
      executions: [],
      interruptions: [asked("c1")],
      turn: 1,
      events: [],
      error: "Error: No",
    });
    expect(played.stops[2]).toMatchObject({ executions: [ran("c1")], interruptions: [] });
    expect(played.finalOutput).toBe("Done.");
  });

  it("T-127 leaves no trace of that it was tried", async () => {
    const stage = createStage([[oakland], [done]]);
    const { state } = await run(stage.agent(), question);
    for (const item of state.getInterruptions()) state.approve(item);
    const text = state.toString();
    const error = await thrownBy(run(stage.agent(), state, { signal: AbortSignal.abort() }));
    expect(error.name).toBe("AbortError");
    expect(error.state.toString()).toBe(text);
  });

  it("T-128 of which the watcher leaves: what is done stays, the rest can be gone on with", async () => {
    const stage = createStage([[oakland], [done]]);
    const first = await run(stage.agent(), question, { stream: true });
    for await (const event of first) if (event.type === "run_item_stream_event") break;
    await first.completed.catch(() => undefined);
    const { state } = await run(stage.agent(), first.state);
    for (const item of state.getInterruptions()) state.approve(item);
    const result = await run(stage.agent(), await reload(stage.agent(), state));
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toEqual([ran("c1")]);
    expect(stage.model.requests).toHaveLength(2);
  });

  it("T-128 of which the watcher leaves while it is paused: it stays as it is", async () => {
    const stage = createStage([[oakland], [done]]);
    const paused = await run(stage.agent(), question, { stream: true });
    await paused.completed;
    const text = paused.state.toString();
    for await (const event of paused) if (event.type === "raw_model_stream_event") break;
    expect(paused.cancelled).toBe(false);
    expect(paused.state.toString()).toBe(text);
    expect(paused.interruptions).toHaveLength(1);
  });

  it("aborted while an approved tool runs: its outcome is asked for, not guessed", async () => {
    const controller = new AbortController();
    const stage = createStage([[oakland], [done]]);
    const gone = createLatch();
    const agent = (): Agent =>
      stage.agent({
        tools: [
          stage.getTemperature({
            async execute(_args, _context, details) {
              controller.abort(new Error("Enough"));
              gone.open();
              details?.signal?.throwIfAborted();
              return "never";
            },
          }),
        ],
      });
    const { state } = await run(agent(), question);
    for (const item of state.getInterruptions()) state.approve(item);
    const error = await thrownBy(run(agent(), state, { signal: controller.signal }));
    await gone.opened;
    expect(error.message).toBe("Enough");
    const next = await run(agent(), error.state);
    expect(next.interruptions.map(({ kind }) => kind)).toEqual(["outcome_unknown"]);
    for (const item of next.interruptions) next.state.reject(item, { message: "It was 20 C." });
    const result = await run(agent(), next.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.executions).toHaveLength(1);
    expect(JSON.stringify(result.history)).toContain("It was 20 C.");
  });

  it("aborted while the model is asked: it is asked again, with the same", async () => {
    const controller = new AbortController();
    const script: ScriptedTurn[] = [
      () => {
        controller.abort(new Error("Enough"));
        return new Error("The answer is lost");
      },
      [done],
    ];
    const stage = createStage(script);
    const error = await thrownBy(run(stage.agent(), question, { signal: controller.signal }));
    expect(error.message).toBe("Enough");
    const loaded = await reload(stage.agent(), error.state);
    const result = await run(stage.agent(), loaded);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.model.requests.map(({ input }) => input)).toEqual([[ask], [ask]]);
  });
});

describe("a run whose model fails", () => {
  it("T-138 after the tools ran: it can be saved and gone on with, they are not run again", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], new Error("The model is out"), [done]],
      agent: (stage) =>
        stage.agent({ tools: [stage.getTemperature(), stage.cityTool("get_humidity")] }),
      decide: [approveAll, decideNothing],
    });
    const outputs = [
      ask,
      oakland,
      paris,
      answered(oakland, "Oakland: 20 C"),
      answered(paris, "Paris: 20 C"),
    ];
    expect(played.stops.slice(1)).toMatchObject([
      { inputs: [outputs], executions: [ran("c1")], turn: 1, error: "Error: The model is out" },
      { inputs: [outputs], executions: [], turn: 2 },
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("in its first call can be gone on with, too, as often as it fails", async () => {
    const played = await pauseThen({
      script: [new Error("Out"), new Error("Still out"), [done]],
      decide: [decideNothing, decideNothing],
    });
    expect(played.stops.map(({ error }) => error)).toEqual([
      "Error: Out",
      "Error: Still out",
      undefined,
    ]);
    expect(played.finalOutput).toBe("Done.");
  });

  it("in a nested run, in a way that may pass: that run is gone on with", async () => {
    const played = await pauseThen({
      script: [[inner], [oakland], passing, [done], [message("All done.")]],
      agent: nested,
      decide: [approveAll, decideNothing],
    });
    expect(played.stops.map(({ error }) => error)).toEqual([
      undefined,
      "HoldpointError: The model is busy",
      undefined,
    ]);
    expect(played.stops.flatMap(({ executions }) => executions)).toEqual([ran("c1")]);
    expect(played.finalOutput).toBe("All done.");
  });
});

describe("a call that fails for good while another waits", () => {
  const failing: NonNullable<Scenario["agent"]> = (stage) =>
    stage.agent({
      tools: [
        stage.getTemperature(),
        stage.cityTool("get_humidity", {
          errorFunction: null,
          execute: () => {
            throw new Error("The sensor broke");
          },
        }),
      ],
    });

  it("T-139 leaves the pause, and a question about itself", async () => {
    const played = await pauseThen({
      script: [[oakland, paris], [done]],
      agent: failing,
      decide: [
        (state, items) => {
          for (const item of items) {
            if (item.kind === "tool_call") state.approve(item);
            else state.reject(item, { message: "Unknown." });
          }
        },
      ],
    });
    expect(played.stops[0]?.error).toContain("The sensor broke");
    expect(played.stops[0]?.interruptions).toMatchObject([
      asked("c1"),
      { callId: "c2", kind: "outcome_unknown" },
    ]);
    expect(played.stops[1]).toMatchObject({ executions: [ran("c1")] });
    expect(played.stops[1]?.inputs).toEqual([
      [ask, oakland, paris, answered(oakland, "Oakland: 20 C"), answered(paris, "Unknown.")],
    ]);
  });
});

describe("the usage of a run", () => {
  it("is added up over pauses, reloads, failures and nested runs", async () => {
    const played = await pauseThen({
      script: [[inner], [oakland], passing, [done], [message("All done.")]],
      agent: nested,
      decide: [approveAll, decideNothing],
    });
    // The failed call is the script's third; what it used is not known.
    expect(played.usage).toEqual({
      requests: 4,
      inputTokens: 10 + 20 + 40 + 50,
      outputTokens: 1 + 2 + 4 + 5,
    });
  });
});

describe("a model that says nonsense about its usage", () => {
  const nonsense: { name: string; usage: unknown }[] = [
    { name: "null", usage: null },
    { name: "nulls", usage: { inputTokens: null, inputTokensDetails: null } },
    { name: "texts", usage: { requests: "1", requestUsageEntries: "none" } },
    { name: "no numbers", usage: { inputTokens: Number.NaN, requestUsageEntries: null } },
  ];

  it.each(nonsense)("is heard all the same: $name", async ({ usage }) => {
    const stage = createStage([[done]]);
    const { getResponse } = stage.model;
    const model = {
      ...stage.model,
      getResponse: async (request: Parameters<typeof getResponse>[0]) => ({
        ...(await getResponse(request)),
        usage: usage as UsageInput,
      }),
    };
    const result = await run(stage.agent({ model }), question);
    expect(result.finalOutput).toBe("Done.");
    expect(result.usage).toMatchObject({ requests: 1, inputTokens: 0 });
    expect((await reload(stage.agent({ model }), result.state)).usage.requests).toBe(1);
  });
});
