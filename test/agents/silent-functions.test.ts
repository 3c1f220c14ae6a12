import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { withinTime } from "../../src/lib/pending.ts";
import type { RunConfig } from "../../src/agents/face/config.ts";
import { run, Runner } from "../../src/agents/face/run.ts";
import { handoff } from "../../src/agents/handoff.ts";
import { Agent } from "../../src/agents/agent.ts";
import { tool } from "../../src/agents/tool.ts";
import { call, createScriptedModel, message } from "../../src/models/scripted.ts";
import { z } from "zod";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("a needsApproval that never answers asks", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const pay = tool({
    name: "pay",
    description: "Pays.",
    parameters: z.object({}),
    needsApproval: () => {
      ask();
      return new Promise<boolean>(() => {});
    },
    execute: () => "Paid.",
  });
  const model = createScriptedModel([[call("pay", {})], [message("done")]]);
  const running = run(new Agent({ name: "A", model, tools: [pay] }), "go");
  await asked;
  await vi.advanceTimersByTimeAsync(60_000);
  const { interruptions } = await running;
  expect(interruptions).toHaveLength(1);
  expect(interruptions[0]?.reason).toContain("did not answer within 60 seconds");
});

const look = (changes: object) =>
  tool({
    name: "look",
    description: "Looks.",
    parameters: z.object({}),
    execute: () => "Seen.",
    ...changes,
  });
const never = new Promise<never>(() => {});

it("an isEnabled that never answers fails the run, and says which it is", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const isEnabled = (): Promise<boolean> => {
    ask();
    return never;
  };
  const model = createScriptedModel([[message("done")]]);
  const agent = new Agent({ name: "A", model, tools: [look({ isEnabled })] });
  const running = run(agent, "go").catch((error: unknown) => error);
  await asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(String(await running)).toContain('isEnabled of "look" did not answer within 60 seconds');
});

it("a toolErrorFormatter that never answers is done without", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const model = createScriptedModel([[call("look", {})], [message("done")]]);
  const agent = new Agent({ name: "A", model, tools: [look({ needsApproval: true })] });
  const { state } = await run(agent, "go");
  for (const each of state.getInterruptions()) state.reject(each);
  const toolErrorFormatter = (): Promise<string> => {
    ask();
    return never;
  };
  const running = run(agent, state, { toolErrorFormatter });
  await asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect((await running).finalOutput).toBe("done");
});

it("an errorFunction that never answers leaves the call in doubt, which asks", async () => {
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const model = createScriptedModel([[call("look", {})], [message("done")]]);
  const changes = {
    execute: () => {
      throw new Error("no");
    },
    errorFunction: () => {
      ask();
      return never;
    },
  };
  const agent = new Agent({ name: "A", model, tools: [look(changes)] });
  const running = run(agent, "go").catch((error: unknown) => error);
  await asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(String(await running)).toContain('errorFunction of "look" did not answer');
});

describe("a function that never answers, and that nothing goes on without,", () => {
  const text = (): ReturnType<typeof createScriptedModel> =>
    createScriptedModel([[message("done")]]);
  const other = new Agent({ name: "B", model: text() });
  const retried = {
    modelSettings: { retry: { maxRetries: 1, policy: (): Promise<boolean> => never } },
  };
  const failing = createScriptedModel(() => {
    throw new Error("overloaded");
  });
  const guardrail = { name: "Watch", execute: (): Promise<never> => never };
  const minute = "60 seconds: give what it waits for a shorter limit of its own";

  it.each<[string, ConstructorParameters<typeof Agent>[0], RunConfig, string]>([
    [
      "instructions",
      { name: "A", model: text(), instructions: () => never },
      {},
      'The instructions function of "A" did not answer within 60 seconds',
    ],
    [
      "callModelInputFilter",
      { name: "A", model: text() },
      { callModelInputFilter: () => never },
      `The callModelInputFilter did not answer within ${minute}`,
    ],
    [
      "toolUseBehavior",
      {
        name: "A",
        model: createScriptedModel([[call("look", {})], [message("done")]]),
        tools: [look({})],
        toolUseBehavior: () => never,
      },
      {},
      `The toolUseBehavior of "A" did not answer within ${minute}`,
    ],
    [
      "onHandoff",
      {
        name: "A",
        model: createScriptedModel([[call("transfer_to_B", {})]]),
        handoffs: [handoff(other, { onHandoff: () => never })],
      },
      {},
      `The onHandoff of "transfer_to_B" did not answer within ${minute}`,
    ],
    [
      "getModel",
      { name: "A", model: "some" },
      { modelProvider: { getModel: () => never } },
      `getModel of the modelProvider for "some" did not answer within ${minute}`,
    ],
    [
      "a retry policy",
      { name: "A", model: failing, ...retried },
      {},
      `The retry policy did not answer within ${minute}`,
    ],
    [
      "an input guardrail",
      { name: "A", model: text(), inputGuardrails: [guardrail] },
      {},
      'The guardrail "Watch" did not answer within 300 seconds',
    ],
    [
      "an output guardrail",
      { name: "A", model: text(), outputGuardrails: [guardrail] },
      {},
      'The guardrail "Watch" did not answer within 300 seconds',
    ],
  ])("fails the run, and says which it is: %s", async (_what, options, config, said) => {
    let ended: unknown;
    const running = new Runner(config).run(new Agent(options), "go").then(
      () => "completed",
      (error: unknown) => error,
    );
    void running.then((end) => {
      ended = end;
    });
    const isOver = (): boolean => ended !== undefined;
    while (!isOver()) await vi.advanceTimersByTimeAsync(10_000);
    expect(String(ended)).toContain(said);
  });
});

it("what answers in time is heard, and what fails fails", async () => {
  const limit = { limitMs: 1_000, what: "It" };
  expect(await withinTime(5, limit)).toBe(5);
  expect(await withinTime(Promise.resolve(6), limit)).toBe(6);
  await expect(withinTime(Promise.reject(new Error("no")), limit)).rejects.toThrow("no");
  const broken = Promise.resolve(7);
  vi.spyOn(broken, "then").mockImplementation(() => {
    throw new Error("broken");
  });
  await expect(withinTime(broken, limit)).rejects.toThrow("broken");
  expect(vi.getTimerCount()).toBe(0);
});
