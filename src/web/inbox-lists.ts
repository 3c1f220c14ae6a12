import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { ConversationPart } from "../runs/conversation.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunService } from "../runs/run-service.ts";

/** How many of the newest runs are looked through for decisions, and how many are shown. */
const DECIDED_RUNS = 50;
const DECIDED_LIMIT = 100;

/** How many pending approvals a page of the list has at most. */
const LIST_LIMIT = 1_000;

/** A pending approval in the list: without its arguments, which may be long. */
export type ListedApproval = Omit<ApprovalReport, "arguments" | "description">;

export interface PendingList {
  approvals: ListedApproval[];
  /** How many wait in all. */
  count: number;
}

/** One approval with all that a person should know before they decide. */
export interface ApprovalPage {
  approval: ApprovalReport;
  conversation: ConversationPart[];
}

/** What waits, oldest first. */
export async function listPending(service: RunService, limit: number): Promise<PendingList> {
  const most = Number.isInteger(limit) ? Math.min(Math.max(limit, 1), LIST_LIMIT) : 1;
  const { approvals, count } = await service.pending({ limit: most });
  return { approvals: approvals.map((approval) => toListed(approval)), count };
}

/** @throws HoldpointError `approval_not_found` */
export async function showApproval(service: RunService, id: string): Promise<ApprovalPage> {
  const approval = await service.approval(id as ApprovalId);
  return { approval, conversation: await service.conversation(approval.runId) };
}

/** The decisions in the newest runs and in those that were seen waiting, the last one first. */
export async function listDecided(
  service: RunService,
  seen: ReadonlySet<RunId>,
): Promise<ListedApproval[]> {
  const { runs } = await service.list({ limit: DECIDED_RUNS });
  const runIds = new Set([...seen, ...runs.map(({ runId }) => runId)]);
  const decided = await Promise.all(
    // A run may have been removed since it was seen.
    [...runIds].map((runId) => service.decided(runId).catch((): ApprovalReport[] => [])),
  );
  return decided
    .flat()
    .map((approval) => toListed(approval))
    .toSorted((a, b) => ((a.decision?.at ?? "") < (b.decision?.at ?? "") ? 1 : -1))
    .slice(0, DECIDED_LIMIT);
}

function toListed({
  arguments: _arguments,
  description: _description,
  ...listed
}: ApprovalReport): ListedApproval {
  return listed;
}
