import type { EntryOf } from "./entries.ts";
import { callOf, frameKey } from "./frames.ts";
import type { Question, Approval, Frame, Run, Verdict } from "./state.ts";
import { reaches, type ApprovalKind, type ApproverLevel } from "./vocabulary.ts";

/** What a sticky decision covers: agent, tool and definition, at any path of the run. */
export function stickyKey(of: {
  agent: string;
  tool?: string | undefined;
  toolDigest?: string | undefined;
}): string {
  return JSON.stringify([of.agent, of.tool, of.toolDigest]);
}

/** Whether a decision on later calls counts for one that needs this level. */
export function covers(sticky: Verdict, needed: ApproverLevel): boolean {
  return isEnough(sticky, { kind: "tool_call", needed });
}

/**
 * Whether a verdict counts where this level is needed. A no loosens nothing, whoever gives it; but
 * on a doubt it states what came of the call, and that is for those to say who may let it run.
 */
export function isEnough(
  { decision, level }: Pick<Verdict, "decision" | "level">,
  { kind, needed }: { kind: ApprovalKind; needed: ApproverLevel },
): boolean {
  if (decision === "expired") return true;
  if (decision === "rejected" && kind !== "outcome_unknown") return true;
  return reaches(level, needed);
}

export function applyRequest(run: Run, frame: Frame, entry: EntryOf<"approval_requested">): void {
  const call = entry.callId === undefined ? undefined : frame.calls.get(entry.callId);
  const { previewed } = call ?? {};
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
    preview: previewed?.approvalId === entry.approvalId ? previewed : undefined,
    decision: undefined,
    isVoid: false,
    isWithdrawn: false,
    isAlone: entry.alone === true,
  };
  const before = entry.voids === undefined ? undefined : run.approvals.get(entry.voids);
  if (before !== undefined) before.isVoid = true;
  if (call === undefined || approval.kind === "budget") frame.approvals.push(approval);
  else {
    // A new request for the same call takes the place of the old one, decided or not.
    if (call.approval !== undefined) run.undecided.delete(call.approval.approvalId);
    call.approval = approval;
  }
  run.approvals.set(approval.approvalId, approval);
  run.undecided.add(approval.approvalId);
}

export function applyDecision(run: Run, _frame: Frame, entry: EntryOf<"approval_decided">): void {
  const approval = run.approvals.get(entry.approvalId);
  if (approval === undefined || isActedOn(run, approval)) return;
  const decision: Verdict = {
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
  run.undecided.delete(approval.approvalId);
  // What came of one attempt says nothing of later calls.
  if (entry.scope !== "always" || approval.kind !== "tool_call") return;
  run.sticky.set(stickyKey(approval), decision);
  for (const id of entry.except ?? []) {
    const other = run.approvals.get(id);
    if (other !== undefined) other.isAlone = true;
  }
}

/**
 * Takes back what was asked and decided of calls that did not come to an end: the run was released
 * from a store that may not know what came of them.
 */
export function applyReleased(run: Run, _frame: Frame, entry: EntryOf<"run_released">): void {
  run.sticky.clear();
  const cause = entry.why === "older" ? "an older copy of its store" : "a store that was changed";
  for (const key of run.live) {
    for (const call of run.frames.get(key)?.open ?? []) {
      if (call.nested) continue;
      call.unknown = `Its run is of ${cause}: what happened after ${entry.since} is not known`;
      if (call.approval === undefined) continue;
      call.approval.isWithdrawn = true;
      run.undecided.delete(call.approval.approvalId);
    }
  }
}

/** Whether the call behind an approval went on since: then it is too late to decide. */
export function isActedOn(run: Run, approval: Approval): boolean {
  if (approval.callId === undefined) return false;
  const call = callOf(run, approval);
  if (call === undefined || call.approval !== approval || approval.isWithdrawn) return true;
  if (call.finished !== undefined || call.nested) return true;
  return call.started !== undefined && call.started.seq > approval.seq;
}

/** The decision that stands for an approval: its own, or a sticky one that covers it. */
export function decisionOf(run: Run, approval: Approval): Verdict | undefined {
  if (approval.decision !== undefined) return approval.decision;
  if (approval.kind !== "tool_call" || approval.preview?.bind !== undefined) return undefined;
  const sticky = run.sticky.get(stickyKey(approval));
  if (sticky === undefined || !covers(sticky, approval.approver)) return undefined;
  return approval.isAlone && sticky.decision === "approved" ? undefined : sticky;
}

/** Whether a request waits for a decision: nobody gave one, and its run is not over. */
export function isOpen(run: Run, approval: Approval): boolean {
  if (!run.undecided.has(approval.approvalId)) return false;
  return run.live.has(frameKey(approval.path)) && decisionOf(run, approval) === undefined;
}

/** What a request asks a person to fill in; `undefined` where it asks for a yes or no. */
export function questionOf(run: Run, path: readonly string[]): Question | undefined {
  const frame = run.frames.get(frameKey(path));
  return frame && run.folder?.question?.(frame);
}

/** Requests that wait for a decision, oldest first. */
export function openApprovals(run: Run): Approval[] {
  const open: Approval[] = [];
  for (const id of run.undecided) {
    const approval = run.approvals.get(id);
    if (approval !== undefined && isOpen(run, approval)) open.push(approval);
  }
  return open;
}
