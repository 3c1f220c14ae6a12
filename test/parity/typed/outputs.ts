import {
  Agent,
  handoff,
  Handoff,
  run,
  type AgentOutputType,
  type HandoffInputData,
  type RunContext,
} from "@openai/agents";
import { z } from "zod";

const Event = z.object({ name: z.string(), date: z.string(), people: z.array(z.string()) });

const extractor = new Agent({
  name: "Extractor",
  instructions: "Find the event.",
  outputType: Event,
});

const weather = new Agent({
  name: "Weather",
  handoffDescription: "Knows the weather.",
  outputType: z.object({ degrees: z.number() }),
});

function withoutTools(data: HandoffInputData): HandoffInputData {
  return {
    ...data,
    inputHistory: Array.isArray(data.inputHistory)
      ? data.inputHistory.slice(-2)
      : data.inputHistory,
    preHandoffItems: data.preHandoffItems.filter((item) => item.type !== "tool_call_item"),
    newItems: data.newItems.filter(
      ({ type }) => type !== "tool_call_item" && type !== "tool_call_output_item",
    ),
  };
}

const escalation = z.object({ reason: z.string() });

const triage = Agent.create({
  name: "Triage",
  handoffs: [
    extractor,
    handoff(weather, {
      inputType: escalation,
      onHandoff: async (_context: RunContext, input) => {
        const reason: string | undefined = input?.reason;
        return void reason;
      },
      inputFilter: withoutTools,
      isEnabled: ({ runContext }) => runContext.usage.requests < 3,
    }),
  ],
});

export async function main(): Promise<string> {
  const event = await run(extractor, "Supper on Friday with Ann.");
  const names: string[] = event.finalOutput?.people ?? [];
  const either = await run(triage, "Supper?");
  const output = either.finalOutput;
  if (output !== undefined && typeof output === "object" && "degrees" in output) {
    return String(output.degrees);
  }
  return names.join();
}

export function describe(agent: Agent<unknown, AgentOutputType>): string[] {
  return agent.handoffs.map((target) =>
    target instanceof Handoff ? target.toolName : target.name,
  );
}
