import { describeAgent, reachableAgents, toolsOf, type AnyAgent } from "./agent.ts";
import { UserError } from "./errors.ts";
import { getHandoff, type Handoff } from "./handoff.ts";
import { isFunctionTool, type FunctionTool } from "./tool.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson } from "../lib/json.ts";

/** All agents that a run can reach, by name. */
export interface AgentGraph {
  readonly root: AnyAgent;
  readonly agents: ReadonlyMap<string, AnyAgent>;
}

/** What a name in a call stands for. */
export type CallTarget =
  | { type: "tool"; tool: FunctionTool }
  | { type: "handoff"; handoff: Handoff }
  /** A tool that a provider has at other times. */
  | { type: "missing"; reason: string }
  | undefined;

/**
 * Walks from `root` over handoffs and agents used as tools.
 *
 * @throws UserError when two agents, or two tools of one agent, share a name, and for a cycle of
 * agents used as tools: by name a paused run is found again, so a name must say which.
 */
export function createAgentGraph(root: AnyAgent): AgentGraph {
  const agents = new Map<string, AnyAgent>([[root.name, root]]);
  const queue = [root];
  for (let agent = queue.shift(); agent !== undefined; agent = queue.shift()) {
    checkTools(agent);
    checkCallNames(agent);
    for (const next of reachableAgents(agent)) {
      const known = agents.get(next.name);
      if (known === next) continue;
      if (known !== undefined) {
        throw new UserError(
          `Cannot run "${root.name}": two different agents are named "${next.name}". Give one of them another name`,
        );
      }
      agents.set(next.name, next);
      queue.push(next);
    }
  }
  for (const agent of agents.values()) checkDelegationCycle(agent, [agent]);
  return { root, agents };
}

/** A gate that is not the one `tool()` made would be overlooked. */
function checkTools(agent: AnyAgent): void {
  for (const entry of agent.tools) {
    if (entry.type !== "function" || (isFunctionTool(entry) && !("needsApproval" in entry)))
      continue;
    throw new UserError(
      `Cannot run agent "${agent.name}": its tool "${entry.name}" was not made by tool(), or its needsApproval was set afterwards`,
    );
  }
}

function checkCallNames(agent: AnyAgent): void {
  const names = new Set<string>();
  const tools = agent.tools.filter(({ type }) => type === "function").map(({ name }) => name);
  const handoffs = agent.handoffs.map((target) => getHandoff(target).toolName);
  for (const name of [...tools, ...handoffs]) {
    if (names.has(name)) {
      throw new UserError(`Cannot run agent "${agent.name}": two of its tools are named "${name}"`);
    }
    names.add(name);
  }
}

function checkDelegationCycle(agent: AnyAgent, trail: readonly AnyAgent[]): void {
  for (const entry of agent.tools) {
    const next = entry.type === "function" ? entry.agentTool?.agent : undefined;
    if (next === undefined) continue;
    const first = trail.indexOf(next);
    if (first >= 0) {
      const cycle = [...trail.slice(first), next].map(({ name }) => `"${name}"`).join(" -> ");
      throw new UserError(`Cannot run agents that are tools of each other: ${cycle}`);
    }
    checkDelegationCycle(next, [...trail, next]);
  }
}

/** What `name` means to `agent`, whether or not it is enabled. */
export function findTarget(agent: AnyAgent, name: string): CallTarget {
  for (const entry of toolsOf(agent)) {
    if (entry.type === "function" && entry.name === name) return { type: "tool", tool: entry };
  }
  for (const target of agent.handoffs) {
    const handoff = getHandoff(target);
    if (handoff.toolName === name) return { type: "handoff", handoff };
  }
  for (const provider of agent.toolProviders) {
    const reason = provider.whyMissing(name);
    if (reason !== undefined) return { type: "missing", reason };
  }
  return undefined;
}

/** Lets the providers of all agents learn what there is; one that is slow delays no other. */
export async function refreshProviders({ agents }: AgentGraph): Promise<void> {
  const providers = new Set([...agents.values()].flatMap(({ toolProviders }) => toolProviders));
  await Promise.all([...providers].map((provider) => provider.refresh()));
}

/** A digest of agents, tools and schemas: when it changed, so did the code behind a run. */
export function fingerprint(graph: AgentGraph): string {
  return sha256(canonicalJson([...graph.agents.values()].map((agent) => describeAgent(agent))));
}

/** @throws UserError when no agent of that name can be reached */
export function agentNamed({ agents, root }: AgentGraph, name: string): AnyAgent {
  const agent = agents.get(name);
  if (agent !== undefined) return agent;
  throw new UserError(`Agent ${name} not found: "${root.name}" does not reach it`);
}
