// A conversation in a session: first a plain question, then one that needs two approvals in a turn.
// npx tsx examples/memory-session-hitl.ts
import { createInterface } from "node:readline/promises";

import { Agent, MemorySession, run, tool } from "holdpoint";
import { z } from "zod";

import { model } from "./model.ts";

const getTemperature = tool({
  name: "get_temperature",
  description: "The temperature in a city, in degrees Celsius.",
  parameters: z.object({ city: z.string() }),
  needsApproval: (_context, { city }) => city !== "San Francisco",
  execute: ({ city }) => `The temperature in ${city} is 20 degrees Celsius`,
});

const agent = new Agent({
  name: "Weather Assistant",
  instructions: "You tell the temperature of the cities you are asked about.",
  tools: [getTemperature],
  model,
});

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const lines = terminal[Symbol.asyncIterator]();

async function confirm(question: string): Promise<boolean> {
  process.stdout.write(`${question} (y/n): `);
  const { value, done } = await lines.next();
  return done !== true && ["y", "yes"].includes(value.trim().toLowerCase());
}

const session = new MemorySession();
const prompts = ["What is the temperature in San Francisco?", "And in Oakland and in Berkeley?"];
for (const prompt of prompts) {
  console.log(`\n> ${prompt}`);
  let result = await run(agent, prompt, { session });
  while (result.interruptions.length > 0) {
    const { state } = result;
    for (const interruption of result.interruptions) {
      const { name, arguments: args } = interruption;
      if (await confirm(`Let ${name} run with ${args}?`)) state.approve(interruption);
      else state.reject(interruption, { message: "The user does not want this to be looked up." });
    }
    // A resumed run needs its session, or its outputs would be lost to the conversation.
    result = await run(agent, state, { session });
  }
  console.log(result.finalOutput);
}

// Every message is there once, and every call has its output.
console.log(`\nThe session holds ${(await session.getItems()).length} items.`);
terminal.close();
