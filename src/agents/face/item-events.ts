import { isOpen } from "../../engine/approvals.ts";
import type { Approval, Call, Run } from "../../engine/state.ts";
import { frameKey, isAnswered, isOver } from "../../engine/frames.ts";
import type { Bound } from "../../engine/driver.ts";
import type { Own } from "../activation.ts";
import { framesOf, type CallRecord, type Frame } from "../conversation.ts";
import type { Entry, RunOutput } from "../entries.ts";
import { agentNamed, targetIn, type AgentGraph } from "../graph.ts";
import { pendingInputGuardrails } from "../turn-steps.ts";
import { resultRecords } from "../turns.ts";
import { eventNames, RunAgentUpdatedStreamEvent, RunItemStreamEvent } from "./events.ts";
import type { RunItem } from "./run-items.ts";
import { toApprovalItem, toRunItem } from "./run-view.ts";

/**
 * Turns stored entries into item events, those of one turn's calls in call order: called with each
 * entry once it is stored and folded.
 *
 * @param options `state` at the start: what was told before is not told again
 */
export function createItemEvents({
  plan,
  state,
  emit,
}: Pick<Own, "plan" | "emit"> & { state: Run }): Bound["heard"] {
  const told = toldBefore(state);
  const teller: Teller = { graph: plan.graph, emit, told, unheard: new Set() };
  return (now, stored) => {
    const entry = stored as Entry;
    const frame = framesOf(now).get(frameKey(entry.path));
    if (frame === undefined) return;
    const isResponse = entry.type === "model_responded";
    if (isResponse && frame.data.responses.at(-1) === entry) teller.unheard.add(frame.key);
    // What comes of input that may not pass is not told.
    if (isOver(frame) && frame.end?.type !== "run_completed") return;
    if (pendingInputGuardrails(plan, frame).length > 0) return;
    if (teller.unheard.delete(frame.key)) tellResponse(teller, frame);
    if (isResponse) return;
    if (entry.type === "run_completed") tellFinal(teller, frame, entry.output as RunOutput);
    else tellCalls(teller, now, frame);
    if (entry.type === "handed_off") tellHandoff(teller, frame, entry.to);
  };
}

interface Teller extends Pick<Own, "emit"> {
  readonly graph: AgentGraph;
  /** What is out of each call, by frame and call id: its output, or the id of its request. */
  readonly told: Map<string, string>;
  /** Frames with a response that was not told yet. */
  readonly unheard: Set<string>;
}

function toldBefore(run: Run): Map<string, string> {
  const told = new Map<string, string>();
  for (const key of run.live) {
    const frame = framesOf(run).get(key);
    for (const call of frame?.data.turn?.calls ?? []) {
      const id = `${key} ${call.item.callId}`;
      const { approval } = call;
      if (isAnswered(call)) told.set(id, "output");
      else if (approval !== undefined && isOpen(run, approval)) told.set(id, approval.approvalId);
    }
  }
  return told;
}

function tell({ emit }: Teller, item: RunItem, frame: Frame): void {
  const name = eventNames[item.type];
  if (name !== undefined) emit(new RunItemStreamEvent(name, item), frame);
}

function tellResponse(teller: Teller, frame: Frame): void {
  const { turn } = frame.data;
  if (turn === undefined) return;
  for (const raw of turn.items) {
    tell(teller, toRunItem(teller.graph, { type: "output", agent: turn.agent, raw }), frame);
  }
}

/** Tells outputs and requests in call order, up to the first call that is still at work. */
function tellCalls(teller: Teller, state: Run, frame: Frame): void {
  const { turn } = frame.data;
  if (turn === undefined) return;
  const results = resultRecords(frame.data);
  for (const call of turn.calls) {
    const result = results.find((record) => record.call === call && record.type === "result");
    const { approval } = call;
    const asked = approval !== undefined && isOpen(state, approval) ? approval : undefined;
    const next = result ?? asked;
    if (next !== undefined) tellOnce(teller, state, { frame, call, next });
    else if (!call.nested && !isHandoffCall(teller.graph, frame, call)) return;
  }
}

/** What is out of a call, unless it was told before. */
function tellOnce(
  teller: Teller,
  state: Run,
  { frame, call, next }: { frame: Frame; call: Call; next: CallRecord | Approval },
): void {
  const id = `${frame.key} ${call.item.callId}`;
  const mark = "approvalId" in next ? next.approvalId : "output";
  if (teller.told.get(id) === mark) return;
  teller.told.set(id, mark);
  const { graph } = teller;
  const item = "approvalId" in next ? toApprovalItem(state, graph, next) : toRunItem(graph, next);
  tell(teller, item, frame);
}

function tellHandoff(teller: Teller, frame: Frame, to: string): void {
  const { graph, emit } = teller;
  const handoff = resultRecords(frame.data).find(({ type }) => type === "handoff");
  if (handoff) tell(teller, toRunItem(graph, handoff), frame);
  emit(new RunAgentUpdatedStreamEvent(agentNamed(graph, to)), frame);
}

/** A final text that no model wrote is an item only now. */
function tellFinal(teller: Teller, frame: Frame, output: RunOutput): void {
  const message = frame.data.records.at(-1);
  const isNew = output.from === "text" && output.message === true;
  if (isNew && message !== undefined) tell(teller, toRunItem(teller.graph, message), frame);
}

function isHandoffCall(graph: AgentGraph, frame: Frame, call: Call): boolean {
  const agent = graph.agents.get(call.agent);
  const target = agent && targetIn(graph, frame, { agent, name: call.item.name });
  return target?.type === "handoff";
}
