import { decisionOf, isActedOn } from "../../engine/approvals.ts";
import { decide, type CheckEdit, type Command } from "../../engine/decide.ts";
import type { DraftOf } from "../../engine/entries.ts";
import type { Approval, Run, Verdict } from "../../engine/state.ts";
import { callOf } from "../../engine/frames.ts";
import { itemOf } from "../conversation.ts";
import { ModelBehaviorError, UserError } from "../errors.ts";
import { agentNamed, findTarget, type AgentGraph } from "../graph.ts";
import { sameInvocation } from "../invocation.ts";
import type { ApprovalItem, ApproveOptions, RejectOptions } from "../run-context.ts";
import { shownForEdit } from "../tool-arguments.ts";

/** What somebody says of an item. */
export type ItemVerdict =
  | { item: ApprovalItem; verdict: "approved"; options: ApproveOptions }
  | { item: ApprovalItem; verdict: "rejected"; options: RejectOptions };

/**
 * The entries that a decision on an item of a state makes; none when it says what stands already.
 *
 * @param counts the `last` decision of a state in hand, the `first` of a run that is in a store
 * @throws UserError when it cannot be decided; nothing changes then
 */
export function approvalDrafts(
  state: Run,
  graph: AgentGraph,
  given: ItemVerdict,
  counts: Command["counts"] = "last",
): DraftOf<"approval_decided">[] {
  const { item } = given;
  const found = findByItem(state, item);
  if (found === undefined) {
    throw cannot(item, "it is not pending in this run. Take the item from getInterruptions()");
  }
  const { approvalId } = found;
  const decided = decide(state, { ...toCommand(graph, given), approvalId, counts });
  if (decided.type === "acted_on" || decided.type === "overtaken") {
    throw cannot(item, "the run has gone on with it already");
  }
  checkUnchanged(state, found, item);
  switch (decided.type) {
    case "decided":
      return decided.entries;
    case "already":
      return [];
    case "contradicts":
      throw cannot(item, `it was ${decided.standing.decision} by ${decided.standing.by} before`);
    case "edits_misplaced":
      throw new UserError(
        "Cannot approve always with changed arguments: decide each call by itself",
      );
    case "edits_do_not_fit":
      throw new UserError(
        `Cannot approve with these arguments: they do not fit the schema of "${decided.subject}"`,
      );
    default:
      throw new Error(`A decision in hand came to ${decided.type}`);
  }
}

/** A program in hand of a run has every level. */
function toCommand(graph: AgentGraph, given: ItemVerdict): Omit<Command, "approvalId" | "counts"> {
  const isYes = given.verdict === "approved";
  const always = isYes ? given.options.alwaysApprove : given.options.alwaysReject;
  const edited = isYes ? given.options.arguments : undefined;
  return {
    decision: given.verdict,
    by: "code",
    channel: "library",
    scope: always === true ? "always" : "once",
    message: isYes ? undefined : given.options.message,
    ...(edited === undefined ? {} : { edited: { value: edited, check: checkEdit(graph) } }),
  };
}

function cannot({ name, rawItem }: ApprovalItem, why: string): UserError {
  return new UserError(`Cannot decide on "${name}" (call ${rawItem.callId ?? ""}): ${why}`);
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

/** Decisions are on what was proposed. @throws ModelBehaviorError */
function checkUnchanged(state: Run, found: Approval, item: ApprovalItem): void {
  const call = callOf(state, found);
  const raw = item.rawItem as { callId?: string; arguments?: unknown };
  if (call === undefined || typeof raw.arguments !== "string") return;
  const shown = { ...itemOf(call), name: item.name, arguments: raw.arguments };
  if (sameInvocation(itemOf(call), shown)) return;
  throw new ModelBehaviorError(
    `Cannot decide on call ${raw.callId ?? ""}: the item was changed. To change arguments, approve with { arguments }`,
  );
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

/** Changed arguments are looked at by the tool. @throws UserError where there is none */
function checkEdit(graph: AgentGraph): CheckEdit {
  return (approval, value) => {
    const target = findTarget(agentNamed(graph, approval.agent), approval.tool ?? "");
    if (target?.type === "tool") return shownForEdit(target.tool, value);
    throw new UserError("Only the arguments of a tool can be changed");
  };
}

/** What was decided on a call: on itself, or on its tool from then on. */
export function lastDecision(
  state: Run,
  { toolName, callId }: { toolName: string; callId: string },
): Verdict | undefined {
  const ofTool = [...state.approvals.values()].filter(({ tool }) => tool === toolName);
  const exact = ofTool.findLast((approval) => approval.callId === callId);
  if (exact !== undefined) return decisionOf(state, exact);
  // A call that nobody asked about is covered when a sticky decision on its tool stands.
  return ofTool
    .map(({ decision }) => decision)
    .findLast((decision) => decision?.scope === "always");
}
