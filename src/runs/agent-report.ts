import type { AnyAgent } from "../agent/agent.ts";
import { getHandoff } from "../agent/handoff.ts";

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
  const tools = agent.tools.map((entry) => {
    if (entry.type !== "function") return { name: entry.name, gated: "never" as const };
    const { type } = entry.approvalRule;
    const gated = type === "dynamic" ? ("sometimes" as const) : type;
    return { name: entry.name, gated, agent: entry.agentTool?.agent.name };
  });
  const handoffs = agent.handoffs.map((target) => getHandoff(target).agentName);
  const described = agent.handoffDescription;
  const instructions = typeof agent.instructions === "string" ? agent.instructions : "";
  const description =
    described === "" ? (instructions.split("\n")[0] ?? "").slice(0, 200) : described;
  return { name: agent.name, description, tools, handoffs };
}
