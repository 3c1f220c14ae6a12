import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { defineToolInputGuardrail } from "../../src/agents/guardrail.ts";
import type { RunContext } from "../../src/agents/run-context.ts";
import { tool } from "../../src/agents/tool.ts";
import type { Entry } from "../../src/agents/entries.ts";
import { placeDrafts } from "../support/journal.ts";
import { readStoredLines } from "../support/journal.ts";
import {
  call,
  createScriptedModel,
  message,
  type ScriptedTurn,
} from "../../src/models/scripted.ts";
import type { AppendBatch, JournalStore } from "../../src/engine/journal-store.ts";
import { isRunState, RunState } from "../../src/agents/face/run-state.ts";
import { run } from "../../src/agents/face/run.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { createLatch, untilIdle } from "../support/latch.ts";
import { createStage, question } from "../support/scenario.ts";

function entriesIn({ lines }: Pick<AppendBatch, "lines">): Entry[] {
  return lines.map((line) => JSON.parse(line) as Entry);
}

/** A store that calls `before` with every batch, before it is appended. */
function watchedStore(before: (batch: AppendBatch, store: JournalStore) => Promise<void>): {
  store: JournalStore;
  entries(runId: AppendBatch["runId"]): Promise<Entry[]>;
} {
  const store = createMemoryRunStore();
  return {
    store: {
      ...store,
      async append(batch) {
        await before(batch, store);
        await store.append(batch);
      },
    },
    entries: async (runId) => entriesIn({ lines: await store.read(runId) }),
  };
}

describe("the loop, with a store that others write to as well", () => {
  it("asks no model on the strength of a handoff that is not stored", async () => {
    const writer = new Agent({
      name: "writer",
      model: createScriptedModel([[message("Written.")]]),
    });
    const desk = new Agent({
      name: "desk",
      model: createScriptedModel((request) =>
        JSON.stringify(request.input).includes("first")
          ? [call("transfer_to_writer", {}, "h1")]
          : [message("Second is done.")],
      ),
      handoffs: [writer],
    });
    const ask = desk.asTool({ toolName: "ask_desk" });
    const calls = ["first", "second"].map((input, index) =>
      call("ask_desk", { input }, `c${index}`),
    );
    const chief = new Agent({
      name: "chief",
      model: createScriptedModel([calls, [message("All done.")]]),
      tools: [ask],
    });
    let isFirst = true;
    const { store, entries } = watchedStore(async (batch, inner) => {
      const types = entriesIn(batch).map((entry) => `${entry.type} ${entry.path?.join("/") ?? ""}`);
      // Every write takes long enough for all that does not wait for it.
      await untilIdle();
      if (!types.includes("handed_off c0") || !isFirst) return;
      isFirst = false;
      await addForeignEntry(inner, batch);
    });
    const result = await run(chief, "Hello", { store });
    expect(result.finalOutput).toBe("All done.");
    const ofFirst = (await entries(result.state.runId)).filter(({ path }) => path?.[0] === "c0");
    expect(ofFirst.map(({ type }) => type)).toEqual([
      "run_started",
      "model_responded",
      "handed_off",
      "model_responded",
      "run_completed",
    ]);
  });
});

/** What another process does at the worst time: it writes the number that the batch begins with. */
async function addForeignEntry(store: JournalStore, batch: AppendBatch): Promise<void> {
  const { runId, fromSeq, summary } = batch;
  const last = readStoredLines((await store.read(runId)).slice(-1))[0];
  const at = new Date(0).toISOString();
  const draft = { type: "input_added" as const, items: [] };
  const lines = placeDrafts([draft], { length: fromSeq, last, at }).map(({ line }) => line);
  await store.append({ runId, fromSeq, lines, summary });
}

describe("a call that is about to start", () => {
  const parameters = z.object({ amount: z.number() });

  it("does not, when its decision was changed since", async () => {
    const ran: unknown[] = [];
    const changesItsMind = defineToolInputGuardrail({
      name: "changes_its_mind",
      run({ context, toolCall }) {
        context.rejectTool(
          { name: toolCall.name, rawItem: toolCall },
          { message: "On second thought, no." },
        );
        return { behavior: { type: "allow" } };
      },
    });
    const pay = tool({
      name: "pay",
      description: "Pays.",
      parameters,
      needsApproval: true,
      inputGuardrails: [changesItsMind],
      execute: (args) => ran.push(args),
    });
    const model = createScriptedModel([[call("pay", { amount: 1 }, "c1")], [message("Done.")]]);
    const agent = new Agent({ name: "clerk", model, tools: [pay] });
    const { state } = await run(agent, "Hello");
    for (const item of state.getInterruptions()) state.approve(item);
    const result = await run(agent, state);
    expect(ran).toEqual([]);
    expect(JSON.stringify(result.history)).toContain("On second thought, no.");
  });

  it("does not, when its tool was rejected for good while its guardrails ran", async () => {
    const ran: unknown[] = [];
    const asked = createLatch();
    const rejected = createLatch();
    const slow = defineToolInputGuardrail({
      name: "slow",
      async run({ context, toolCall }) {
        if (toolCall.callId !== "free") return { behavior: { type: "allow" } };
        await asked.opened;
        await untilIdle();
        const waiting = { ...toolCall, callId: "gated", arguments: '{"amount":100}' };
        const options = { alwaysReject: true, message: "Never." };
        context.rejectTool({ name: "pay", rawItem: waiting }, options);
        rejected.open();
        return { behavior: { type: "allow" } };
      },
    });
    const pay = tool({
      name: "pay",
      description: "Pays.",
      parameters,
      needsApproval(_context, { amount }) {
        if (amount <= 10) return false;
        asked.open();
        return true;
      },
      inputGuardrails: [slow],
      execute: (args) => ran.push(args),
    });
    const calls = [call("pay", { amount: 1 }, "free"), call("pay", { amount: 100 }, "gated")];
    const model = createScriptedModel([calls, [message("Done.")]]);
    const agent = new Agent({ name: "clerk", model, tools: [pay] });
    const result = await run(agent, "Hello");
    await rejected.opened;
    expect(ran).toEqual([]);
    expect(result.finalOutput).toBe("Done.");
  });
});

