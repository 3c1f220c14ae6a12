import { decisionOf, stickyKey } from "../../engine/approvals.ts";
import type { Approval, Call, Run } from "../../engine/state.ts";
import type { Decision, GivenDecision } from "../../engine/vocabulary.ts";
import { callOf, isAnswered, isOver, nestedFrame } from "../../engine/frames.ts";
import { keyOf } from "../../interop/conversation.ts";
import type { ForeignDecision } from "../../interop/foreign-run.ts";
import type {
  WrittenCall,
  WrittenItem,
  WrittenRun,
  WrittenStep,
} from "../../interop/written-run.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { isJsonObject } from "../../lib/json.ts";
import { itemOf, rootFrame, type Frame } from "../conversation.ts";
import { findTarget, type AgentGraph } from "../graph.ts";
import { partsOf } from "../saved-context.ts";
import type { RunItem } from "./run-items.ts";
import type { RunState } from "./run-state.ts";
import { finalText } from "../output-text.ts";
import { frameItems, toApprovalItem } from "./run-view.ts";

/**
 * The text of a state as `@openai/agents` 0.20 reads it: a run that waits, or is completed, can be
 * gone on with there. Decisions that were not acted on yet go along, each for what it was about.
 *
 * @throws HoldpointError `state_incompatible` for a run that could not go on there as it would here
 */
export async function writeOpenAiState(state: RunState): Promise<string> {
  const { writeJsState } = await import("../../interop/write-js.ts");
  const root = rootFrame(state.fold);
  if (root === undefined) throw cannotWrite("it has not begun");
  checkEnd(root);
  // What is to be given again is given again there too.
  const { context = {} } = partsOf(state.context);
  if (!isJsonObject(context)) throw cannotWrite("its context is no object");
  const { fold, graph, input } = state;
  const written = toWritten({ fold, graph }, root, { input, context });
  return writeJsState({ ...written, decisions: toDecisions(fold, graph) });
}

function cannotWrite(problem: string): HoldpointError {
  return new HoldpointError(
    "state_incompatible",
    `Cannot write this run for the OpenAI Agents SDK: ${problem}`,
  );
}

function checkEnd({ end }: Frame): void {
  if (end === undefined || end.type === "run_completed") return;
  const how = end.type === "run_failed" ? "it failed" : "it was cancelled";
  throw cannotWrite(`${how}, and such a run does not go on`);
}

interface Source {
  fold: Run;
  graph: AgentGraph;
}

function toWritten(
  source: Source,
  frame: Frame,
  { input, context }: Pick<WrittenRun, "input" | "context">,
): WrittenRun {
  const { fold, graph } = source;
  const { data } = frame;
  const { shared } = data;
  const isRoot = frame.path.length === 0;
  const items = frameItems(fold, graph, frame).map((item) => toItem(item));
  const nested = nestedOf(source, frame, context);
  const step = stepOf(source, frame);
  return {
    agent: data.agent,
    input,
    // What is still to be told of late outcomes goes the way of added input.
    pendingInput: [...data.pendingInput, ...data.news],
    responses: data.responses.map(({ output, usage, responseId, requestId }) => ({
      output,
      usage,
      responseId,
      requestId,
    })),
    items,
    usage: shared.usage,
    turns: data.turns,
    maxTurns: data.maxTurns,
    reasoningItemIdPolicy: data.reasoningItemIdPolicy,
    conversationId: isRoot ? shared.conversationId : undefined,
    previousResponseId: isRoot ? lastResponseId(frame) : undefined,
    context,
    step,
    calls: (data.turn?.calls ?? []).map((call) => toCall(graph, call)),
    decisions: [],
    nested,
    guardrails: frame.guardrails.map(({ kind, guardrail, tripped, info, replacement }) => ({
      kind,
      name: guardrail,
      tripped,
      info,
      replacement,
    })),
    toolUse: toolUseOf(frame),
    savedItems: isRoot && fold.sessionId !== undefined ? savedOf(frame, items) : 0,
  };
}

function lastResponseId({ data: { shared, responses } }: Frame): string | undefined {
  const { isServerManaged, conversationId, previousResponseId } = shared;
  if (!isServerManaged || conversationId !== undefined) return undefined;
  return responses.at(-1)?.responseId ?? previousResponseId;
}

function toItem(item: RunItem): WrittenItem {
  const { type, rawItem: raw } = item;
  switch (item.type) {
    case "handoff_output_item":
      return { type: item.type, agent: item.sourceAgent.name, raw, to: item.targetAgent.name };
    case "tool_call_output_item": {
      const value = item.output === undefined ? null : item.output;
      return {
        type: item.type,
        agent: item.agent.name,
        raw,
        value,
        ran: item.executionStatus === "executed",
      };
    }
    default:
      return { type, agent: item.agent.name, raw };
  }
}

