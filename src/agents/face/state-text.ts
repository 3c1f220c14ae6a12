import { toolsOf } from "../agent.ts";
import { saysTools } from "../offers.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { isJsonObject } from "../../lib/json.ts";
import { verifyLines, type StoredEntry } from "../../engine/chain.ts";
import { FORMAT_VERSION } from "../../engine/entries.ts";
import type { Run } from "../../engine/state.ts";
import { framesOf, rootFrame, type Frame } from "../conversation.ts";
import { agentFolders } from "../turn-fold.ts";
import { findTarget, type AgentGraph } from "../graph.ts";

/** The entries of a run outside any store: the stored lines, letter for letter, as strings. */
export interface SerializedState {
  $schemaVersion: string;
  entries: string[];
}

const VERSION = `holdpoint/${FORMAT_VERSION}`;
/** Those that are read: a run of format 1 goes on in entries of this one. */
const VERSIONS: readonly unknown[] = ["holdpoint/1", VERSION];

export function writeState(entries: readonly StoredEntry[]): SerializedState {
  return { $schemaVersion: VERSION, entries: entries.map(({ line }) => line) };
}

/**
 * Reads and checks a serialised state.
 *
 * @param given text, or the value that `toJSON` gave
 * @throws HoldpointError `state_incompatible`
 */
export function parseState(given: unknown): StoredEntry[] {
  const value = typeof given === "string" ? parseText(given) : given;
  if (!isJsonObject(value)) {
    const kind = value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
    throw incompatible(`a run state is an object, not ${kind}`);
  }
  const version: unknown = value["$schemaVersion"];
  if (version === undefined) throw incompatible("it has no $schemaVersion");
  if (!VERSIONS.includes(version)) throw incompatible(describeVersion(version));
  const { entries } = value;
  if (!Array.isArray(entries) || !entries.every((line) => typeof line === "string")) {
    throw incompatible("it has no list of entries");
  }
  const stored = verifyLines(entries, { folders: agentFolders });
  const first = stored[0]?.entry;
  if (first?.type !== "run_started" || first.path !== undefined) {
    throw incompatible("it does not begin with the start of a run");
  }
  return stored;
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw incompatible("the text is not JSON");
  }
}

function describeVersion(version: unknown): string {
  const named = typeof version === "string" && /^[\w./-]{1,40}$/.test(version) ? ` ${version}` : "";
  return `its version${named} is not one of those this program reads, up to ${VERSION}`;
}

function incompatible(problem: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot load the run state: ${problem}`);
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
function agentsOf({ data, open }: Frame): string[] {
  const asking = [...open].flatMap(({ approval }) => approval?.agent ?? []);
  return [data.agent, ...data.records.map(({ agent }) => agent), ...asking];
}