describe("an answer that comes when the run has gone on without it", () => {
  const oakland = call("get_temperature", { city: "Oakland" }, "c1");
  const late = call("get_temperature", { city: "Paris" }, "c9");

  /** A run whose first question to the model is given up, and answered after all by `answer`. */
  async function givenUp(script: ScriptedTurn[]) {
    const controller = new AbortController();
    const latch = createLatch();
    const first: ScriptedTurn = async () => {
      controller.abort(new Error("Enough"));
      await latch.opened;
      return [late];
    };
    const stage = createStage([first, ...script]);
    const running = run(stage.agent(), question, { signal: controller.signal });
    const error = await running.catch((thrown: unknown) => thrown);
    const state: unknown = error instanceof Error && "state" in error ? error.state : undefined;
    if (!isRunState(state)) throw new Error("The run was not given up");
    const answer = async (): Promise<void> => {
      latch.open();
      await untilIdle();
    };
    return { stage, state, answer };
  }

  it("changes nothing when the run is over, but for the usage", async () => {
    const { stage, state, answer } = await givenUp([[message("Done.")]]);
    const result = await run(stage.agent(), state);
    expect(result.finalOutput).toBe("Done.");
    await answer();
    const after = await run(stage.agent(), result.state);
    expect(after.finalOutput).toBe("Done.");
    expect(after.history).toEqual(result.history);
    expect(after.usage.requests).toBe(2);
    expect(stage.executions).toEqual([]);
  });

  it("is no turn when its question was answered anew", async () => {
    const { stage, state, answer } = await givenUp([[oakland], [message("Done.")]]);
    const paused = await run(stage.agent(), state);
    await answer();
    for (const item of paused.interruptions) paused.state.approve(item);
    const result = await run(stage.agent(), paused.state);
    expect(result.finalOutput).toBe("Done.");
    expect(JSON.stringify(result.history)).not.toContain("c9");
    expect(stage.executions.map(({ callId }) => callId)).toEqual(["c1"]);
    expect(result.state.currentTurn).toBe(2);
  });

  it("is taken when its question was not answered yet", async () => {
    const { stage, state, answer } = await givenUp([[message("Done.")]]);
    await answer();
    const paused = await run(stage.agent(), state);
    expect(paused.interruptions.map(({ rawItem }) => rawItem.callId)).toEqual(["c9"]);
    for (const item of paused.interruptions) paused.state.approve(item);
    const result = await run(stage.agent(), paused.state);
    expect(result.finalOutput).toBe("Done.");
    expect(stage.model.requests).toHaveLength(2);
  });
});

describe("an output that comes when the run has gone on without it", () => {
  it("leaves the context as those have it who went on", async () => {
    const controller = new AbortController();
    const latch = createLatch();
    const oakland = call("get_temperature", { city: "Oakland" }, "c1");
    const paris = call("get_humidity", { city: "Paris" }, "c2");
    const stage = createStage([[oakland], [paris], [message("Done.")]]);
    const counting = (step: number, body: () => Promise<void>) => ({
      execute: async (_args: unknown, context?: RunContext) => {
        (context as RunContext<{ count: number }>).context.count += step;
        await body();
        return "Fine.";
      },
    });
    const agent = () =>
      stage.agent({
        tools: [
          stage.getTemperature(
            counting(1, async () => {
              controller.abort(new Error("Enough"));
              await latch.opened;
            }),
          ),
          stage.cityTool(
            "get_humidity",
            counting(10, async () => undefined),
          ),
        ],
      });
    const { state } = await run(agent(), question, { context: { count: 0 } });
    const text = state.toString();
    for (const item of state.getInterruptions()) state.approve(item);
    const givenUp = run(agent(), state, { signal: controller.signal });
    await expect(givenUp).rejects.toThrow("Enough");
    const asked = await run(agent(), await RunState.fromString(agent(), text));
    for (const item of asked.interruptions) asked.state.reject(item, { message: "Unknown." });
    const result = await run(agent(), asked.state);
    expect(result.finalOutput).toBe("Done.");
    latch.open();
    await untilIdle();
    const after = await run(agent(), result.state);
    expect(after.runContext.context).toEqual({ count: 10 });
  });
});
