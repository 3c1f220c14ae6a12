import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent } from "../../src/agents/agent.ts";
import { run } from "../../src/agents/face/run.ts";
import { handoff } from "../../src/agents/handoff.ts";
import type { RunContext } from "../../src/agents/run-context.ts";
import { tool } from "../../src/agents/tool.ts";
import { createScriptedModel, message } from "../../src/models/scripted.ts";

/** Ends a process of Node, where nobody listens. */
const unheard: unknown[] = [];
const note = (error: unknown): number => unheard.push(error);
let others: NodeJS.UnhandledRejectionListener[] = [];

beforeEach(() => {
  others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection");
  process.on("unhandledRejection", note);
  unheard.length = 0;
});
afterEach(() => {
  process.off("unhandledRejection", note);
  for (const other of others) process.on("unhandledRejection", other);
});

const later = async (): Promise<boolean> => {
  await nextTurn();
  throw new Error("later");
};
const atOnce = (): never => {
  throw new Error("at once");
};
const look = (name: string, isEnabled: () => boolean | Promise<boolean>) =>
  tool({
    name,
    description: "Looks.",
    parameters: z.object({}),
    execute: () => "Seen.",
    isEnabled,
  });

class Prompted extends Agent {
  override getSystemPrompt(_context: RunContext): never {
    return atOnce();
  }
}

describe("where one function throws at once, what fails beside it is heard too", () => {
  const own = { name: "A", model: createScriptedModel([]) };
  const slow = look("look", later);
  const other = handoff(new Agent({ name: "B" }), { isEnabled: atOnce });
  it.each([
    ["two tools", new Agent({ ...own, tools: [slow, look("see", atOnce)] })],
    ["a tool and a handoff", new Agent({ ...own, tools: [slow], handoffs: [other] })],
    ["a tool and the prompt", new Prompted({ ...own, tools: [slow] })],
  ])("%s", async (_what, agent) => {
    await expect(run(agent, "go")).rejects.toThrow("at once");
    for (let turn = 0; turn < 5; turn += 1) await nextTurn();
    expect(unheard).toEqual([]);
  });
});

describe("what a function gives", () => {
  const answers = async (isEnabled: unknown): Promise<unknown[]> => {
    const model = createScriptedModel([[message("done")]]);
    const tools = [look("look", () => isEnabled as boolean)];
    await run(new Agent({ name: "A", model, tools }), "go");
    return model.requests.map(({ tools: offered }) => offered.map(({ name }) => name));
  };

  it("is waited for where it is a promise of another library, in whatever form", async () => {
    const no = (resolve: (value: boolean) => void): void => resolve(false);
    const form = [["then", no]] as const;
    expect(await answers(Object.fromEntries(form))).toEqual([[]]);
    const called = Object.assign(() => undefined, Object.fromEntries(form));
    expect(await answers(called)).toEqual([[]]);
  });
});
