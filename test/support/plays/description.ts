import { framesOf, sharedOf, type Frame } from "../../../src/agents/conversation.ts";
import type { Approval, Call } from "../../../src/engine/state.ts";
import type { RunFold } from "../journal.ts";

/**
 * All that must not depend on where a run was stopped: everything but ids, times, owners, claims
 * and attempts. A stated outcome stands for the recorded one.
 */
export function describeRun(state: RunFold): string {
  const frames = [...framesOf(state).values()].toSorted((a, b) => compare(a.key, b.key));
  const { usage } = sharedOf(state);
  return JSON.stringify({
    frames: frames.map((frame) => describeFrame(frame)),
    approvals: [...state.approvals.values()]
      .filter(({ kind }) => kind === "tool_call")
      .map((approval) => describeApproval(approval))
      .toSorted(),
    sticky: [...state.sticky]
      .map(([key, { decision, message }]) => `${key} ${decision} ${message ?? "-"}`)
      .toSorted(),
    open: state.undecided.size,
    live: state.live.size,
    definitions: definitionsAsked(state),
    usage: { ...usage, requestUsageEntries: undefined },
    requests: usage.requestUsageEntries?.map((entry) => JSON.stringify(entry)).toSorted(),
    failure: state.failure?.code,
  });
}

/** A doubt asks about tools that nobody asks about otherwise: these do not count. */
function definitionsAsked(state: RunFold): string[] {
  const asked = [...state.approvals.values()].filter(({ kind }) => kind === "tool_call");
  const keys = new Set(asked.map(({ tool, toolDigest }) => `${tool}:${toolDigest}`));
  return [...state.definitions.keys()].filter((key) => keys.has(key)).toSorted();
}

function describeFrame(frame: Frame): object {
  const { path, startedBy, data } = frame;
  const { agent, agentTurns, turns, maxTurns } = data;
  const { input, history, unseenFrom, pendingInput, turn } = data;
  return {
    path,
    agent,
    startedBy,
    agentTurns,
    turns,
    maxTurns,
    input,
    history,
    unseenFrom,
    pendingInput,
    records: data.records.map((record) => [record.type, record.agent, record.raw]),
    responses: data.responses.map(({ output, usage, responseId }) => [output, usage, responseId]),
    open: turn?.open,
    calls: [...frame.calls.values()].map((call) => describeCall(frame, call)),
    usedTools: [...data.usedTools].toSorted(),
    guardrails: describeGuardrails(frame),
    end: frame.end && {
      type: frame.end.type,
      output: "output" in frame.end ? frame.end.output : "",
    },
  };
}

/** Once each: over a stop they may run again, and of a stated outcome they see nothing. */
function describeGuardrails({ guardrails }: Frame): string[] {
  const seen = guardrails.filter(({ kind }) => kind !== "tool_output");
  return [...new Set(seen.map(({ guardrail, tripped }) => `${guardrail} ${tripped}`))];
}

function describeCall({ data }: Frame, call: Call): object {
  const { item, agent, nested, finished } = call;
  const turn = data.turnOf.get(call);
  const handoff = data.handoffs.get(call);
  const output = finished?.output;
  return { item, agent, turn, nested, output, to: handoff?.to, isTaken: handoff !== undefined };
}

function describeApproval(approval: Approval): string {
  const { path, callId, agent, tool, toolDigest, argumentsDigest, reason, decision } = approval;
  const verdict = decision && {
    decision: decision.decision,
    scope: decision.scope,
    message: decision.message,
    arguments: decision.arguments,
  };
  const { arguments: shown } = approval;
  return JSON.stringify({
    path,
    callId,
    agent,
    tool,
    toolDigest,
    argumentsDigest,
    shown,
    reason,
    verdict,
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
