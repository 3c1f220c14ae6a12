import type { JsonValue } from "../lib/json.ts";
import {
  reaches,
  type ApprovalKind,
  type ApproverLevel,
  type Decision,
  type EntryOf,
} from "../agents/entries.ts";
import type { RunFold } from "../agents/fold.ts";
import type { Frame } from "../agents/conversation.ts";

/** A decision as it stands: what, by whom, and the `seq` to refer to. */
export interface Sticky {
  readonly seq: number;
  readonly decision: Decision;
  readonly scope: "once" | "always";
  readonly message: string | undefined;
  readonly by: string;
  readonly channel: string;
  readonly level: ApproverLevel;
  readonly at: string;
  /** What runs instead of the proposed arguments. */
  readonly arguments: JsonValue | undefined;
  /** Of what runs then. */
  readonly argumentsDigest: string | undefined;
}

/** A request for a decision, and the decision that was made of it. */
export interface Approval {
  readonly approvalId: string;
  readonly kind: ApprovalKind;
  readonly path: readonly string[];
  readonly agent: string;
  readonly callId: string | undefined;
  readonly tool: string | undefined;
  readonly toolDigest: string | undefined;
  readonly argumentsDigest: string | undefined;
  readonly arguments: JsonValue | undefined;
  readonly approver: ApproverLevel;
  readonly reason: string | undefined;
  readonly expiresAt: string | undefined;
  readonly expiry: "reject" | "fail";
  readonly at: string;
  readonly seq: number;
  /** Its own decision; the last one while the call has not started. */
  decision: Sticky | undefined;
}

/** What a sticky decision covers: agent, tool and definition, at any path of the run. */
export function stickyKey(of: {
  agent: string;
  tool?: string | undefined;
  toolDigest?: string | undefined;
}): string {
  return JSON.stringify([of.agent, of.tool, of.toolDigest]);
}

/** Whether a decision on later calls counts for one that needs this level. */
export function covers(sticky: Sticky, needed: ApproverLevel): boolean {
  return sticky.decision !== "approved" || reaches(sticky.level, needed);
}

export function applyRequest(
  state: RunFold,
  frame: Frame,
  entry: EntryOf<"approval_requested">,
): void {
  const approval: Approval = {
    approvalId: entry.approvalId,
    kind: entry.kind,
    path: frame.path,
    agent: entry.agent,
    callId: entry.callId,
    tool: entry.tool,
    toolDigest: entry.toolDigest,
    argumentsDigest: entry.argumentsDigest,
    arguments: entry.arguments,
    approver: entry.approver,
    reason: entry.reason,
    expiresAt: entry.expiresAt,
    expiry: entry.expiry ?? "reject",
    at: entry.at,
    seq: entry.seq,
    decision: undefined,
  };
  const call = entry.callId === undefined ? undefined : frame.calls.get(entry.callId);
  if (approval.kind === "budget") frame.budgets.push(approval);
  else if (call === undefined) frame.asked = approval;
  else {
    // A new request for the same call takes the place of the old one, decided or not.
    if (call.approval !== undefined) state.undecided.delete(call.approval.approvalId);
    call.approval = approval;
  }
  state.approvals.set(approval.approvalId, approval);
  state.undecided.add(approval.approvalId);
}

export function applyDecision(state: RunFold, entry: EntryOf<"approval_decided">): void {
  const approval = state.approvals.get(entry.approvalId);
  if (approval === undefined || isActedOn(state, approval)) return;
  const decision: Sticky = {
    seq: entry.seq,
    decision: entry.decision,
    scope: entry.scope,
    message: entry.message,
    by: entry.by,
    channel: entry.channel,
    // Entries without one are of programs, which decide on all they have in hand, or older than it.
    level: entry.level ?? (entry.channel === "library" ? "person" : approval.approver),
    at: entry.at,
    arguments: entry.arguments,
    argumentsDigest: entry.argumentsDigest,
  };
  approval.decision = decision;
  state.undecided.delete(approval.approvalId);
  // What came of one attempt says nothing of later calls.
  if (entry.scope !== "always" || approval.kind !== "tool_call") return;
  state.sticky.set(stickyKey(approval), decision);
}

/** Whether the call behind an approval went on since: then it is too late to decide. */
export function isActedOn(state: RunFold, approval: Approval): boolean {
  if (approval.callId === undefined) return false;
  const key = approval.path.length === 0 ? "" : JSON.stringify(approval.path);
  const call = state.frames.get(key)?.calls.get(approval.callId);
  if (call === undefined || call.approval !== approval) return true;
  if (call.finished !== undefined || call.nested) return true;
  return call.started !== undefined && call.started.seq > approval.seq;
}
