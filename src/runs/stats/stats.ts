import { tiers, type Tier } from "../hold/presentation.ts";
import { visibleLine } from "../shown-text.ts";
import { headOf } from "../../lib/cut-text.ts";
import type { HoldRecord, RunCounts } from "./hold-record.ts";

/** Faster than anybody reads. */
const QUICK_MS = 2_000;
/** So many rules, people and channels are listed, those with the most questions. */
const LISTED = 20;
const RULE_LIMIT = 120;
const DAY_MS = 24 * 60 * 60 * 1_000;

/** How a set of questions was answered. Shares are of what a person decided, from 0 to 1. */
export interface Counted {
  questions: number;
  /** For each hundred of all tool calls that began; absent where none did. */
  questionsPerHundredCalls?: number | undefined;
  approved: number;
  /** Approved with other arguments. */
  edited: number;
  rejected: number;
  expired: number;
  open: number;
  /** Seconds from the question to the decision; absent where nothing was decided. */
  secondsToDecision?: { p50: number; p90: number } | undefined;
  /** Of approvals whose look is recorded: given within two seconds of it. */
  quick: number;
  /** Of the same: nothing that was folded was looked at. */
  neverUnfolded: number;
  /** Approvals whose look is recorded. */
  looked: number;
}

/** How well people decide, from the journals. */
export interface StatsReport {
  /** ISO 8601 UTC. */
  since: string;
  runs: number;
  /** Tool calls that began. */
  calls: number;
  /** Of those, let run by a yes that was given for later calls. */
  byGrant: number;
  questionsPerHundredCalls?: number | undefined;
  all: Counted;
  byTier: ({ tier: Tier } & Counted)[];
  byRule: ({ rule: string } & Counted)[];
  byPerson: ({ by: string } & Counted)[];
  byChannel: ({ channel: string } & Counted)[];
  /**
   * How long a decision took: how many within so many seconds, and not within those before; the last
   * one, without an end, has the rest.
   */
  waits: { withinSeconds?: number | undefined; decisions: number }[];
  /** Every day (UTC) since, also those without a question. */
  days: { day: string; questions: number; calls: number }[];
}

/** Pure. @param now milliseconds since 1970 */
export function countHolds(
  records: readonly RunCounts[],
  { since, now }: { since: string; now: number },
): StatsReport {
  const holds = records.flatMap((each) => each.holds).filter(({ askedAt }) => askedAt >= since);
  const starts = records.flatMap((each) => each.starts).filter(({ at }) => at >= since);
  const calls = starts.length;
  const count = (of: readonly HoldRecord[]): Counted => counted(of, calls);
  const all = count(holds);
  const { questionsPerHundredCalls: rate } = all;
  return {
    since,
    runs: records.length,
    calls,
    byGrant: starts.filter(({ byGrant }) => byGrant).length,
    ...(rate === undefined ? {} : { questionsPerHundredCalls: rate }),
    all,
    byTier: tiers.toReversed().flatMap((tier) => {
      const of = holds.filter((hold) => hold.tier === tier);
      return of.length === 0 ? [] : [{ tier, ...count(of) }];
    }),
    byRule: grouped(holds, ({ rule }) => headOf(visibleLine(rule), RULE_LIMIT)).map(
      ([rule, of]) => ({ rule, ...count(of) }),
    ),
    byPerson: grouped(holds, ({ by }) => by && visibleLine(by)).map(([by, of]) => ({
      by,
      ...count(of),
    })),
    byChannel: grouped(holds, ({ channel }) => channel && visibleLine(channel)).map(
      ([channel, of]) => ({ channel, ...count(of) }),
    ),
    waits: waitsOf(holds),
    days: daysOf({ since, now }).map((day) => ({
      day,
      questions: holds.filter(({ askedAt }) => askedAt.startsWith(day)).length,
      calls: starts.filter(({ at }) => at.startsWith(day)).length,
    })),
  };
}

/** From what nobody reads in to what waited for the next day, in seconds. */
const SPANS = [2, 10, 60, 600, 3_600, 86_400, undefined] as const;

function waitsOf(holds: readonly HoldRecord[]): StatsReport["waits"] {
  const waits = waitedOf(holds);
  return SPANS.map((withinSeconds, at) => {
    const from = (at === 0 ? 0 : (SPANS[at - 1] ?? 0)) * 1_000;
    const to = (withinSeconds ?? Infinity) * 1_000;
    const { length } = waits.filter((ms) => ms >= from && ms < to);
    return { ...(withinSeconds === undefined ? {} : { withinSeconds }), decisions: length };
  });
}

/** Of what somebody decided, the shortest first. */
function waitedOf(holds: readonly HoldRecord[]): number[] {
  return holds
    .filter(({ outcome }) => outcome !== "expired")
    .flatMap(({ waitedMs }) => waitedMs ?? [])
    .toSorted((a, b) => a - b);
}

function counted(holds: readonly HoldRecord[], calls: number): Counted {
  const cameTo = (outcome: HoldRecord["outcome"]): HoldRecord[] =>
    holds.filter((hold) => hold.outcome === outcome);
  const waits = waitedOf(holds);
  const yes = [...cameTo("approved"), ...cameTo("edited")];
  const looked = yes.filter(({ lookedMs }) => lookedMs !== undefined);
  const rate = Math.round((holds.length / calls) * 1_000) / 10;
  return {
    questions: holds.length,
    ...(calls === 0 ? {} : { questionsPerHundredCalls: rate }),
    approved: cameTo("approved").length,
    edited: cameTo("edited").length,
    rejected: cameTo("rejected").length,
    expired: cameTo("expired").length,
    open: cameTo("open").length,
    ...(waits.length === 0
      ? {}
      : { secondsToDecision: { p50: seconds(waits, 0.5), p90: seconds(waits, 0.9) } }),
    quick: looked.filter(({ lookedMs = QUICK_MS }) => lookedMs < QUICK_MS).length,
    neverUnfolded: looked.filter(({ isUnfolded }) => !isUnfolded).length,
    looked: looked.length,
  };
}

/** The nearest rank, of a sorted list. */
function seconds(sorted: readonly number[], share: number): number {
  const at = Math.max(0, Math.ceil(sorted.length * share) - 1);
  return Math.round((sorted[at] ?? 0) / 100) / 10;
}

/** By a name, those with the most questions first; what comes after the last one, as one. */
function grouped(
  holds: readonly HoldRecord[],
  nameOf: (hold: HoldRecord) => string | undefined,
): [string, HoldRecord[]][] {
  const groups = new Map<string, HoldRecord[]>();
  for (const hold of holds) {
    const name = nameOf(hold);
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), hold]);
  }
  const all = [...groups].toSorted(([, a], [, b]) => b.length - a.length);
  const others = all.slice(LISTED);
  if (others.length === 0) return all;
  const name = `(${others.length} others)`;
  return [...all.slice(0, LISTED), [name, others.flatMap(([, of]) => of)]];
}

function daysOf({ since, now }: { since: string; now: number }): string[] {
  const first = Math.floor(Date.parse(since) / DAY_MS);
  const length = Math.max(0, Math.floor(now / DAY_MS) - first) + 1;
  return Array.from({ length }, (_, index) =>
    new Date((first + index) * DAY_MS).toISOString().slice(0, 10),
  );
}
