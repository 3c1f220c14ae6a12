import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { withinTime } from "../../src/lib/within-time.ts";
import { run } from "../../src/agents/face/run.ts";
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

it("what answers in time is heard, and what fails fails", async () => {
  const limit = { limitMs: 1_000, what: "It" };
  expect(await withinTime(5, limit)).toBe(5);
  expect(await withinTime(Promise.resolve(6), limit)).toBe(6);
  await expect(withinTime(Promise.reject(new Error("no")), limit)).rejects.toThrow("no");
  expect(vi.getTimerCount()).toBe(0);
});
