// Agents for `holdpoint serve --agents examples/agents.ts`. With HOLDPOINT_MODEL=offline they run
// without a key; otherwise set OPENAI_API_KEY.
import { Agent, tool } from "holdpoint";
import { z } from "zod";

const getTemperature = tool({
  name: "get_temperature",
  description: "The temperature in a city, in degrees Celsius.",
  parameters: z.object({ city: z.string() }),
  // A constant, or a function of context, arguments and call id: true waits for a person.
  needsApproval: (_context, { city }) => city === "Oakland",
  execute: ({ city }) => `The temperature in ${city} is 20 degrees Celsius`,
});

export default new Agent({
  name: "Weather Assistant",
  handoffDescription: "Tells the temperature of cities; Oakland only after a person approved.",
  instructions: "You tell the temperature of the cities you are asked about.",
  tools: [getTemperature],
});
