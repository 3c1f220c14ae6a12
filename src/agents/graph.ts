import {
  linkOf,
  reachableAgents,
  toolsOf,
  toRunTool,
  unheardMethod,
  type AnyAgent,
  type RunTool,
} from "./agent.ts";
import type { Call, Frame, Run } from "../engine/state.ts";
import type { AgentToolLink } from "./agent-options.ts";
import { framesOf, rootFrame, type Frame as AgentsFrame } from "./conversation.ts";
import { UserError } from "./errors.ts";
import { toRunnable } from "./given-tool.ts";
import { getHandoff, type Handoff } from "./handoff.ts";
import type { RunnableTool } from "./function-tool.ts";
import { saysTools, type Offer, type Offers } from "./offers.ts";
import { refuseOptions, whyToolIsRefused } from "./refused.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { canonicalJson, type JsonObject } from "../lib/json.ts";

/** All agents that a run can reach, by name. */
export interface AgentGraph {
  readonly root: AnyAgent;
  readonly agents: ReadonlyMap<string, AnyAgent>;
  /** Of the activation at hand; empty outside of one. */
  readonly offers: Offers;
}

/** What a name in a call stands for. */
export type CallTarget =
  | { type: "tool"; tool: RunnableTool }
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
    checkAgent(agent);
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
  return { root, agents, offers: new Map() };
}

/** What a program put into an agent must be run as it is meant, or not at all. */
function checkAgent(agent: AnyAgent): void {
  refuseOptions("agent", agent, `run agent "${agent.name}"`);
  const method = unheardMethod(agent);
  if (method !== undefined) {
    throw new UserError(
      `Cannot run agent "${agent.name}": its own ${method} would not be asked. Use outputGuardrails, or change the result`,
    );
  }
  for (const entry of agent.tools) {
    toRunTool(entry);
    const why = entry.type === "function" ? undefined : whyToolIsRefused(entry);
    if (why !== undefined) throw new UserError(`Cannot run agent "${agent.name}": ${why}`);
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
    const next = linkOf(entry)?.agent;
    if (next === undefined) continue;
    const first = trail.indexOf(next);
    if (first >= 0) {
      const cycle = [...trail.slice(first), next].map(({ name }) => `"${name}"`).join(" -> ");
      throw new UserError(`Cannot run agents that are tools of each other: ${cycle}`);
    }
    checkDelegationCycle(next, [...trail, next]);
  }
}

/** What `name` means to `agent`, whether or not it is enabled; where it says so itself, there. */
export function findTarget(agent: AnyAgent, name: string, offer?: Offer): CallTarget {
  const said = offer?.agent === agent ? offer : undefined;
  const tool =
    said?.tools === undefined
      ? ownTool(agent, name)
      : said.tools.find((entry) => entry.type === "function" && entry.name === name);
  if (tool?.type === "function") return { type: "tool", tool };
  for (const target of said?.handoffs ?? agent.handoffs) {
    const handoff = getHandoff(target);
    if (handoff.toolName === name) return { type: "handoff", handoff };
  }
  for (const provider of agent.toolProviders) {
    const reason = provider.whyMissing(name);
    if (reason !== undefined) return { type: "missing", reason };
  }
  return undefined;
}

function ownTool(agent: AnyAgent, name: string): RunTool | undefined {
  const own = agent.tools.find((entry) => entry.type === "function" && entry.name === name);
  if (own?.type === "function") return toRunnable(own);
  for (const provider of agent.toolProviders) {
    const borrowed = provider.tools().find((entry) => entry.name === name);
    if (borrowed !== undefined) return borrowed;
  }
  return undefined;
}

/** What the name of a call stands for in the frame that it belongs to. */
export function targetIn(
  graph: AgentGraph,
  frame: { readonly key: string },
  { agent, name }: { agent: AnyAgent; name: string },
): CallTarget {
  return findTarget(agent, name, graph.offers.get(frame.key));
}

/** The call whose body a nested run is, with the tool that its agent is; none for the root's. */
export function agentToolOf(
  { agents, offers }: AgentGraph,
  { parent, path }: Frame,
): { call: Call; tool: RunnableTool; link: AgentToolLink } | undefined {
  const call = parent?.calls.get(path.at(-1) ?? "");
  const agent = call && agents.get(call.agent);
  if (parent === undefined || call === undefined || agent === undefined) return undefined;
  const target = findTarget(agent, call.item.name, offers.get(parent.key));
  const link = target?.type === "tool" ? target.tool.agentTool : undefined;
  return target?.type === "tool" && link !== undefined
    ? { call, tool: target.tool, link }
    : undefined;
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

/** What a definition fingerprint is made of. */
function describeAgent(agent: AnyAgent): JsonObject {
  return {
    name: agent.name,
    tools: agent.tools
      .map((entry) => toRunTool(entry))
      .map((tool) => (tool.type === "function" ? `${tool.name}:${tool.digest}` : tool.name)),
    ...(agent.toolProviders.length === 0
      ? {}
      : { toolProviders: agent.toolProviders.map(({ id }) => id) }),
    handoffs: agent.handoffs.map((target) => getHandoff(target).agentName),
  };
}

/**
 * Refuses a run whose agents or waiting tools are not there; all that is missing is named at once.
 *
 * @throws HoldpointError `unknown_agent`, `state_incompatible`
 */
export function checkAgainstAgents(state: Run, graph: AgentGraph): void {
  const root = rootFrame(state);
  if (root !== undefined && root.startedBy !== graph.root.name) {
    throw new HoldpointError(
      "unknown_agent",
      `Agent ${root.startedBy} not found: the run was started with it, and "${graph.root.name}" was given to go on with`,
    );
  }
  const live = [...state.live].flatMap((key) => framesOf(state).get(key) ?? []);
  const named = new Set(live.flatMap((frame) => agentsOf(frame)));
  const lost = [...named].filter((name) => !graph.agents.has(name));
  const problems = lost.map((name) => `Agent ${name} not found`);
  for (const frame of live) {
    const agent = graph.agents.get(frame.data.agent);
    if (agent === undefined) continue;
    for (const { approval, item } of frame.open) {
      // What an agent says of itself is known once the run goes on.
      const isKnown = saysTools(agent) || findTarget(agent, item.name) !== undefined;
      if (approval !== undefined && !isKnown) {
        problems.push(`Tool ${item.name} not found in agent ${agent.name}`);
      }
    }
  }
  if (problems.length === 0) return;
  const code = lost.length > 0 ? "unknown_agent" : "state_incompatible";
  throw new HoldpointError(
    code,
    `Cannot load the run state: ${problems.join("; ")}. The code changed since the run was started; there is now ${describeAgents(graph)}`,
  );
}

function describeAgents({ agents }: AgentGraph): string {
  const each = [...agents.values()].map((agent) => {
    const tools = toolsOf(agent).map(({ name }) => name);
    return `agent ${agent.name} (${tools.length === 0 ? "no tools" : tools.join(", ")})`;
  });
  return each.join(", ");
}

/** The agents that a run cannot be shown or gone on with without. */
function agentsOf({ data, open }: AgentsFrame): string[] {
  const asking = [...open].flatMap(({ approval }) => approval?.agent ?? []);
  return [data.agent, ...data.records.map(({ agent }) => agent), ...asking];
}
