import type { AgentOptions, AgentToolOptions } from "../../src/agents/agent-options.ts";
import type { Agent } from "../../src/agents/agent.ts";
import { handoff, type HandoffOptions } from "../../src/agents/handoff.ts";
import type {
  AgentOutputItem,
  FunctionCallItem,
  FunctionCallResultItem,
  UserMessageItem,
} from "../../src/agents/items.ts";
import type { RunnableTool as FunctionTool } from "../../src/agents/function-tool.ts";
import { countResponses } from "../../src/models/answer.ts";
import type { ScriptedTurn } from "../../src/models/scripted.ts";
import { answered } from "./expected.ts";
import type { Stage } from "./scenario.ts";

/** The input of a nested run, as its model is sent it. */
export function told(content: string): UserMessageItem {
  return { type: "message", role: "user", content };
}

/** The item that answers a handoff that was taken. */
export function moved(transfer: FunctionCallItem, to = "weather"): FunctionCallResultItem {
  return answered(transfer, JSON.stringify({ assistant: to }));
}

/** An agent that has no tools, and hands off to `weather`, which has the gated one. */
export function desk(
  stage: Stage,
  options: Partial<AgentOptions> & { handoff?: HandoffOptions } = {},
): Agent {
  const { handoff: how, ...others } = options;
  const weather = stage.agent();
  const handoffs = [how === undefined ? weather : handoff(weather, how)];
  return stage.agent({ name: "desk", tools: [], handoffs, ...others });
}

/** `weather` with its gated tool, as the tool `ask_weather`. */
export function askWeather(
  stage: Stage,
  options: AgentToolOptions & { agent?: Partial<AgentOptions> } = {},
): FunctionTool {
  const { agent, ...others } = options;
  return stage
    .agent({ instructions: "weather", ...agent })
    .asTool({ toolName: "ask_weather", ...others });
}

/** An agent that has nobody but `weather` to ask. */
export function chief(stage: Stage, options: Partial<AgentOptions> = {}): Agent {
  const tools = [askWeather(stage)];
  return stage.agent({ name: "chief", instructions: "chief", tools, ...options });
}

/** Answers by who asks (the instructions) and how often they were answered, whoever comes first. */
export function repliesOf(
  script: Record<string, AgentOutputItem[][]>,
  count: number,
): ScriptedTurn[] {
  return Array.from({ length: count }, () => ({ systemInstructions = "", input }) => {
    const reply = script[systemInstructions]?.[countResponses(input)];
    if (reply === undefined) throw new Error(`Nothing is scripted for "${systemInstructions}"`);
    return reply;
  });
}
