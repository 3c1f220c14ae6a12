import type { AnyAgent } from "../agents/agent.ts";
import { HoldpointError } from "../lib/errors.ts";
import { createAgentGraph } from "../agents/graph.ts";
import type { RunConfig } from "../agents/face/config.ts";
import type { Plan } from "../agents/activation.ts";

/** An agent that this process can run, and where it comes from. */
export interface AgentEntry {
  readonly agent: AnyAgent;
  /** `agents:<real path>#name`, `config:<real path>#name`, `demo#name`: unique on a machine. */
  readonly source: string;
  /** Where it came from before its source was given a name: runs stored under that are its too. */
  readonly formerSource?: string | undefined;
  /** Of its runs, where whoever starts one does not say; default 10. */
  readonly maxTurns?: number | undefined;
  /** Makes a context for one of its runs, when it starts and whenever it goes on here. */
  readonly createContext?: CreateContext | undefined;
}

/** A run that a context is made for. */
export interface ContextRequest {
  readonly runId: string;
  /** The agent that it is started with. */
  readonly agent: string;
  /** The conversation that it belongs to. */
  readonly sessionId: string | undefined;
}

export type CreateContext = (run: ContextRequest) => unknown;

export interface RegisteredAgent extends AgentEntry {
  readonly plan: Plan;
}

/** The agents of a process, by name and by source. */
export interface AgentRegistry {
  readonly agents: readonly RegisteredAgent[];
  /** All sources whose runs this process can go on with. */
  readonly sources: readonly string[];
  /** The agent to run. @throws HoldpointError `unknown_agent`, listing the names */
  choose(name?: string): RegisteredAgent;
  /** The agent that a stored run was started with, if this process has that very one. */
  withSource(source: string): RegisteredAgent | undefined;
}

/** @param entries the first is the default */
export function createAgentRegistry(
  entries: readonly AgentEntry[],
  config: RunConfig,
): AgentRegistry {
  const agents = entries.map((entry) => ({
    ...entry,
    plan: { graph: createAgentGraph(entry.agent), config },
  }));
  return {
    agents,
    sources: agents.flatMap(({ source, formerSource }) => [source, formerSource ?? []].flat()),
    choose(name) {
      const found =
        name === undefined ? agents[0] : agents.find(({ agent }) => agent.name === name);
      if (found !== undefined) return found;
      const names = agents.map(({ agent }) => `"${agent.name}"`).join(", ");
      const have = names === "" ? "This process has no agents" : `There are ${names}`;
      throw new HoldpointError("unknown_agent", `Agent "${name ?? ""}" is not known. ${have}`);
    },
    withSource: (source) =>
      agents.find((entry) => entry.source === source || entry.formerSource === source),
  };
}
