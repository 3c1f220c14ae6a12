// The same with a streamed run: text as it comes, a question at every pause.
// npx tsx examples/human-in-the-loop-stream.ts
import { createInterface } from "node:readline/promises";

import { Agent, run, tool } from "holdpoint";
import { z } from "zod";

import { model } from "./model.ts";

const getTemperature = tool({
  name: "get_temperature",
  description: "The temperature in a city, in degrees Celsius.",
  parameters: z.object({ city: z.string() }),
  needsApproval: async (_context, { city }) => city.includes("Oakland"),
  execute: async ({ city }) => `The temperature in ${city} is 20 degrees Celsius`,
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

const prompt = "What is the temperature in Oakland and San Francisco?";
let stream = await run(agent, prompt, { stream: true });
for (;;) {
  for await (const text of stream.toTextStream()) process.stdout.write(text);
  await stream.completed;
  if (stream.interruptions.length === 0) break;

  const { state } = stream;
  for (const interruption of stream.interruptions) {
    const { agent: asking, name, arguments: args } = interruption;
    if (await confirm(`${asking.name} wants to call ${name} with ${args}. Let it?`)) {
      state.approve(interruption);
    } else {
      state.reject(interruption);
    }
  }
  stream = await run(agent, state, { stream: true });
}
console.log();
terminal.close();
