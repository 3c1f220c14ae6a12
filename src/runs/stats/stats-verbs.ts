import type { DraftOf } from "../../engine/entries.ts";
import { isOpen } from "../../engine/approvals.ts";
import { toIso } from "../../lib/clock.ts";
import { ConflictError, HoldpointError } from "../../lib/errors.ts";
import type { ApprovalId } from "../../lib/ids.ts";
import { callerOf, type Asked } from "../caller.ts";
import { openRecorder, runOf, type ServiceMeans } from "../service-means.ts";
import { toRunRecord, type RunCounts } from "./hold-record.ts";
import { countHolds, type StatsReport } from "./stats.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const PAGE = 100;
const MOST_DAYS = 366;

/** Who looked at an approval, and how. */
export interface Look extends Asked {
  /** Names of the parts that were unfolded. */
  unfolded?: readonly string[] | undefined;
  /** How long it has been shown by now. */
  forMs?: number | undefined;
}

/** The verbs of the service for how well people decide. */
export interface StatsVerbs {
  /**
   * Notes that an open approval is seen by somebody, and what of it they unfolded; nothing where it
   * waits no more.
   */
  noteShown(approvalId: ApprovalId, look: Look): Promise<void>;
  /** Counts what the journals of the last days say. @throws HoldpointError `invalid_input` */
  stats(options: { days: number } & Asked): Promise<StatsReport>;
}

export function statsVerbs(means: ServiceMeans): StatsVerbs {
  return {
    async noteShown(approvalId, { unfolded = [], forMs, ...asked }) {
      const { journal, append } = await openRecorder(means, await runOf(means, approvalId));
      const approval = journal.state.approvals.get(approvalId);
      const isStillMeant = (): boolean => approval !== undefined && isOpen(journal.state, approval);
      if (approval === undefined || !isStillMeant()) return;
      const { argumentsDigest } = approval;
      const shown: DraftOf<"approval_shown"> = {
        type: "approval_shown",
        approvalId,
        ...callerOf(asked),
        ...(argumentsDigest === undefined ? {} : { argumentsDigest }),
        ...(unfolded.length === 0 ? {} : { unfolded: [...unfolded] }),
        ...(forMs === undefined ? {} : { forMs }),
      };
      try {
        await append([shown], isStillMeant);
      } catch (error) {
        // Whoever was quicker decided it: there is nothing left to look at.
        if (!(error instanceof ConflictError)) throw error;
      }
    },
    async stats({ days }) {
      if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) {
        throw new HoldpointError("invalid_input", `Days are a whole number from 1 to ${MOST_DAYS}`);
      }
      const now = means.clock.now();
      const since = `${toIso(now - (days - 1) * DAY_MS).slice(0, 10)}T00:00:00.000Z`;
      return countHolds(await readRecords(means, since), { since, now });
    },
  };
}

/** Of every run that was written since. */
async function readRecords(means: ServiceMeans, since: string): Promise<RunCounts[]> {
  const records: RunCounts[] = [];
  let cursor: string | undefined;
  do {
    const page = await means.store.listRuns({ limit: PAGE, cursor });
    for (const { runId, updatedAt } of page.runs) {
      if (updatedAt < since) continue;
      const { journal } = await openRecorder(means, runId);
      records.push(toRunRecord(journal.state, journal.entries));
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return records;
}
