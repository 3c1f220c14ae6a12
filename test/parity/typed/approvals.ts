import { readFile, writeFile } from "node:fs/promises";

import {
  Agent,
  run,
  RunState,
  tool,
  type AgentInputItem,
  type RunResult,
  type RunToolApprovalItem,
} from "@openai/agents";
import { z } from "zod";

const getTemperature = tool({
  name: "get_temperature",
  description: "The temperature in a city.",
  parameters: z.object({ city: z.string() }),
  needsApproval: async (_context, { city }) => city.includes("Oakland"),
  execute: async ({ city }) => `20C in ${city.toUpperCase()}`,
});

const pay = tool({
  name: "pay",
  description: "Pays.",
  parameters: z.object({ cents: z.number(), note: z.string().nullish() }),
  needsApproval: true,
  errorFunction: (_context, error) => (error instanceof Error ? error.message : "unknown"),
  async execute({ cents, note }, context, details) {
    const text: string = note ?? "";
    return `${cents} ${text} ${context?.usage.totalTokens} ${details?.toolCall?.callId}`;
  },
});

const agent = new Agent({
  name: "Clerk",
  instructions: "Help.",
  tools: [getTemperature, pay],
});

async function confirm(item: RunToolApprovalItem): Promise<boolean> {
  return `${item.agent.name} ${item.name} ${item.arguments}`.length > 0;
}

/** Decides on whatever waits, over a file. */
export async function decideAll(input: string | AgentInputItem[]): Promise<string | undefined> {
  let result = await run(agent, input);
  while (result.interruptions.length > 0) {
    await writeFile("state.json", JSON.stringify(result.state, null, 2));
    const text = await readFile("state.json", "utf8");
    const state = await RunState.fromString<undefined, typeof agent>(agent, text);
    for (const item of state.getInterruptions()) {
      if (await confirm(item)) state.approve(item, { alwaysApprove: true });
      else state.reject(item, { message: "no" });
    }
    result = await run(agent, state);
    if (isDone(result)) break;
  }
  return result.finalOutput;
}

// oxlint-disable-next-line typescript/no-explicit-any -- no other argument fits all agents
export function isDone(result: RunResult<any, any>): boolean {
  return result.finalOutput !== undefined && result.state.getInterruptions().length === 0;
}

export function waitsFor(state: RunState<undefined, typeof agent>): string[] {
  return state.getInterruptions().flatMap(({ name }) => name ?? []);
}
