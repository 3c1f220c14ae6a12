import * as z from "zod";

import { Agent } from "../agents/agent.ts";
import { tool } from "../agents/tool.ts";
import { lazy } from "../lib/lazy.ts";

const getTemperature = lazy(() =>
  tool({
    name: "get_temperature",
    description: "The temperature in a city, in degrees Celsius.",
    parameters: z.object({ city: z.string().describe("City, e.g. San Francisco") }),
    needsApproval: (_context, { city }) => city.toLowerCase().includes("oakland"),
    execute: ({ city }) => `The temperature in ${city} is 20 degrees Celsius`,
  }),
);

/** The agent that is there when nobody brought one: one tool, gated for one city. */
export function createDemoAgent(model?: string): Agent {
  return new Agent({
    name: "Weather Assistant",
    handoffDescription: "Tells the temperature of cities; Oakland only after a person approved.",
    instructions: "You tell the temperature of the cities you are asked about.",
    tools: [getTemperature()],
    ...(model === undefined ? {} : { model }),
  });
}
