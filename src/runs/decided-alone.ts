import { isOpen, openApprovals, stickyKey } from "../engine/approvals.ts";
import type { Run } from "../engine/state.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import { isPlainJson } from "../lib/json.ts";
import type { DecisionRequest } from "./decision-request.ts";
import { membersOf } from "./hold/members.ts";
import { factToType, isDecidedAlone, timesToRun } from "./hold/presentation.ts";
import { isTyped, typedAfter, type TypedFact } from "./hold/typed-fact.ts";
import { toApprovalReport, type ApprovalReport } from "./run-report.ts";
import { asOfNow, type ServiceMeans } from "./service-means.ts";
import { visibleLine } from "./shown-text.ts";

interface Asked {
  approvalId: ApprovalId;
  request: DecisionRequest;
}

/**
 * What of the calls that a decision for all of a tool is about is decided by itself only.
 *
 * @throws HoldpointError `invalid_input` where that is the one that is decided
 */
export async function aloneOf(
  means: ServiceMeans,
  state: Run,
  { approvalId, request }: Asked,
): Promise<ReadonlySet<string>> {
  const approval = state.approvals.get(approvalId);
  if (approval === undefined || !isOpen(state, approval)) return new Set();
  const key = stickyKey(approval);
  const alike = openApprovals(state).filter((each) => stickyKey(each) === key);
  const reports = alike.map(async (each) => asOfNow(means, toApprovalReport(state, each)));
  const now = await Promise.all(reports);
  refuseOtherTimes(
    now.find(({ approvalId: id }) => id === approvalId),
    request,
  );
  const alone = now.filter((each) => isDecidedAlone(each) && timesToRun(each) === 1);
  const own = alone.find(({ approvalId: id }) => id === approvalId);
  if (own === undefined) return new Set(alone.map(({ approvalId: id }) => id));
  throw new HoldpointError(
    "invalid_input",
    `Nothing was decided: a call ${whyAlone(own)} is decided by itself. Decide on it without always`,
  );
}

/** @throws HoldpointError `action_mismatch` where a call was asked for more or less often than shown */
function refuseOtherTimes(
  report: ApprovalReport | undefined,
  { times, decision }: DecisionRequest,
): void {
  if (times === undefined || report === undefined) return;
  const asked = timesToRun(report);
  if (asked === times && decision === "approved") return;
  const often = asked === 1 ? "runs once" : `was asked for ${asked} times at once by now`;
  throw new HoldpointError(
    "action_mismatch",
    `Nothing was decided: this call ${often}. Look again`,
  );
}

function whyAlone({ kind, presentation: { tier, preview } }: ApprovalReport): string {
  if (kind !== "tool_call") return "like this one";
  if (tier === "high") return "of high risk";
  return preview === undefined ? "like this one" : "that is bound to what it would change";
}

/** A sentence that says what is to be typed; `undefined` where it was, or need not be. */
export async function missingFact(
  means: ServiceMeans,
  state: Run,
  { approvalId, request: { typed: given, arguments: changed } }: Asked,
): Promise<string | undefined> {
  const approval = state.approvals.get(approvalId);
  if (approval === undefined || !isOpen(state, approval)) return undefined;
  const fact = factToType(await asOfNow(means, toApprovalReport(state, approval)));
  if (fact === undefined) return undefined;
  const wanted = factWanted(fact, changed);
  if (given !== undefined && isTyped(given, wanted)) return undefined;
  const what = given === undefined ? "" : ". What was typed is not it";
  return `Nothing was decided: this call is of high risk. To approve it, its ${fact.name} is to be typed: ${visibleLine(wanted)}${what}`;
}

/** What is to be typed of a call with these arguments in place of its own. */
export function factWanted(fact: TypedFact, changed: unknown): string {
  return typedAfter(fact, textsOf(changed));
}

/** The values of changed arguments as texts, by where they stand. */
function textsOf(changed: unknown): ReadonlyMap<string, string> {
  if (!isPlainJson(changed)) return new Map();
  return new Map(membersOf(JSON.stringify(changed)).map(({ at, value }) => [at, String(value)]));
}
