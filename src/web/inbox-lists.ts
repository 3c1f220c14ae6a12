import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import type { Caller } from "../engine/state.ts";
import type { ConversationPart } from "../runs/conversation.ts";
import { coversOf } from "../runs/grants/give.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunService } from "../runs/run-service.ts";
import { toStory, type StoryLine } from "../runs/story.ts";
import type { Desk } from "./desk.ts";
import { putAside } from "./put-aside.ts";

/** How many of the newest runs are looked through for decisions, and how many are shown. */
const DECIDED_RUNS = 50;
const DECIDED_LIMIT = 100;

/** How many pending approvals the list has at most. */
export const LIST_LIMIT = 1_000;

/** More than a screen shows, the riskiest; the rest is asked for once these are painted. */
export const FIRST_ROWS = 30;

/** The last lines of a long run's story. */
const STORY_LIMIT = 1_000;

/** A pending approval in the list: without its arguments and preview, which may be long. */
export type ListedApproval = Omit<ApprovalReport, "arguments" | "description" | "schema">;

export interface PendingList {
  approvals: ListedApproval[];
  /** How many wait in all, counted up to 1,000. */
  count: number;
  /** Whether more than that wait. */
  more: boolean;
  /** What is wrong with the server, while something is, and which runs it does not go on with. */
  problem?: string | undefined;
}

/** What was decided, the last one first. */
export interface DecidedList {
  approvals: ListedApproval[];
  /** What is not in the list, where something is not. */
  note?: string | undefined;
}

export interface SessionReport {
  csrfToken: string;
  by: string;
  store: string;
  /** Whether a PIN makes a person of who is signed in here. */
  asksPin: boolean;
}

/** What comes with the page itself. */
export interface FirstLook {
  session: SessionReport;
  pending: PendingList | undefined;
}

/** One approval with all that a person should know before they decide. */
export interface ApprovalPage {
  approval: Omit<ApprovalReport, "schema">;
  /** JSON Schema of its arguments, where the tool was asked about with one. */
  schema?: JsonValue | undefined;
  conversation: ConversationPart[];
  /** Which calls a yes for later ones would be about, where one may be given. */
  covers?: string[] | undefined;
  /** Whether it was rejected, and the same call is refused unasked when it comes again. */
  isRemembered?: true | undefined;
}

/** What a yes for later calls would be about, with what waits now. */
export interface OfferPage {
  covers: string[];
  releases: ListedApproval[];
}

/** What waits, oldest first, or the riskiest of it. */
export async function listPending(
  service: RunService,
  { limit, riskiest, caller }: { limit: number; riskiest?: boolean; caller: Caller },
): Promise<PendingList> {
  const most = Number.isInteger(limit) ? Math.min(Math.max(limit, 1), LIST_LIMIT) : 1;
  const { approvals, count, more } = await service.pending({ ...caller, limit: most, riskiest });
  const listed = approvals.map((approval) => toListed(approval));
  const problems = [service.problem(), await putAside(service)].filter(
    (each) => each !== undefined,
  );
  const problem = problems.length === 0 ? {} : { problem: problems.join(" ") };
  return { approvals: listed, count, more, ...problem };
}

/** @throws HoldpointError `approval_not_found` */
export async function showApproval(
  { service, caller, rejections }: Pick<Desk, "service" | "caller" | "rejections">,
  id: string,
): Promise<ApprovalPage> {
  const report = await service.approval(id as ApprovalId, caller);
  const isRejected = report.decision?.decision === "rejected";
  const isRemembered = isRejected && (await rejections?.isRemembered(service, report.approvalId));
  const { schema, ...approval } = report;
  const conversation = await service.conversation(approval.runId, caller);
  const covers = coversOf(report);
  return { approval, schema, conversation, covers, ...(isRemembered ? { isRemembered } : {}) };
}

/** What happened in the run of an approval. @throws HoldpointError `approval_not_found` */
export async function showStory(
  service: RunService,
  { id, caller }: { id: string; caller: Caller },
): Promise<{ story: readonly StoryLine[] }> {
  const { runId } = await service.approval(id as ApprovalId, caller);
  const { approvals } = await service.get(runId, caller);
  const decided = await service.decided(runId, caller);
  const entries = await service.journal(runId, caller);
  const story = toStory({ entries, approvals: [...approvals, ...decided] });
  const [first] = story;
  const left = story.length - STORY_LIMIT;
  if (first === undefined || left <= 0) return { story };
  const says = `${left} lines from here on are left out: holdpoint show ${runId} shows all`;
  return { story: [{ at: first.at, says }, ...story.slice(-STORY_LIMIT)] };
}

/** @throws HoldpointError `approval_not_found`, `invalid_input` where none may be given */
export async function showOffer(
  service: RunService,
  { id, caller }: { id: string; caller: Caller },
): Promise<OfferPage> {
  const offer = await service.offerGrant(id as ApprovalId, caller);
  if (offer === undefined) {
    throw new HoldpointError("invalid_input", "Calls like this one are each decided by themselves");
  }
  return { covers: offer.covers, releases: offer.releases.map((each) => toListed(each)) };
}

/** The decisions in the newest runs and in those that were seen waiting, the last one first. */
export async function listDecided(
  service: RunService,
  { seen, caller }: { seen: ReadonlySet<RunId>; caller: Caller },
): Promise<DecidedList> {
  const { runs, nextCursor } = await service.list({ ...caller, limit: DECIDED_RUNS });
  const runIds = new Set([...seen, ...runs.map(({ runId }) => runId)]);
  const decided = await Promise.all(
    // A run may have been removed since it was seen.
    [...runIds].map((runId) => service.decided(runId, caller).catch(noneOfRemoved)),
  );
  const approvals = decided
    .flat()
    .map((approval) => toListed(approval))
    .toSorted((a, b) => ((a.decision?.at ?? "") < (b.decision?.at ?? "") ? 1 : -1));
  const isCut = nextCursor !== undefined || approvals.length > DECIDED_LIMIT;
  return { approvals: approvals.slice(0, DECIDED_LIMIT), ...(isCut ? { note: DECIDED_NOTE } : {}) };
}

const DECIDED_NOTE = `These are the last decisions in the newest ${DECIDED_RUNS} runs, ${DECIDED_LIMIT} at most. On a terminal, holdpoint runs lists all runs, and holdpoint show RUN what was decided in one.`;

function noneOfRemoved(error: unknown): ApprovalReport[] {
  if (error instanceof HoldpointError && error.code === "run_not_found") return [];
  throw error;
}

function toListed({
  arguments: _arguments,
  description: _description,
  presentation: { preview: _preview, ...presentation },
  ...listed
}: ApprovalReport): ListedApproval {
  return { ...listed, presentation };
}
