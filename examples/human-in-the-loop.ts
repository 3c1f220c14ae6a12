// A run that stops before a gated call, is saved to a file, loaded again, decided on, and goes on.
// npx tsx examples/human-in-the-loop.ts
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";

import { Agent, run, RunState, tool } from "holdpoint";
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

const folder = await mkdtemp(join(tmpdir(), "holdpoint-example-"));
const file = join(folder, "result.json");

let result = await run(agent, "What is the temperature in Oakland and San Francisco?");
while (result.interruptions.length > 0) {
  // Between these two lines any time may pass, in this process or another one.
  await writeFile(file, JSON.stringify(result.state, undefined, 2));
  const state = await RunState.fromString(agent, await readFile(file, "utf8"));

  for (const interruption of state.getInterruptions()) {
    const { agent: asking, name, arguments: args } = interruption;
    if (await confirm(`${asking.name} wants to call ${name} with ${args}. Let it?`)) {
      state.approve(interruption);
    } else {
      state.reject(interruption, { message: "The user does not want this to be looked up." });
    }
  }
  result = await run(agent, state);
}
console.log(`\n${result.finalOutput}`);

terminal.close();
await rm(folder, { recursive: true });
