import { isFunctionCall, type AgentInputItem } from "../agents/items.ts";
import type { JsonObject, JsonValue } from "../lib/json.ts";
import type { ForeignDecision } from "./foreign-run.ts";
import { jsFingerprint, toolKey } from "./js-fingerprint.ts";
import type { WrittenItem, WrittenRun } from "./written-run.ts";

type JsRecord = {
  approved: true | false | string[];
  rejected: true | string[];
  [key: string]: JsonValue;
};

/** Decisions by agent and tool, each exact one with the call that it is bound to. */
export function toApprovals(run: WrittenRun): JsonObject {
  const approvals = new Map<string, Map<string, JsRecord>>();
  const invocations = new Map<string, Record<string, string>>();
  const asked = run.step.type === "waiting" ? run.step.asked : [];
  for (const decision of run.decisions) {
    const agent = decision.agent ?? "";
    const ofAgent = approvals.get(agent) ?? new Map<string, JsRecord>();
    approvals.set(agent, ofAgent);
    const key = toolKey(decision.tool);
    ofAgent.set(key, withDecision(ofAgent.get(key), decision));
    const { callId } = decision;
    if (callId === undefined) continue;
    const item = asked.find(({ agent: whose, raw }) => whose === agent && callIdOf(raw) === callId);
    if (item === undefined || !isFunctionCall(item.raw)) continue;
    const bound = invocations.get(agent) ?? {};
    bound[callId] = jsFingerprint(key, item.raw.arguments);
    invocations.set(agent, bound);
  }
  return {
    approvals: {},
    functionApprovals: [...approvals].map(([agentIdentity, records]) => ({
      agentIdentity,
      approvals: Object.fromEntries(records),
    })),
    approvalInvocations: [...invocations].map(([agentIdentity, bound]) => ({
      agentIdentity,
      invocations: bound,
      approvals: {},
    })),
  };
}

function withDecision(
  record: JsRecord = { approved: [], rejected: [] },
  { callId, decision, message }: ForeignDecision,
): JsRecord {
  if (callId === undefined) {
    if (decision === "approved") return { ...record, approved: true };
    const sticky = message === undefined ? {} : { stickyRejectMessage: message };
    const { approved } = record;
    const none = Array.isArray(approved) && approved.length === 0;
    return { ...record, approved: none ? false : approved, rejected: true, ...sticky };
  }
  if (decision === "approved") {
    const { approved } = record;
    if (approved === true) return record;
    return { ...record, approved: [...(Array.isArray(approved) ? approved : []), callId] };
  }
  const { rejected } = record;
  const told =
    message === undefined
      ? {}
      : { messages: { ...(record["messages"] as JsonObject | undefined), [callId]: message } };
  return { ...record, ...(rejected === true ? {} : { rejected: [...rejected, callId] }), ...told };
}

function callIdOf(raw: AgentInputItem): string | undefined {
  return "callId" in raw ? raw.callId : undefined;
}

/** Calls with their results, each bound to what it asked for. */
export function toCompleted(items: readonly WrittenItem[]): JsonObject {
  const completed = new Map<string, Record<string, string>>();
  const evidence = new Map<string, Record<string, JsonValue>>();
  items.forEach((item, index) => {
    if (item.type !== "tool_call_output_item" && item.type !== "handoff_output_item") return;
    const callId = callIdOf(item.raw);
    const isCall = item.type === "handoff_output_item" ? "handoff_call_item" : "tool_call_item";
    const at = items.findIndex(({ type, agent, raw }) => {
      return type === isCall && agent === item.agent && callIdOf(raw) === callId;
    });
    const call = items[at]?.raw;
    if (callId === undefined || call === undefined || !isFunctionCall(call)) return;
    const key = isCall === "tool_call_item" ? toolKey(call.name) : `handoff:${call.name}`;
    const fingerprint = jsFingerprint(key, call.arguments);
    const refs = [{ generatedItemIndex: at }, { generatedItemIndex: index }];
    completed.set(item.agent, { ...completed.get(item.agent), [callId]: fingerprint });
    evidence.set(item.agent, {
      ...evidence.get(item.agent),
      [callId]: { fingerprint, items: refs },
    });
  });
  return {
    completedToolInvocations: listed(completed),
    completedToolInvocationEvidence: listed(evidence),
  };
}

function listed(map: ReadonlyMap<string, JsonObject>): JsonValue {
  return [...map].map(([agentIdentity, invocations]) => ({ agentIdentity, invocations }));
}
