import { Agent, run, tool, webSearchTool } from "@openai/agents";
import { z } from "zod";

const searcher = new Agent({
  name: "Searcher",
  instructions: "Search.",
  tools: [webSearchTool({ searchContextSize: "low" })],
});

const Measured = z.object({ degrees: z.number() });

const thermometer = new Agent({ name: "Thermometer", outputType: Measured });

const noop = tool({
  name: "noop",
  description: "Nothing.",
  parameters: {
    type: "object",
    properties: { any: { type: "string" } },
    required: [],
    additionalProperties: true,
  },
  strict: false,
  execute: async (input) => JSON.stringify(input),
});

const boss = new Agent({
  name: "Boss",
  tools: [
    noop,
    searcher.asTool({
      toolName: "search",
      toolDescription: "Searches.",
      needsApproval: async (_context, { input }) => input.length > 100,
      customOutputExtractor: (result) => `${result.finalOutput} in ${result.newItems.length}`,
      runOptions: { maxTurns: 3 },
    }),
    thermometer.asTool({
      toolName: "measure",
      toolDescription: "Measures.",
      parameters: z.object({ city: z.string() }),
      inputBuilder: ({ params }) => `In ${params.city}?`,
      customOutputExtractor: async ({ finalOutput }) => `${finalOutput.degrees}C`,
      onStream: ({ event, agent, toolCall }) => {
        const name = event.type === "run_item_stream_event" ? event.name : event.type;
        process.stdout.write(`${agent.name} ${name} ${toolCall?.callId}`);
      },
    }),
  ],
  toolUseBehavior: (_context, results) => {
    const [first] = results;
    return first?.type === "function_output" && first.tool.name === "noop"
      ? { isFinalOutput: true, isInterrupted: undefined, finalOutput: String(first.output) }
      : { isFinalOutput: false, isInterrupted: undefined };
  },
});

export async function main(): Promise<string | undefined> {
  return (await run(boss, "How warm is it?")).finalOutput;
}
