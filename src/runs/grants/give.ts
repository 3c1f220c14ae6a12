import { toIso } from "../../lib/clock.ts";
import { HoldpointError } from "../../lib/errors.ts";
import { createGrantId, type ApprovalId } from "../../lib/ids.ts";
import { canonicalJson } from "../../lib/json.ts";
import type { Caller } from "../../engine/state.ts";
import { pastTool } from "../hold/past-calls.ts";
import { isDecidedAlone, tiers } from "../hold/presentation.ts";
import type { ApprovalReport } from "../run-report.ts";
import type { ServiceMeans } from "../service-means.ts";
import { findPending } from "../look-at-runs.ts";
import { toGrantReport, type GrantReport, type GrantRequest, type GrantTerms } from "./grant.ts";
import { isLike, likenessLines, likenessOf, type Likeness } from "./likeness.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const LONGEST_MS = 31 * DAY_MS;
/** How much of what waits is looked through. */
const LOOKED_AT = 1_000;
/** How many yeses are listed at most. */
export const MOST_GRANTS = 500;

/** What a yes for later calls would be about. */
export interface GrantOffer {
  /** Which calls, a line for each value of their arguments. */
  covers: string[];
  /** What waits now and is let run by it, oldest first. */
  releases: ApprovalReport[];
}

/** What may be offered for a call; `undefined` where each is to be decided by itself. */
export async function offerGrant(
  means: ServiceMeans,
  report: ApprovalReport,
): Promise<GrantOffer | undefined> {
  const likeness = grantable(report);
  if (likeness === undefined) return undefined;
  const isWanted = (each: ApprovalReport): boolean => isReleased(each, { report, likeness });
  const alike = await findPending(means, { limit: LOOKED_AT, isWanted });
  // What is known of earlier calls may make more of them.
  const releases = alike.filter((each) => isWanted(each));
  return { covers: likenessLines(likeness), releases };
}

/** The same without a look at what waits: which calls, a line for each value. */
export function coversOf(report: ApprovalReport): string[] | undefined {
  const likeness = grantable(report);
  return likeness === undefined ? undefined : likenessLines(likeness);
}

/** What is like a call that may be let run for later ones, too. */
function grantable(report: ApprovalReport): Likeness | undefined {
  const { isOpen, approver, tool, toolDigest } = report;
  // Where rules want a person they want one for each call.
  if (!isOpen || isDecidedAlone(report) || approver === "person") return undefined;
  if (tool === undefined || toolDigest === undefined) return undefined;
  return likenessOf(report.arguments);
}

function isReleased(
  other: ApprovalReport,
  { report, likeness }: { report: ApprovalReport; likeness: Likeness },
): boolean {
  const { source, agent, tool, toolDigest, approvalId } = report;
  const isSameTool =
    pastTool(other.source, other.tool ?? "") === pastTool(source, tool ?? "") &&
    other.agent === agent &&
    other.toolDigest === toolDigest;
  if (!isSameTool || other.approvalId === approvalId || grantable(other) === undefined)
    return false;
  const [risk, most] = [other, report].map(({ presentation }) => tiers.indexOf(presentation.tier));
  return (risk ?? 0) <= (most ?? 0) && isLike(likeness, other.arguments);
}

/** A grant that is ready to be kept, once the call that it came with was decided. */
export interface PreparedGrant {
  readonly grantId: string;
  readonly releases: readonly ApprovalId[];
  keep(): Promise<void>;
}

/**
 * Looks whether what is asked for is what was shown, and may be given.
 *
 * @throws HoldpointError `invalid_input`, `action_mismatch`
 */
export async function prepareGrant(
  means: ServiceMeans,
  { report, request, caller }: { report: ApprovalReport; request: GrantRequest; caller: Caller },
): Promise<PreparedGrant> {
  const likeness = grantable(report);
  const offer = await offerGrant(means, report);
  if (likeness === undefined || offer === undefined) {
    throw new HoldpointError(
      "invalid_input",
      "Nothing was decided: calls like this one are each decided by themselves, since they are of high risk, have too many values to be described, or a rule wants a person for each",
    );
  }
  const { covers = offer.covers, releases, uses, seconds } = request;
  const shown = new Set(releases ?? offer.releases.map(({ approvalId }) => approvalId));
  const isOther = canonicalJson([...covers]) !== canonicalJson(offer.covers);
  if (isOther || offer.releases.some(({ approvalId }) => !shown.has(approvalId))) {
    throw new HoldpointError(
      "action_mismatch",
      "Nothing was decided: what it would let run is not what was shown. Look again",
    );
  }
  const limits = {
    lastsMs: lastsMs(seconds),
    ...(uses === undefined ? {} : { mostUses: mostUses(uses) }),
  };
  const grantId = createGrantId();
  const terms = termsOf({ report, likeness, caller });
  return {
    grantId,
    releases: offer.releases.map(({ approvalId }) => approvalId),
    async keep() {
      await means.store.addGrant({
        grantId,
        tool: pastTool(report.source, terms.tool),
        terms: JSON.stringify(terms),
        createdAt: toIso(means.clock.now()),
        ...limits,
      });
    },
  };
}

function termsOf({
  report,
  likeness,
  caller,
}: {
  report: ApprovalReport;
  likeness: Likeness;
  caller: Caller;
}): GrantTerms {
  const { agent, tool = "", toolDigest = "", presentation, approvalId } = report;
  const { by, channel, level } = caller;
  const of = {
    agent,
    tool,
    toolDigest,
    likeness: { ...likeness, conditions: [...likeness.conditions] },
  };
  return { version: 1, ...of, tier: presentation.tier, by, channel, level, approvalId };
}

function lastsMs(seconds: number): number {
  const wanted = Math.floor(seconds * 1_000);
  if (wanted > 0 && wanted <= LONGEST_MS) return wanted;
  throw new HoldpointError(
    "invalid_input",
    "Nothing was decided: a yes for later calls lasts a second at least, and 31 days at most",
  );
}

function mostUses(uses: number): number {
  if (Number.isSafeInteger(uses) && uses > 0) return uses;
  throw new HoldpointError(
    "invalid_input",
    "Nothing was decided: how many calls it lets run must be a whole number from 1 on",
  );
}

/** Newest first. */
export async function listGrants({ store }: ServiceMeans): Promise<GrantReport[]> {
  return (await store.listGrants(MOST_GRANTS)).map((kept) => toGrantReport(kept));
}

/**
 * Ends one by hand; whoever asks for it, since it lets nothing run.
 *
 * @throws HoldpointError `invalid_input` where there is none of that id
 */
export async function endGrant(
  { store, clock }: ServiceMeans,
  grantId: string,
  { by }: Pick<Caller, "by">,
): Promise<{ wasStanding: boolean }> {
  const known = (await store.listGrants(MOST_GRANTS)).find((each) => each.grantId === grantId);
  const isEnded = await store.endGrant(grantId, { at: toIso(clock.now()), by });
  // One that is too old to be listed can be ended, too.
  if (known === undefined && !isEnded) {
    throw new HoldpointError(
      "invalid_input",
      `There is no grant of this id. holdpoint grants lists them`,
    );
  }
  return { wasStanding: isEnded && known?.isStanding !== false };
}
