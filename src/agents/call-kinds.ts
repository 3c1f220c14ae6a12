import type { CallKind } from "../engine/vocabulary.ts";
import type { AnyAgent } from "./agent.ts";
import type { Frame } from "./conversation.ts";
import { targetIn, type AgentGraph } from "./graph.ts";
import { isFunctionCall } from "./items.ts";
import type { ModelResponse } from "./model.ts";

/** Who was asked, and where. */
export interface Asked {
  graph: AgentGraph;
  frame: Frame;
  agent: AnyAgent;
}

/** A response hands off once: the first handoff call counts. */
export function ignoredHandoffs(asked: Asked, { output }: ModelResponse): string[] {
  const calls = output.filter((item) => isFunctionCall(item));
  const handoffs = calls.filter((call) => kindOfCall(asked, call.name) === "handoff");
  const [first, ...others] = handoffs.map(({ callId }) => callId);
  return others.filter((callId) => callId !== first);
}

/** What its calls are, but for those of tools, which most are. */
export function kindsOf(asked: Asked, { output }: ModelResponse): Record<string, CallKind> {
  const kinds: Record<string, CallKind> = {};
  for (const item of output) {
    if (!isFunctionCall(item)) continue;
    const kind = kindOfCall(asked, item.name);
    if (kind !== "tool") kinds[item.callId] = kind;
  }
  return kinds;
}

function kindOfCall({ graph, frame, agent }: Asked, name: string): CallKind {
  const target = targetIn(graph, frame, { agent, name });
  if (target?.type !== "tool") return target === undefined ? "unknown" : kindOfTarget(target.type);
  return target.tool.agentTool === undefined ? "tool" : "agent";
}

function kindOfTarget(type: "handoff" | "missing"): CallKind {
  return type === "handoff" ? "handoff" : "tool";
}
