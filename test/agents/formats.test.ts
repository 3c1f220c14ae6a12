import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";
import { z } from "zod";

import { Agent, run, RunState, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";

function createAgent(paid: number[]): Agent {
  const pay = tool({
    name: "pay",
    description: "Pays.",
    parameters: z.object({ amount: z.number() }),
    needsApproval: true,
    execute: ({ amount }) => {
      paid.push(amount);
      return `Paid ${amount}`;
    },
  });
  const model = createScriptedModel(({ input }) =>
    JSON.stringify(input).includes("function_call_result")
      ? [message("Done.")]
      : [call("pay", { amount: 1 }, "c1"), call("pay", { amount: 2 }, "c2")],
  );
  return new Agent({ name: "Payer", model, tools: [pay] });
}

/** As a program of that version wrote it; never written anew. */
const stored = readFileSync(join(import.meta.dirname, "../fixtures/state-format-1.json"), "utf8");

it("a state of format 1 is read and gone on with by every later version", async () => {
  const paid: number[] = [];
  const agent = createAgent(paid);
  const state = await RunState.fromString(agent, stored);
  expect(state.getInterruptions().map(({ name }) => name)).toEqual(["pay", "pay"]);
  for (const item of state.getInterruptions()) state.approve(item);
  const result = await run(agent, state);
  expect(result.finalOutput).toBe("Done.");
  expect(paid).toEqual([1, 2]);
});

it("a state of a newer version is refused with the version named", async () => {
  const newer = stored.replace("holdpoint/1", "holdpoint/9");
  await expect(RunState.fromString(createAgent([]), newer)).rejects.toMatchObject({
    code: "state_incompatible",
    message: expect.stringContaining("holdpoint/9"),
  });
});
