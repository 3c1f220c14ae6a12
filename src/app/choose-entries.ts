import { HoldpointError } from "../lib/errors.ts";
import type { AgentEntry } from "../runs/agent-registry.ts";
import { createDemoAgent } from "./demo-agent.ts";
import { modelWithout, offlineNote } from "./model-provider.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const RESERVED = new Set(["agents", "code", "config", "demo", "gateway"]);

/** Puts a name in place of the path that agents come from; the same on every machine. */
export function nameSource(entries: readonly AgentEntry[], name: string | undefined): AgentEntry[] {
  if (name === undefined) return [...entries];
  if (!/^[\w.-]{1,60}$/.test(name) || RESERVED.has(name)) {
    throw new HoldpointError(
      "invalid_input",
      `--source must be a name of letters, digits, ".", "_" and "-", and none of ${[...RESERVED].join(", ")}`,
    );
  }
  return entries.map((entry) => ({
    ...entry,
    source: `${name}#${entry.agent.name}`,
    formerSource: entry.source,
  }));
}

/** The demo agent is there when nobody brought one. */
export function chooseEntries(
  entries: AgentEntry[],
  env: Environment,
): { entries: AgentEntry[]; notes: string[] } {
  if (entries.length > 0) return { entries, notes: [] };
  const model = modelWithout(env);
  const agent = createDemoAgent(model);
  const notes = model === undefined ? [] : [offlineNote("the demo agent runs", env)];
  return { entries: [{ agent, source: `demo#${agent.name}` }], notes };
}
