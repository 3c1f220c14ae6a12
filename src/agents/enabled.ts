import type { AnyAgent } from "./agent.ts";
import type { Handoff } from "./handoff.ts";
import type { RunContext } from "./run-context.ts";
import type { Tool } from "./tool.ts";

/** Whether a tool or handoff is offered now. */
export async function isEnabled(
  candidate: Tool | Handoff,
  { context, agent }: { context: RunContext; agent: AnyAgent },
): Promise<boolean> {
  if (!("isEnabled" in candidate)) return true;
  const rule = candidate.isEnabled;
  return typeof rule === "function" ? rule({ runContext: context, agent }) : rule;
}
