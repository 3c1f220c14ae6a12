import { toolsOf, type AnyAgent } from "../agents/agent.ts";
import { getHandoff } from "../agents/handoff.ts";
import type { RunnableTool } from "../agents/function-tool.ts";

/** An agent as it is listed. */
export interface AgentReport {
  name: string;
  description: string;
  tools: {
    name: string;
    gated: "always" | "sometimes" | "never";
    /** Set on an agent used as a tool. */
    agent?: string | undefined;
  }[];
  /** Names of the agents that it can hand off to. */
  handoffs: string[];
}

export function toAgentReport(agent: AnyAgent): AgentReport {
  const remembered = agent.toolProviders.flatMap((provider) => provider.remembered?.() ?? []);
  const tools = [...toolsOf(agent), ...remembered].map((entry) => {
    if (entry.type !== "function") return { name: entry.name, gated: "never" as const };
    return { name: entry.name, gated: gateOf(entry), agent: entry.agentTool?.agent.name };
  });
  const handoffs = agent.handoffs.map((target) => getHandoff(target).agentName);
  const described = agent.handoffDescription;
  const instructions = typeof agent.instructions === "string" ? agent.instructions : "";
  const description =
    described === "" ? (instructions.split("\n")[0] ?? "").slice(0, 200) : described;
  return { name: agent.name, description, tools, handoffs };
}

/** Waits a while, once, for sources of tools that were never met: a list without them is no list. */
export async function meetTools(agents: readonly AnyAgent[]): Promise<void> {
  const unmet = agents
    .flatMap(({ toolProviders }) => toolProviders)
    .filter((each) => each.tools().length === 0 && (each.remembered?.() ?? []).length === 0);
  await Promise.all([...new Set(unmet)].map((each) => each.refresh()));
}

function gateOf({ approvalRule }: RunnableTool): AgentReport["tools"][number]["gated"] {
  if (approvalRule.type === "policy") return approvalRule.outlook;
  return approvalRule.type === "dynamic" ? "sometimes" : approvalRule.type;
}
