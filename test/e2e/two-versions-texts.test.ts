import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Agent, run, RunState, tool } from "../../src/index.ts";
import { call, createScriptedModel, message } from "../../src/testing.ts";
import { useOldPackage } from "../support/old-package.ts";

const old = useOldPackage();

describe("a text of the version before", { timeout: 60_000 }, () => {
  it.each([
    ["that waits", false],
    ["that was decided", true],
  ])("T-59 %s goes on", async (_name, isDecided) => {
    const written = await old.program(oldProgram(isDecided));
    expect(written).toMatchObject({ exitCode: 0, stderr: "" });
    const { agent, paid } = createPayer();
    const state = await RunState.fromString(agent, written.stdout.trim());
    const lines = state.toJSON().entries;
    expect(lines).toEqual((JSON.parse(written.stdout) as { entries: string[] }).entries);
    if (!isDecided) for (const item of state.getInterruptions()) state.approve(item);
    const result = await run(agent, state);
    expect(result.finalOutput).toBe("Done.");
    expect(paid).toEqual([7]);
    const after = result.state.toJSON().entries;
    expect(after.slice(0, lines.length)).toEqual(lines);
    expect(JSON.parse(after.find((line) => line.includes('"format":2')) ?? "{}")).toMatchObject({
      type: "run_claimed",
    });
    // What was read once can be read again: the versions stand in one text.
    const again = await RunState.fromString(createPayer().agent, result.state.toString());
    expect(again.toString()).toBe(result.state.toString());
  });
});

function createPayer(): { agent: Agent; paid: number[] } {
  const paid: number[] = [];
  const payTool = tool({
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
      : [call("pay", { amount: 7 }, "c1")],
  );
  return { agent: new Agent({ name: "Payer", model, tools: [payTool] }), paid };
}

/** The same agent in a program of the version before, which prints the text of its paused run. */
function oldProgram(isDecided: boolean): string {
  return `
import { Agent, run, tool } from "holdpoint";
import { call, createScriptedModel } from "holdpoint/testing";
import { z } from "zod";

const pay = tool({
  name: "pay",
  description: "Pays.",
  parameters: z.object({ amount: z.number() }),
  needsApproval: true,
  execute: () => { throw new Error("Not here"); },
});
const model = createScriptedModel([[call("pay", { amount: 7 }, "c1")]]);
const agent = new Agent({ name: "Payer", model, tools: [pay] });
const { state } = await run(agent, "pay");
if (${isDecided}) state.approve(state.getInterruptions()[0]);
console.log(state.toString());
`;
}
