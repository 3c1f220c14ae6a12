import { Agent, type AnyAgent } from "../agents/agent.ts";
import type { Config } from "../config/load-config.ts";
import type { ConfigAgent } from "../config/schema.ts";
import type { ToolSource } from "../downstream/tool-source.ts";
import { matchesName } from "../policy/glob.ts";
import type { AgentEntry } from "../runs/agent-registry.ts";

const DEFAULT_AGENT: ConfigAgent = {
  name: "Assistant",
  description: "Works with the tools of all configured servers.",
  instructions:
    "You help with the tools that you have. Say plainly what you did and what you did not.",
};

export interface ConfigAgentOptions {
  source: ToolSource;
  /** Agents from elsewhere, to hand over to and to use as tools. */
  others: readonly AnyAgent[];
  /** For agents that name no model; default: what the environment says. */
  model?: string | undefined;
}

/** The agents of a configuration; where it has servers only, one agent that uses them all. */
export function createConfigAgents(
  { agents, path, limits }: Config,
  { source, others, model }: ConfigAgentOptions,
): AgentEntry[] {
  const declared = agents.length > 0 ? agents : [DEFAULT_AGENT];
  const made = new Map(others.map((agent) => [agent.name, agent]));
  for (const each of declared) made.set(each.name, createAgent(each, source, model));
  const turnsOf = ({ name }: AnyAgent): number | undefined =>
    declared.find((each) => each.name === name)?.maxTurns;
  const named = (name: string): AnyAgent[] => [made.get(name) ?? []].flat();
  return declared.map((each) => {
    const [agent] = named(each.name);
    if (agent === undefined) throw new Error(`Agent ${each.name} was not made`);
    agent.handoffs.push(...(each.handoffs ?? []).flatMap((name) => named(name)));
    const helpers = (each.agents ?? []).flatMap((name) => named(name));
    agent.tools.push(
      ...helpers.map((helper) => helper.asTool(toolOptions(helper, turnsOf(helper)))),
    );
    const maxTurns = each.maxTurns ?? limits?.maxTurns;
    return { agent, source: `config:${path}#${each.name}`, maxTurns };
  });
}

function createAgent(each: ConfigAgent, source: ToolSource, model: string | undefined): AnyAgent {
  const chosen = each.model ?? model;
  return new Agent({
    name: each.name,
    instructions: each.instructions,
    handoffDescription: each.description,
    ...(chosen === undefined ? {} : { model: chosen }),
    toolProviders: [
      source.provider({
        servers: each.servers,
        accepts: (server, tool) =>
          each.tools === undefined ||
          matchesName(each.tools, tool) ||
          matchesName(each.tools, `${server}.${tool}`),
      }),
    ],
  });
}

function toolOptions(
  helper: AnyAgent,
  maxTurns: number | undefined,
): { toolDescription: string; runOptions: { maxTurns?: number } } {
  return {
    toolDescription: helper.handoffDescription,
    runOptions: maxTurns === undefined ? {} : { maxTurns },
  };
}
