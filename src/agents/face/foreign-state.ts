import { sha256 } from "../../lib/digest.ts";
import { systemClock, toIso } from "../../lib/clock.ts";
import { canonicalJson, isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { RunId } from "../../lib/ids.ts";
import type { AnyAgent } from "../agent.ts";
import type { RunnableTool } from "../function-tool.ts";
import { readArguments } from "../tool.ts";
import type { StoredEntry } from "../../engine/chain.ts";
import type { ApproverLevel } from "../../engine/vocabulary.ts";
import type { EntryDraft } from "../entries.ts";
import { createJournal } from "../../engine/journal.ts";
import type { AskedHere, DefinedTool, RunCode } from "../../interop/run-code.ts";
import { findTarget, fingerprint, type AgentGraph } from "../graph.ts";
import { argumentsDigest } from "../../engine/arguments.ts";
import { valueFor } from "../tool-arguments.ts";
import { agentFolders } from "../turn-fold.ts";
import { knownJournal } from "./known-journals.ts";

const OWN_PREFIX = /^\s*\{\s*"\$schemaVersion":\s*"holdpoint\//;

/** Whether a state is one that the OpenAI Agents SDK wrote, by a look at its version. */
export function isForeignState(given: unknown): boolean {
  if (typeof given === "string") {
    if (OWN_PREFIX.test(given.slice(0, 100))) return false;
    return /"\$schemaVersion"\s*:\s*"?\d/.test(given);
  }
  return isJsonObject(given) && startsWithDigit(given["$schemaVersion"]);
}

function startsWithDigit(version: unknown): boolean {
  return typeof version === "string" ? /^\d/.test(version) : typeof version === "number";
}

export interface TakeIn {
  graph: AgentGraph;
  /** Where the agent comes from; default `code`. */
  source?: string | undefined;
  decidedBy?: RunCode["decidedBy"] | undefined;
  /** Whether approvals that were not acted on count; default true. */
  takesApprovals?: boolean | undefined;
  /** What rules say of a call that waits; default: whoever has the run in hand decides. */
  rules?:
    | ((call: {
        agent: AnyAgent;
        tool: RunnableTool;
        arguments: JsonValue | undefined;
      }) => Ruled | "denied")
    | undefined;
}

interface Ruled {
  approver: ApproverLevel;
  reason?: string | undefined;
}

export interface TakenIn {
  runId: RunId;
  drafts: EntryDraft[];
  notices: string[];
}

/**
 * A state that the OpenAI Agents SDK wrote, as the first entries of a run of ours. The same text is
 * the same run.
 *
 * @throws HoldpointError `state_incompatible`
 */
export async function takeInForeign(given: unknown, options: TakeIn): Promise<TakenIn> {
  const [{ readForeignState }, { toEntryDrafts }] = await Promise.all([
    import("../../interop/read-foreign-state.ts"),
    import("../../interop/to-entry-drafts.ts"),
  ]);
  const run = readForeignState(given);
  const text = typeof given === "string" ? given : JSON.stringify(given);
  const runId = `run_${sha256(text).slice(0, 22)}` as RunId;
  return { runId, ...toEntryDrafts(run, codeOf(runId, options)) };
}

/** The same, each entry in its place. */
export async function foreignEntries(given: unknown, graph: AgentGraph): Promise<StoredEntry[]> {
  const { runId, drafts } = await takeInForeign(given, { graph });
  // Taken in once more it is the run that this process has, down to the time.
  const at = knownJournal(runId)?.entries[0]?.entry.at ?? toIso(systemClock.now());
  const journal = createJournal(agentFolders);
  journal.place(drafts, at);
  return [...journal.entries];
}

function codeOf(runId: RunId, options: TakeIn): RunCode {
  const { graph, source = "code", takesApprovals = true } = options;
  return {
    runId,
    source,
    fingerprint: fingerprint(graph),
    root: graph.root.name,
    takesApprovals,
    decidedBy: options.decidedBy ?? { by: "code", channel: "library", level: "person" },
    approvalId: (path, callId) =>
      `apr_${sha256(JSON.stringify([runId, path, callId])).slice(0, 22)}`,
    hasAgent: (name) => graph.agents.has(name),
    ownersOf: (tool) =>
      [...graph.agents.values()]
        .filter((agent) => findTarget(agent, tool)?.type === "tool")
        .map(({ name }) => name),
    targetOf(agent, name) {
      const owner = graph.agents.get(agent);
      const target = owner && findTarget(owner, name);
      if (target?.type === "handoff") return { type: "handoff", agent: target.handoff.agent.name };
      if (target?.type !== "tool") return undefined;
      const { agentTool } = target.tool;
      return agentTool === undefined
        ? { type: "tool" }
        : { type: "agent", agent: agentTool.agent.name };
    },
    ask(agent, call) {
      const owner = graph.agents.get(agent);
      if (owner === undefined) return undefined;
      const target = findTarget(owner, call.name);
      if (target?.type !== "tool") return undefined;
      const { tool } = target;
      const read = readText(tool, call.arguments);
      const args = read.shown ?? read.raw;
      const ruled = options.rules?.({ agent: owner, tool, arguments: args }) ?? anybody;
      if (ruled === "denied") return undefined;
      const bound = { ...read, text: call.arguments };
      return { definition: definitionOf(tool), request: requestOf(owner, { tool, bound, ruled }) };
    },
  };
}

function definitionOf(tool: RunnableTool): DefinedTool {
  const { name, digest, description, parameters, annotations } = tool;
  const more = annotations === undefined ? {} : { annotations };
  return { type: "tool_defined", tool: name, digest, description, schema: parameters, ...more };
}

const anybody: Ruled = { approver: "client" };

interface Bound {
  text: string;
  raw: JsonValue | undefined;
  shown: JsonValue | undefined;
}

function requestOf(
  agent: AnyAgent,
  {
    tool,
    bound: { text, raw, shown },
    ruled: { approver, reason },
  }: { tool: RunnableTool; bound: Bound; ruled: Ruled },
): AskedHere {
  const differs = shown !== undefined && canonicalJson(raw) !== canonicalJson(shown);
  return {
    kind: "tool_call",
    agent: agent.name,
    tool: tool.name,
    toolDigest: tool.digest,
    argumentsDigest: shown === undefined ? sha256(text) : argumentsDigest(shown),
    ...(differs ? { arguments: shown } : {}),
    approver,
    ...(reason === undefined ? {} : { reason }),
  };
}

function readText(tool: RunnableTool, text: string): Omit<Bound, "text"> {
  try {
    return valueFor(tool, readArguments(tool.name, text));
  } catch {
    return { raw: undefined, shown: undefined };
  }
}
