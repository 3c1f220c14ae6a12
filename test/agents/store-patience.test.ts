import { describe, expect, it, vi } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { RunState } from "../../src/agents/face/run-state.ts";
import { run, Runner } from "../../src/agents/face/run.ts";
import { tool } from "../../src/agents/tool.ts";
import { HoldpointError } from "../../src/lib/errors.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { createMemoryRunStore } from "../../src/stores/memory.ts";
import { thrownBy } from "../support/thrown.ts";

const full = new HoldpointError("store_unavailable", "The disk is full");

/** A store that takes nothing from the moment that a tool runs until it is told to work. */
function createSite() {
  const store = createMemoryRunStore();
  const paid: number[] = [];
  let isFull = false;
  const fickle: RunStore = {
    ...store,
    append(batch) {
      if (isFull) throw full;
      return store.append(batch);
    },
  };
  const pay = tool({
    name: "pay",
    description: "Pays an amount.",
    parameters: z.object({ amount: z.number() }),
    execute({ amount }) {
      isFull = true;
      paid.push(amount);
      return `Paid ${amount}`;
    },
  });
  const model = createScriptedModel(({ input }) =>
    JSON.stringify(input).includes("Paid") ? [message("Done")] : [call("pay", { amount: 5 }, "c1")],
  );
  const agent = new Agent({ name: "Clerk", model, tools: [pay] });
  const work = (): void => {
    isFull = false;
  };
  return { store, fickle, agent, paid, work };
}

describe("a store that takes nothing while a tool runs", () => {
  it("is waited for, and the run goes on by itself", async () => {
    const { fickle, agent, paid, work } = createSite();
    const running = run(agent, "Go", { store: fickle });
    await vi.waitFor(() => expect(paid).toEqual([5]));
    work();
    expect((await running).finalOutput).toBe("Done");
    expect(paid).toEqual([5]);
  });

  it("is not waited for for longer than was said: run rejects, with a state that has the outcome", async () => {
    const { fickle, store, agent, paid, work } = createSite();
    const runner = new Runner({ store: fickle, storePatienceMs: 100 });
    const error = await thrownBy(runner.run(agent, "Go"));
    expect(error).toBe(full);
    const { state } = error;
    const text = state.toString();
    expect(text).toContain("Paid 5");
    // It is stored by itself, once that is possible.
    work();
    await vi.waitFor(async () => {
      expect((await store.read(state.runId)).join("\n")).toContain("Paid 5");
    });
    const result = await runner.run(agent, await RunState.fromString(agent, text));
    expect(result.finalOutput).toBe("Done");
    expect(paid).toEqual([5]);
    expect((await store.read(state.runId)).join("\n").split("tool_finished")).toHaveLength(2);
  });

  it("is given the outcome by the state, where that comes first", async () => {
    const { fickle, store, agent, paid, work } = createSite();
    const runner = new Runner({ store: fickle, storePatienceMs: 100 });
    const { state } = await thrownBy(runner.run(agent, "Go"));
    work();
    expect((await runner.run(agent, state)).finalOutput).toBe("Done");
    expect(paid).toEqual([5]);
    expect((await store.read(state.runId)).join("\n").split("tool_finished")).toHaveLength(2);
  });
});
