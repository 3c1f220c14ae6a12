import {
  Agent,
  InputGuardrailTripwireTriggered,
  MaxTurnsExceededError,
  OutputGuardrailTripwireTriggered,
  run,
  tool,
  ToolGuardrailFunctionOutputFactory,
  defineToolInputGuardrail,
  defineToolOutputGuardrail,
  type InputGuardrail,
  type OutputGuardrail,
} from "@openai/agents";
import { z } from "zod";

const Homework = z.object({ isHomework: z.boolean(), reasoning: z.string() });

const judge = new Agent({ name: "Judge", instructions: "Homework?", outputType: Homework });

const noHomework: InputGuardrail = {
  name: "No homework",
  runInParallel: false,
  execute: async ({ input, context }) => {
    const result = await run(judge, input, { context });
    return {
      outputInfo: result.finalOutput,
      tripwireTriggered: result.finalOutput?.isHomework ?? false,
    };
  },
};

const Answer = z.object({ response: z.string() });

const noPhone: OutputGuardrail<typeof Answer> = {
  name: "No phone numbers",
  execute: async ({ agentOutput }) => ({
    outputInfo: { length: agentOutput.response.length },
    tripwireTriggered: agentOutput.response.includes("650"),
  }),
};

const before = defineToolInputGuardrail({
  name: "before",
  run: async ({ toolCall }) =>
    toolCall.arguments.includes("secret")
      ? ToolGuardrailFunctionOutputFactory.rejectContent("No secrets.")
      : ToolGuardrailFunctionOutputFactory.allow(),
});

const after = defineToolOutputGuardrail({
  name: "after",
  run: async ({ output }) =>
    String(output).includes("secret")
      ? ToolGuardrailFunctionOutputFactory.throwException()
      : ToolGuardrailFunctionOutputFactory.allow(),
});

const look = tool({
  name: "look",
  description: "Looks.",
  parameters: z.object({ at: z.string() }),
  inputGuardrails: [before],
  outputGuardrails: [after],
  timeoutMs: 1_000,
  timeoutErrorFunction: (_context, error) => `${error.toolName} took ${error.timeoutMs} ms`,
  execute: async ({ at }) => ({ seen: at }),
});

const agent = new Agent({
  name: "Support",
  inputGuardrails: [noHomework],
  outputGuardrails: [noPhone],
  outputType: Answer,
  tools: [look],
  toolUseBehavior: { stopAtToolNames: ["look"] },
});

export async function main(): Promise<string> {
  try {
    const result = await run(agent, "2 + 2?");
    return result.finalOutput?.response ?? "";
  } catch (error) {
    if (error instanceof InputGuardrailTripwireTriggered) {
      return `${error.result.guardrail.name}: ${error.message}`;
    }
    if (error instanceof OutputGuardrailTripwireTriggered) return error.message;
    if (error instanceof MaxTurnsExceededError && error.state !== undefined) {
      return error.state.toString();
    }
    throw error;
  }
}
