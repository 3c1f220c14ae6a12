import { spanText } from "../lib/spans.ts";
import type { Counted, StatsReport } from "../runs/stats/stats.ts";
import { fitted } from "./describe.ts";

const NAME_WIDTH = 24;
const BAR_WIDTH = 24;
const NAMES = ["ASKED", "PER 100", "YES", "EDITED", "NO", "OPEN", "HALF IN"];

/** How well people decide, in lines of 80 columns. */
export function describeStats(stats: StatsReport): string {
  const { since, calls, byGrant, questionsPerHundredCalls: rate, all, days } = stats;
  if (all.questions === 0) return `Nothing was asked since ${since.slice(0, 10)}.`;
  const per = rate === undefined ? "" : `, ${rate} for each 100 calls that ran`;
  return [
    `Since ${since.slice(0, 10)}: ${all.questions} ${all.questions === 1 ? "question" : "questions"}${per}.`,
    `${calls} ${calls === 1 ? "call" : "calls"} ran, ${byGrant} by a yes that was given for later calls.`,
    ...timeLines(all),
    ...lookLines(all),
    ...table(
      "RISK",
      stats.byTier.map(({ tier, ...of }) => [tier, of]),
    ),
    ...table(
      "RULE",
      stats.byRule.map(({ rule, ...of }) => [rule, of]),
    ),
    ...table(
      "WHO",
      stats.byPerson.map(({ by, ...of }) => [by, of]),
    ),
    ...table(
      "THROUGH",
      stats.byChannel.map(({ channel, ...of }) => [channel, of]),
    ),
    "",
    "QUESTIONS A DAY (UTC)",
    ...dayLines(days),
  ].join("\n");
}

function timeLines({ secondsToDecision: time }: Counted): string[] {
  if (time === undefined) return [];
  const { p50, p90 } = time;
  return [`Half were decided within ${spanText(p50)}, nine of ten within ${spanText(p90)}.`];
}

function lookLines({ looked, quick, neverUnfolded }: Counted): string[] {
  if (looked === 0) return [];
  const fast = `${share(quick, looked)} within two seconds of seeing it`;
  return [
    `Of ${looked} ${looked === 1 ? "approval" : "approvals"} whose look is recorded: ${fast},`,
    `${share(neverUnfolded, looked)} without unfolding anything.`,
  ];
}

function table(head: string, rows: readonly (readonly [string, Counted])[]): string[] {
  if (rows.length === 0) return [];
  return [
    "",
    [fitted(head, NAME_WIDTH), ...NAMES.map((name) => name.padStart(widthOf(name)))].join(""),
    ...rows.map(([name, of]) => {
      const { questions, questionsPerHundredCalls: rate = "" } = of;
      const { approved, edited, rejected, open, secondsToDecision } = of;
      const half = secondsToDecision === undefined ? "" : spanText(secondsToDecision.p50);
      const cells = [questions, rate, approved, edited, rejected, open, half];
      return [
        fitted(name, NAME_WIDTH),
        ...cells.map((cell, at) => String(cell).padStart(widthOf(NAMES[at]))),
      ]
        .join("")
        .trimEnd();
    }),
  ];
}

function widthOf(name = ""): number {
  return Math.max(7, name.length + 2);
}

/** From the first day on that had a question. */
function dayLines(days: StatsReport["days"]): string[] {
  const most = Math.max(1, ...days.map(({ questions }) => questions));
  const first = days.findIndex(({ questions }) => questions > 0);
  return days.slice(Math.max(0, first)).map(({ day, questions }) => {
    const bar = "#".repeat(Math.round((questions / most) * BAR_WIDTH));
    return `${day}  ${bar.padEnd(BAR_WIDTH)} ${questions}`;
  });
}

function share(part: number, of: number): string {
  return `${Math.round((part / of) * 100)} %`;
}
