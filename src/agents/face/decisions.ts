import { decisionOf, isActedOn } from "../../engine/approvals.ts";
import { argumentsDigest } from "../../engine/arguments.ts";
import type { DraftOf } from "../../engine/entries.ts";
import { callOf, type Approval, type Run, type Verdict as Sticky } from "../../engine/state.ts";
import { isPlainJson, type JsonValue } from "../../lib/json.ts";
import { itemOf } from "../conversation.ts";
import { ModelBehaviorError, UserError } from "../errors.ts";
import { agentNamed, findTarget, type AgentGraph } from "../graph.ts";
import { sameInvocation } from "../invocation.ts";
import type { ApprovalItem, ApproveOptions, RejectOptions } from "../run-context.ts";
import { shownForEdit } from "../tool-arguments.ts";

export type Verdict =
  | { item: ApprovalItem; verdict: "approved"; options: ApproveOptions }
  | { item: ApprovalItem; verdict: "rejected"; options: RejectOptions };

/**
 * The entries that a decision on an item of a state makes; none when it says what stands already.
 *
 * @throws UserError when it cannot be decided; nothing changes then
 */
export function approvalDrafts(
  state: Run,
  graph: AgentGraph,
  given: Verdict,
): DraftOf<"approval_decided">[] {
  const approval = pendingApproval(state, given.item);
  const always =
    given.verdict === "approved" ? given.options.alwaysApprove : given.options.alwaysReject;
  const scope = always === true ? "always" : "once";
  const message = given.verdict === "rejected" ? given.options.message : undefined;
  const edited = given.verdict === "approved" ? given.options.arguments : undefined;
  if (edited !== undefined && scope === "always") {
    throw new UserError("Cannot approve always with changed arguments: decide each call by itself");
  }
  if (edited === undefined && saysTheSame(approval.decision, { given, scope, message })) return [];
  return [
    {
      type: "approval_decided",
      approvalId: approval.approvalId,
      decision: given.verdict,
      by: "code",
      channel: "library",
      scope,
      ...(message === undefined ? {} : { message }),
      ...(edited === undefined ? {} : editFields(graph, approval, edited)),
    },
  ];
}

function saysTheSame(
  standing: Sticky | undefined,
  {
    given,
    scope,
    message,
  }: { given: Verdict; scope: Sticky["scope"]; message: string | undefined },
): boolean {
  return (
    standing?.decision === given.verdict &&
    standing.scope === scope &&
    standing.message === message &&
    standing.arguments === undefined
  );
}

/** Whether an approval can still be decided; `undefined` for an unknown id. */
export function findApproval(
  state: Run,
  approvalId: string,
): { approval: Approval; open: boolean } | undefined {
  const approval = state.approvals.get(approvalId);
  if (approval === undefined) return undefined;
  const open = decisionOf(state, approval) === undefined && !isActedOn(state, approval);
  return { approval, open };
}

/** The approval that an item means, as long as its call has not gone on. */
function pendingApproval(state: Run, item: ApprovalItem): Approval {
  const found = findByItem(state, item);
  const callId = item.rawItem.callId ?? "";
  if (found === undefined) {
    throw new UserError(
      `Cannot decide on "${item.name}" (call ${callId}): it is not pending in this run. Take the item from getInterruptions()`,
    );
  }
  if (isActedOn(state, found)) {
    throw new UserError(
      `Cannot decide on "${item.name}" (call ${callId}): the run has gone on with it already`,
    );
  }
  const call = callOf(state, found);
  const raw = item.rawItem as { arguments?: unknown; name?: unknown };
  if (call !== undefined && typeof raw.arguments === "string") {
    const shown = { ...itemOf(call), name: item.name, arguments: raw.arguments };
    if (!sameInvocation(itemOf(call), shown)) {
      throw new ModelBehaviorError(
        `Cannot decide on call ${callId}: the item was changed. To change arguments, approve with { arguments }`,
      );
    }
  }
  return found;
}

function findByItem(state: Run, item: ApprovalItem): Approval | undefined {
  const { callId } = item.rawItem;
  if (item.approvalId !== undefined) {
    const named = state.approvals.get(item.approvalId);
    return named?.callId === undefined || named.callId === callId ? named : undefined;
  }
  const matching = [...state.approvals.values()].filter(
    (approval) => approval.callId === callId && approval.tool === item.name,
  );
  const open = matching.filter((approval) => !isActedOn(state, approval));
  if (open.length > 1) {
    throw new UserError(
      `Cannot decide on call ${callId ?? ""}: several runs have a call of that id. Use the item's approvalId`,
    );
  }
  return open[0] ?? matching.at(-1);
}

function editFields(
  graph: AgentGraph,
  approval: Approval,
  edited: unknown,
): { arguments: JsonValue; argumentsDigest: string } {
  const target = findTarget(agentNamed(graph, approval.agent), approval.tool ?? "");
  if (target?.type !== "tool") throw new UserError("Only the arguments of a tool can be changed");
  if (!isPlainJson(edited)) throw new UserError("Changed arguments must be plain JSON");
  const shown = shownForEdit(target.tool, edited);
  if (shown === undefined) {
    throw new UserError(
      `Cannot approve with these arguments: they do not fit the schema of "${target.tool.name}"`,
    );
  }
  return { arguments: edited, argumentsDigest: argumentsDigest(shown) };
}

function lastDecision(
  state: Run,
  { toolName, callId }: { toolName: string; callId: string },
): Sticky | undefined {
  const ofTool = [...state.approvals.values()].filter(({ tool }) => tool === toolName);
  const exact = ofTool.findLast((approval) => approval.callId === callId);
  if (exact !== undefined) return decisionOf(state, exact);
  // A call that nobody asked about is covered when a sticky decision on its tool stands.
  return ofTool
    .map(({ decision }) => decision)
    .findLast((decision) => decision?.scope === "always");
}

export function isToolApproved(
  state: Run,
  query: { toolName: string; callId: string },
): boolean | undefined {
  const decision = lastDecision(state, query);
  return decision === undefined ? undefined : decision.decision === "approved";
}

export function rejectionMessage(
  state: Run,
  query: { toolName: string; callId: string },
): string | undefined {
  return lastDecision(state, query)?.message;
}
