import { frameKey, isAnswered, isOver, type Call, type Run } from "../../engine/state.ts";
import { framesOf, type Frame } from "../conversation.ts";
import type { Entry, RunOutput } from "../entries.ts";
import { agentNamed, targetIn, type AgentGraph } from "../graph.ts";
import { resultRecords } from "../turns.ts";
import {
  eventName,
  RunAgentUpdatedStreamEvent,
  RunItemStreamEvent,
  type RunStreamEvent,
} from "./events.ts";
import type { RunItem } from "./run-items.ts";
import { toApprovalItem, toRunItem, waitingApproval } from "./run-view.ts";

/** Turns stored entries into item events, those of one turn's calls in call order. */
export interface ItemEvents {
  /** Called with each entry once it is stored and folded. */
  told(state: Run, entry: Entry): void;
}

export interface ItemEventsOptions {
  graph: AgentGraph;
  /** The state at the start: what was told before is not told again. */
  state: Run;
  emit(event: RunStreamEvent, frame: Frame): void;
  /** Whether guardrails are still looking at the input of a frame. */
  isGuarded(frame: Frame): boolean;
}

export function createItemEvents(options: ItemEventsOptions): ItemEvents {
  const { graph, state: initial, emit, isGuarded } = options;
  /** What is out of each call, by frame and call id: its output, or the id of its request. */
  const told = new Map<string, string>();
  for (const key of initial.live) {
    const frame = framesOf(initial).get(key);
    for (const call of frame?.data.turn?.calls ?? []) {
      const id = `${key} ${call.item.callId}`;
      if (isAnswered(call)) told.set(id, "output");
      else told.set(id, waitingApproval(initial, call)?.approvalId ?? "");
    }
  }

  /** Frames with a response that was not told yet. */
  const unheard = new Set<string>();

  const tell = (item: RunItem, frame: Frame): void => {
    const name = eventName(item);
    if (name !== undefined) emit(new RunItemStreamEvent(name, item), frame);
  };

  /** Tells outputs and requests in call order, up to the first call that is still at work. */
  const tellCalls = (state: Run, frame: Frame): void => {
    const { turn } = frame.data;
    if (turn === undefined) return;
    const results = resultRecords(frame.data);
    for (const call of turn.calls) {
      const id = `${frame.key} ${call.item.callId}`;
      const result = results.find((record) => record.call === call && record.type === "result");
      if (result !== undefined) {
        if (told.get(id) !== "output") tell(toRunItem(graph, result), frame);
        told.set(id, "output");
        continue;
      }
      const approval = waitingApproval(state, call);
      if (approval === undefined) {
        if (call.nested || isHandoffCall(graph, frame, call)) continue;
        return;
      }
      if (told.get(id) !== approval.approvalId) {
        tell(toApprovalItem(state, graph, approval), frame);
      }
      told.set(id, approval.approvalId);
    }
  };

  const tellResponse = (frame: Frame): void => {
    for (const raw of frame.data.turn?.items ?? []) {
      tell(toRunItem(graph, { type: "output", agent: frame.data.turn?.agent ?? "", raw }), frame);
    }
  };

  return {
    told(state, entry) {
      const frame = framesOf(state).get(frameKey(entry.path));
      if (frame === undefined) return;
      if (entry.type === "model_responded" && frame.data.responses.at(-1) === entry) {
        unheard.add(frame.key);
      }
      // What comes of input that may not pass is not told.
      if (isOver(frame) && frame.end?.type !== "run_completed") return;
      if (isGuarded(frame)) return;
      if (unheard.delete(frame.key)) tellResponse(frame);
      switch (entry.type) {
        case "model_responded":
          return;
        case "handed_off": {
          tellCalls(state, frame);
          const handoff = resultRecords(frame.data).find(({ type }) => type === "handoff");
          if (handoff) tell(toRunItem(graph, handoff), frame);
          emit(new RunAgentUpdatedStreamEvent(agentNamed(graph, entry.to)), frame);
          return;
        }
        case "run_completed": {
          const message = frame.data.records.at(-1);
          const output = entry.output as RunOutput;
          const isNew = output.from === "text" && output.message === true;
          if (isNew && message !== undefined) tell(toRunItem(graph, message), frame);
          return;
        }
        default:
          tellCalls(state, frame);
      }
    },
  };
}

function isHandoffCall(graph: AgentGraph, frame: Frame, call: Call): boolean {
  const agent = graph.agents.get(call.agent);
  const target = agent && targetIn(graph, frame, { agent, name: call.item.name });
  return target?.type === "handoff";
}