function toCall(graph: AgentGraph, call: Call): WrittenCall {
  const { agent } = call;
  const item = itemOf(call);
  const owner = graph.agents.get(agent);
  const target = owner && findTarget(owner, item.name);
  if (target?.type === "handoff") return { item, handoffTo: target.handoff.agent.name };
  if (target?.type !== "tool") return { item };
  const { description, parameters } = target.tool;
  return { item, tool: { description, parameters } };
}

/** Where the run stands. @throws HoldpointError where the original has no place for that */
function stepOf(source: Source, frame: Frame): WrittenStep {
  const { fold, graph } = source;
  const output = finalText(frame);
  if (output !== undefined) return { type: "completed", output };
  const { turn, requested } = frame.data;
  if (requested !== undefined) throw cannotWrite("the answer to its last request is not known");
  if (turn?.violation !== undefined) throw cannotWrite("its last response cannot be gone on with");
  if (turn === undefined || turn.open === 0) return { type: "going_on" };
  const asked = openRequests(fold, frame).map((approval) =>
    toItem(toApprovalItem(fold, graph, approval)),
  );
  if (asked.length > 0) return { type: "waiting", asked };
  throw cannotWrite("calls of it were not asked about yet: go on with it here until it waits");
}

/** What is asked about open calls, a nested run's in the place of its call. */
function openRequests(fold: Run, frame: Frame): Approval[] {
  return (frame.data.turn?.calls ?? []).flatMap((call) => {
    if (isAnswered(call)) return [];
    const nested = nestedFrame(fold, frame, call.item.callId);
    if (nested !== undefined) {
      if (isOver(nested))
        throw cannotWrite("a run inside it is over and was not taken in: go on with it here");
      return openRequests(fold, nested);
    }
    if (call.started !== undefined) {
      throw cannotWrite(
        `what came of call ${call.item.callId} is not known, and the original would run it again`,
      );
    }
    // A handoff beside calls that wait is taken when they are done.
    if (call.approval === undefined) return [];
    return [call.approval];
  });
}

function nestedOf(
  source: Source,
  frame: Frame,
  context: WrittenRun["context"],
): WrittenRun["nested"] {
  return (frame.data.turn?.calls ?? []).flatMap((call) => {
    const { callId, name: tool } = call.item;
    const nested = nestedFrame(source.fold, frame, callId);
    if (nested === undefined || isAnswered(call) || isOver(nested)) return [];
    return [
      { tool, callId, run: toWritten(source, nested, { input: nested.data.input, context }) },
    ];
  });
}

/** Decisions that stand and are for calls to come, or for calls that wait. */
function toDecisions(fold: Run, graph: AgentGraph): ForeignDecision[] {
  const decisions: ForeignDecision[] = [];
  for (const approval of fold.approvals.values()) {
    const { agent, tool, toolDigest, callId, kind } = approval;
    if (kind !== "tool_call" || tool === undefined) continue;
    const owner = graph.agents.get(agent);
    const target = owner && findTarget(owner, tool);
    // What was decided on another definition does not stand here either.
    if (target?.type !== "tool" || target.tool.digest !== toolDigest) continue;
    const standing = fold.sticky.get(stickyKey(approval));
    if (standing !== undefined && standing === approval.decision) {
      const { decision, message } = standing;
      decisions.push({ agent, tool, callId: undefined, decision: verdict(decision), message });
    }
    const own = decisionOf(fold, approval);
    if (own === undefined || own.scope === "always" || callId === undefined) continue;
    if (!isWaiting(fold, approval)) continue;
    if (own.arguments !== undefined) {
      throw cannotWrite(
        `call ${callId} was approved with other arguments, which it has no place for`,
      );
    }
    decisions.push({ agent, tool, callId, decision: verdict(own.decision), message: own.message });
  }
  return decisions;
}

function verdict(decision: Decision): GivenDecision {
  return decision === "approved" ? "approved" : "rejected";
}

function isWaiting(fold: Run, approval: Approval): boolean {
  const call = callOf(fold, approval);
  return call !== undefined && call.approval === approval && !isAnswered(call) && !call.nested;
}

function toolUseOf({ data: { records, turn } }: Frame): Map<string, string[]> {
  const used = new Map<string, string[]>();
  const calls = records.flatMap(({ agent, raw }) =>
    raw.type === "function_call" ? [{ agent, raw }] : [],
  );
  for (const { agent, raw } of calls) used.set(agent, [...(used.get(agent) ?? []), raw.name]);
  if (turn !== undefined && !used.has(turn.agent)) used.set(turn.agent, []);
  return used;
}

/** How many items the session has; the original counts the requests among them. */
function savedOf({ data }: Frame, items: readonly WrittenItem[]): number {
  const saved = new Set(data.transcript.slice(0, data.savedTo).map((item) => keyOf(item)));
  const isSaved = ({ type, raw }: WrittenItem): boolean =>
    type !== "tool_approval_item" && saved.has(keyOf(raw));
  const count = items.findLastIndex((item) => isSaved(item)) + 1;
  const next = items.slice(count).findIndex(({ type }) => type !== "tool_approval_item");
  return next < 0 ? items.length : count + next;
}
