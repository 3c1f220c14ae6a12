import type { AnyAgent } from "./agent.ts";
import { isHandoff, type Handoff } from "./handoff.ts";
import type { RunContext } from "./run-context.ts";
import type { HostedTool, RunnableTool } from "./function-tool.ts";

/** Whether a tool or handoff is offered now. */
export async function isEnabled(
  candidate: RunnableTool | HostedTool | Handoff,
  { context, agent }: { context: RunContext; agent: AnyAgent },
): Promise<boolean> {
  if (isHandoff(candidate)) {
    const rule = candidate.isEnabled;
    return typeof rule === "function" ? rule({ runContext: context, agent }) : rule;
  }
  return candidate.type !== "function" || candidate.isEnabled(context, agent);
}
