import { sha256 } from "../../lib/digest.ts";
import { systemClock, toIso } from "../../lib/clock.ts";
import type { JsonValue } from "../../lib/json.ts";
import type { RunId } from "../../lib/ids.ts";
import type { AnyAgent } from "../agent.ts";
import type { RunnableTool } from "../function-tool.ts";
import { definitionOf } from "../bound-tool.ts";
import type { StoredEntry } from "../../engine/chain.ts";
import type { ApproverLevel } from "../../engine/vocabulary.ts";
import type { EntryDraft } from "../entries.ts";
import { createJournal } from "../../engine/journal.ts";
import type { RunCode } from "../../interop/run-code.ts";
import { findTarget, fingerprint, type AgentGraph } from "../graph.ts";
import { boundArguments } from "../../engine/arguments.ts";
import { defineTool } from "../../engine/ask.ts";
import { readCallArguments } from "../tool-arguments.ts";
import { agentFolders } from "../turn-fold.ts";
import { knownRuns } from "./known-journals.ts";

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
  const at = knownRuns.journalOf(runId)?.entries[0]?.entry.at ?? toIso(systemClock.now());
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
    ask: (agent, call) => askHere(options, agent, call),
  };
}

/** How a call is asked about here; `undefined` where nothing here asks. */
function askHere(
  { graph, rules }: TakeIn,
  agent: string,
  { name, arguments: text }: Parameters<RunCode["ask"]>[1],
): ReturnType<RunCode["ask"]> {
  const owner = graph.agents.get(agent);
  const target = owner && findTarget(owner, name);
  if (owner === undefined || target?.type !== "tool") return undefined;
  const { tool } = target;
  const args = readCallArguments(tool, text);
  const ruled = rules?.({ agent: owner, tool, arguments: args.shown }) ?? anybody;
  if (ruled === "denied") return undefined;
  const { approver, reason } = ruled;
  const { digest } = tool;
  const isRuled = tool.approvalRule.type === "policy";
  return {
    definition: defineTool({ name: tool.name, digest, definition: definitionOf(tool) }),
    request: {
      kind: "tool_call",
      agent: owner.name,
      tool: tool.name,
      toolDigest: digest,
      approver,
      ...boundArguments(
        { isRuled, read: (proposed) => readCallArguments(tool, proposed) },
        text,
        args,
      ),
      ...(reason === undefined ? {} : { reason }),
    },
  };
}

const anybody: Ruled = { approver: "client" };
