import type { EntryOf, StoredFields } from "../../engine/entries.ts";
import { isEngineEntry } from "../../engine/entries.ts";
import { toApprovalReport } from "../run-report.ts";
import type { Run } from "../../engine/state.ts";
import type { Decision } from "../../engine/vocabulary.ts";
import type { Tier } from "../hold/presentation.ts";

/** What became of one question. */
export type HoldOutcome = Decision | "edited" | "open";

/** One question, as its journal has it. */
export interface HoldRecord {
  readonly tier: Tier;
  /** Why it was asked: the reason of a rule, else what is asked about. */
  readonly rule: string;
  /** ISO 8601 UTC. */
  readonly askedAt: string;
  readonly outcome: HoldOutcome;
  readonly by?: string | undefined;
  readonly channel?: string | undefined;
  /** From the question to the decision. */
  readonly waitedMs?: number | undefined;
  /**
   * How long it was shown through that channel: as the look says (the page notes it at the click,
   * and sends a while later), else until the decision. Absent where nothing says so.
   */
  readonly lookedMs?: number | undefined;
  /** Whether anything that was folded was looked at. */
  readonly isUnfolded: boolean;
}

/** What one run counts. */
export interface RunCounts {
  readonly holds: readonly HoldRecord[];
  /** Attempts that began: their days and by what they were free. */
  readonly starts: readonly { at: string; byGrant: boolean }[];
}

/** Pure: of a journal's entries and their fold. */
export function toRunRecord(run: Run, entries: readonly { entry: StoredFields }[]): RunCounts {
  const shown = new Map<string, EntryOf<"approval_shown">[]>();
  const decided = new Map<string, EntryOf<"approval_decided">>();
  const starts: { at: string; byGrant: boolean }[] = [];
  for (const { entry } of entries) {
    if (!isEngineEntry(entry)) continue;
    if (entry.type === "approval_shown") {
      shown.set(entry.approvalId, [...(shown.get(entry.approvalId) ?? []), entry]);
    } else if (entry.type === "approval_decided" && !decided.has(entry.approvalId)) {
      decided.set(entry.approvalId, entry);
    } else if (entry.type === "tool_started") {
      starts.push({ at: entry.at, byGrant: entry.rule?.startsWith("grt_") === true });
    }
  }
  const holds = [...run.approvals.values()].map((approval): HoldRecord => {
    const { approvalId, at, reason, tool, kind } = approval;
    const { tier } = toApprovalReport(run, approval).presentation;
    const verdict = decided.get(approvalId);
    const looks = (shown.get(approvalId) ?? []).filter(
      ({ channel }) => verdict === undefined || channel === verdict.channel,
    );
    const looked = looks.at(-1);
    return {
      tier,
      rule: reason ?? `${tool ?? kind} asks by itself`,
      askedAt: at,
      outcome: outcomeOf(verdict),
      by: verdict?.by,
      channel: verdict?.channel,
      ...(verdict === undefined ? {} : { waitedMs: between(at, verdict.at) }),
      ...(verdict === undefined || looked === undefined
        ? {}
        : { lookedMs: looked.forMs ?? between(looked.at, verdict.at) }),
      isUnfolded: looks.some(({ unfolded = [] }) => unfolded.length > 0),
    };
  });
  return { holds, starts };
}

function outcomeOf(verdict: EntryOf<"approval_decided"> | undefined): HoldOutcome {
  if (verdict === undefined) return "open";
  if (verdict.decision !== "approved") return verdict.decision;
  return verdict.arguments === undefined ? "approved" : "edited";
}

function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
