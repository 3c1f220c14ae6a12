import { isActedOn } from "../../engine/approvals.ts";
import type { Journal } from "../../engine/journal.ts";
import type { Approval, Call, Run } from "../../engine/state.ts";
import { callOf, isOver, nestedFrame } from "../../engine/frames.ts";
import type { AnyAgent } from "../agent.ts";
import {
  askedOf,
  budgetOf,
  itemOf,
  rootFrame,
  type Frame,
  type RunRecord,
} from "../conversation.ts";
import { agentNamed, findTarget, type AgentGraph } from "../graph.ts";
import {
  sinceCompaction,
  type AgentInputItem,
  type AgentOutputItem,
  withoutReasoningIds,
} from "../items.ts";
import type { ModelResponse } from "../model.ts";
import { historyOf, openingOf } from "../opening.ts";
import { outputValue } from "../output-text.ts";
import { resultRecords } from "../turns.ts";
import { Usage } from "../usage.ts";
import {
  RunHandoffOutputItem,
  RunInputItem,
  RunToolApprovalItem,
  RunToolCallOutputItem,
  toOutputRunItem,
  type RunItem,
} from "./run-items.ts";

/** What a frame made so far: settled items, then what is there of the turn that is open. */
export function frameItems(state: Run, graph: AgentGraph, frame: Frame): RunItem[] {
  const items = frame.data.records.map((record) => toRunItem(graph, record));
  const { turn } = frame.data;
  if (turn === undefined || turn.open === 0) return items;
  const results = resultRecords(frame.data);
  const open = turn.calls.flatMap((call): RunItem[] => {
    const result = results.find((record) => record.call === call);
    if (result !== undefined) return [toRunItem(graph, result)];
    const approval = standingRequest(state, call);
    return approval === undefined ? [] : [toApprovalItem(state, graph, approval)];
  });
  return [...items, ...open];
}

/** The request that stands for a call until the run goes on with it, decided or not. */
function standingRequest(state: Run, { approval }: Call): Approval | undefined {
  return approval === undefined || isActedOn(state, approval) ? undefined : approval;
}

export function toRunItem(graph: AgentGraph, record: RunRecord): RunItem {
  const agent = agentNamed(graph, record.agent);
  switch (record.type) {
    case "input":
      return new RunInputItem(record.raw, agent);
    case "output":
      return toOutputRunItem(
        record.raw,
        agent,
        (name) => findTarget(agent, name)?.type === "handoff",
      );
    case "handoff": {
      const targetAgent = agentNamed(graph, record.to);
      return new RunHandoffOutputItem(record.raw, { sourceAgent: agent, targetAgent });
    }
    case "result": {
      const { raw, call } = record;
      const isExecuted = ranOutcomes.has(call.finished?.outcome);
      return new RunToolCallOutputItem(raw, agent, { output: outputValue(call), isExecuted });
    }
  }
}

/** Outcomes of calls that came to something: a body ran, or a nested run was collected. */
const ranOutcomes = new Set<string | undefined>(["ran", "collected"]);

/**
 * What the run stopped for: requests of all frames that it has not gone on with, those with a
 * decision that is not acted on yet among them; in call order, a nested run's in the place of
 * its call.
 */
export function interruptions(state: Run, graph: AgentGraph): RunToolApprovalItem[] {
  const requests = standingRequests(state, rootFrame(state));
  return requests.map((approval) => toApprovalItem(state, graph, approval));
}

function standingRequests(state: Run, frame: Frame | undefined): Approval[] {
  if (frame === undefined || isOver(frame)) return [];
  const { requested, turn, responses } = frame.data;
  const asked = askedOf(frame);
  if (requested !== undefined && asked !== undefined && asked.seq > requested.seq) return [asked];
  const budget = budgetOf(frame);
  if (budget !== undefined && budget.seq > (responses.at(-1)?.seq ?? -1)) return [budget];
  return (turn?.calls ?? []).flatMap((call) => {
    if (call.nested) {
      return standingRequests(state, nestedFrame(state, frame, call.item.callId));
    }
    return standingRequest(state, call) ?? [];
  });
}

export function toApprovalItem(
  state: Run,
  graph: AgentGraph,
  approval: Approval,
): RunToolApprovalItem {
  const { approvalId, kind, path, reason } = approval;
  const agent = agentNamed(graph, approval.agent);
  const call = callOf(state, approval);
  // A request that is about the run stands for itself: there is no call to show.
  const rawItem = (call && itemOf(call)) ?? {
    type: "function_call" as const,
    callId: approvalId,
    name: kind,
    arguments: "{}",
  };
  const text =
    approval.arguments === undefined ? rawItem.arguments : JSON.stringify(approval.arguments);
  return new RunToolApprovalItem(rawItem, agent, {
    approvalId,
    kind,
    path,
    reason,
    arguments: text,
  });
}

/** Input and everything made since, as input for another run. */
export function frameHistory(journal: Journal, frame: Frame): AgentInputItem[] {
  const open =
    frame.data.turn === undefined || frame.data.turn.open === 0
      ? []
      : resultRecords(frame.data).map(({ raw }) => raw);
  const items = withoutOpenCalls([...historyOf(journal, frame), ...open]);
  if (frame.data.reasoningItemIdPolicy !== "omit") return items;
  return withoutReasoningIds(items, openingOf(journal, frame));
}

/** Items without the calls that have no output, and without the reasoning that led to just them. */
function withoutOpenCalls<T extends AgentInputItem>(items: readonly T[]): T[] {
  const answered = new Set(
    items.map((item) => (item.type === "function_call_result" ? item.callId : undefined)),
  );
  const kept: T[] = [];
  let leadsToOpenCall = false;
  for (const item of items.toReversed()) {
    const isOpen = item.type === "function_call" && !answered.has(item.callId);
    leadsToOpenCall = isOpen || (leadsToOpenCall && item.type === "reasoning");
    if (!leadsToOpenCall) kept.push(item);
  }
  return kept.toReversed();
}

/** What models and tools put out; calls that wait are not there yet. */
export function toOutputItems(
  items: readonly RunItem[],
  policy: Frame["data"]["reasoningItemIdPolicy"],
): AgentOutputItem[] {
  const made = items.filter(({ type }) => type !== "tool_approval_item" && type !== "input_item");
  const raw = made.map(({ rawItem }) => rawItem as AgentOutputItem);
  const output = withoutOpenCalls(sinceCompaction(raw));
  return policy === "omit" ? withoutReasoningIds(output) : output;
}

export function toModelResponses(frame: Frame): (ModelResponse & { usage: Usage })[] {
  return frame.data.responses.map(({ usage, output, responseId, requestId, providerData }) => ({
    usage: new Usage(usage),
    output,
    responseId,
    requestId,
    providerData,
  }));
}

/** The agent whose turn it is, or was last. */
export function currentAgent(state: Run, graph: AgentGraph): AnyAgent {
  return agentNamed(graph, rootFrame(state)?.data.agent ?? graph.root.name);
}
