import { setTimeout as delay } from "node:timers/promises";

import { errorMessage, HoldpointError, isStoreFault } from "../../lib/errors.ts";
import type { ApprovalId } from "../../lib/ids.ts";
import { callerOf, type Asked } from "../caller.ts";
import { decideApproval } from "../decide.ts";
import type { DecisionOutcome, DecisionRequest } from "../decision-request.ts";
import { reportApproval } from "../look-at-runs.ts";
import type { ServiceMeans } from "../service-means.ts";
import {
  endGrant,
  listGrants,
  offerGrant,
  prepareGrant,
  type GrantOffer,
  type PreparedGrant,
} from "./give.ts";
import type { GrantReport, GrantRequest } from "./grant.ts";

/** The verbs of the service for yeses to later calls. */
export interface GrantVerbs {
  /**
   * What a yes to later calls like this one would be about; `undefined` where each is decided by
   * itself. @throws HoldpointError `approval_not_found`
   */
  offerGrant(approvalId: ApprovalId, asked?: Asked): Promise<GrantOffer | undefined>;
  /** The yeses to later calls, newest first, those that are over included. */
  grants(asked?: Asked): Promise<GrantReport[]>;
  /** Ends one. @throws HoldpointError `invalid_input` where there is none of that id */
  endGrant(grantId: string, asked?: Asked): Promise<{ wasStanding: boolean }>;
}

export function grantVerbs(means: ServiceMeans): GrantVerbs {
  return {
    offerGrant: async (approvalId) => offerGrant(means, await reportApproval(means, approvalId)),
    grants: () => listGrants(means),
    endGrant: (grantId, asked = {}) => endGrant(means, grantId, callerOf(asked)),
  };
}

/**
 * Records a decision, and a yes to later calls that are like it and to those that wait, each by an
 * entry of its own.
 */
export async function decideWithGrant(
  means: ServiceMeans,
  approvalId: ApprovalId,
  { grant, ...request }: DecisionRequest & { grant: GrantRequest },
): Promise<DecisionOutcome> {
  refuseMixed(request);
  const report = await reportApproval(means, approvalId);
  const prepared = await prepareGrant(means, { report, request: grant, caller: request });
  const { grantId } = prepared;
  const outcome = await decideApproval(means, approvalId, { ...request, grantId });
  if (outcome.type !== "decided") return outcome;
  await keepPatiently(prepared);
  const { by, channel, level, ancestors } = request;
  let released = 0;
  for (const id of prepared.releases) {
    const yes = { decision: "approved", by, channel, level, ancestors, grantId } as const;
    const each = await decideApproval(means, id, yes).catch((error: unknown) => {
      // Who was quicker decided it; what could not be decided waits on.
      means.log.warn(`${id} was not decided by ${grantId}: ${errorMessage(error)}`);
    });
    if (each?.type === "decided") released += 1;
  }
  return released === 0 ? outcome : { ...outcome, released };
}

/** How long a store that fails is tried again: less than clients wait for an answer. */
const KEEP_MS = 45_000;
const RETRY_MS = 250;

/**
 * The call is decided by now, and nobody can say again what goes with it: it is kept once the store
 * takes it. Keeping it twice is keeping it once.
 */
async function keepPatiently({ keep }: PreparedGrant): Promise<void> {
  const untilMs = performance.now() + KEEP_MS;
  for (;;) {
    try {
      return await keep();
    } catch (error) {
      if (!isStoreFault(error)) throw error;
      if (performance.now() > untilMs) throw notKept(error);
    }
    // It keeps the process awake: a command on a terminal has nothing else that does.
    await delay(RETRY_MS);
  }
}

function notKept(cause: unknown): HoldpointError {
  return new HoldpointError(
    "store_unavailable",
    `The call was approved, and later ones are asked about: the yes for them was not kept. ${errorMessage(cause)}`,
    { cause },
  );
}

function refuseMixed({ decision, always, arguments: changed }: DecisionRequest): void {
  if (decision === "approved" && always !== true && changed === undefined) return;
  throw new HoldpointError(
    "invalid_input",
    "Nothing was decided: a yes for later calls goes with an approval of the call as it is",
  );
}
