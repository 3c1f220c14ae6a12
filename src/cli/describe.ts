import { paintHold, type Paint } from "./colour.ts";
import type { StoredEntry } from "../engine/chain.ts";
import { runStatuses, type GivenDecision } from "../engine/vocabulary.ts";
import { ageText } from "../lib/spans.ts";
import { columnsOf, wrapText } from "../lib/wrap-text.ts";
import { holdLines } from "../runs/hold/words.ts";
import type { GrantOffer } from "../runs/grants/give.ts";
import type { GrantRequest } from "../runs/grants/grant.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunSummary } from "../engine/journal-store.ts";
import { describeRewritten, visibleLine, visibleText } from "../runs/shown-text.ts";

const plain: Paint = (text) => text;

/** A terminal has that many columns at least. */
const COLUMNS = 80;

/** A pending approval for a person to decide on: everything, and nothing hidden. */
export function describeApproval(
  approval: ApprovalReport,
  paint: Paint = plain,
  now = Date.now(),
): string {
  const { approvalId, runId, path, tool, kind, reason, createdAt, expiresAt } = approval;
  const waits = ageText((now - Date.parse(createdAt)) / 1_000);
  const since = waits === "now" ? createdAt : `${waits} ago, ${createdAt}`;
  const rows: [string, string | undefined][] = [
    ["run", runId],
    ["asked by", `${path.map((name) => visibleLine(name)).join(" > ")}, ${since}`],
    ["tool", visibleLine(tool ?? kind)],
    // Nothing stands hidden behind a text that is longer than the screen.
    ["in short", approval.actionTruncated ? approval.action : undefined],
    ["arguments", visibleText(prettyJson(approval.arguments))],
    ...(approval.rewritten ?? []).map((each): [string, string] => [
      "sent as",
      describeRewritten(each),
    ]),
    ["reason", reason === undefined ? undefined : visibleText(reason)],
    ["expires", expiresAt],
  ];
  return [
    approvalId,
    ...paintHold(
      holdLines(approval).map((line) => `  ${line}`),
      paint,
    ),
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : rowLines(name, text))),
  ].join("\n");
}

/** A named text, each line of it within the columns of a terminal. */
export function rowLines(name: string, text: string): string[] {
  const [lead, indent] = [`  ${(name === "" ? "" : `${name}:`).padEnd(11)}`, " ".repeat(13)];
  return text.split("\n").flatMap((line, at) => {
    const depth = /^ */.exec(line)?.[0].length ?? 0;
    const rest = { width: COLUMNS, indent: " ".repeat(Math.min(indent.length + depth + 2, 40)) };
    return wrapText(line, { ...rest, lead: at === 0 ? lead : indent });
  });
}

const RISK = 6;
const AGE = 6;
const ID = 26;
const STATUS = Math.max(...runStatuses.map(({ length }) => length));
/** Less of what it is about says nothing. */
const LEAST = 16;

/** How a table is laid out. */
export interface TableLayout {
  now?: number;
  paint?: Paint;
  /** What is longer is cut there, and ends in an ellipsis; nothing is cut where it is absent. */
  width?: number | undefined;
}

/** Pending approvals as a table, a line each. */
export function approvalTable(
  approvals: readonly ApprovalReport[],
  { now = Date.now(), paint = plain, width }: TableLayout = {},
): string {
  const headlines = approvals.map(({ presentation }) => presentation.headline);
  const what = fits(headlines, { width, first: RISK });
  const rows = approvals.map(({ approvalId, presentation, createdAt }) => {
    const { tier, headline } = presentation;
    const risk = tier.padEnd(RISK);
    return [
      tier === "high" ? paint(risk, "red") : risk,
      what(headline),
      ageText((now - Date.parse(createdAt)) / 1_000).padStart(AGE),
      approvalId,
    ].join(" ");
  });
  const head = ["RISK".padEnd(RISK), what("WHAT WILL HAPPEN"), "SINCE".padStart(AGE), "APPROVAL"];
  return [head.join(" "), ...rows].join("\n");
}

/** A run as it is listed: with what it was started for, where that can be read. */
export type ListedRun = RunSummary & { title?: string | undefined };

/** Runs as a table, a line each. */
export function runTable(
  runs: readonly ListedRun[],
  { now = Date.now(), width }: Omit<TableLayout, "paint"> = {},
): string {
  const titleOf = ({ title = "", agent }: ListedRun) => (title === "" ? visibleLine(agent) : title);
  const what = fits(runs.map(titleOf), { width, first: STATUS });
  const rows = runs.map((run) =>
    [
      run.status.padEnd(STATUS),
      what(titleOf(run)),
      ageText((now - Date.parse(run.updatedAt)) / 1_000).padStart(AGE),
      run.runId,
    ].join(" "),
  );
  const head = ["STATUS".padEnd(STATUS), what("STARTED FOR"), "LAST".padStart(AGE), "RUN"];
  return [head.join(" "), ...rows].join("\n");
}

/**
 * Of texts that have what is left of a line beside a first column, an age and an id, the one as it is
 * shown; without a width they have as much as the longest.
 */
function fits(
  texts: readonly string[],
  { width, first }: { width: number | undefined; first: number },
): (text: string) => string {
  const left =
    width === undefined
      ? Math.max(0, ...texts.map((text) => columnsOf(text)))
      : width - first - AGE - ID - 3;
  return (text) => fitted(text, Math.max(LEAST, left));
}

/** Within so many columns, filled up to them. */
export function fitted(text: string, width: number): string {
  let shown = text;
  if (columnsOf(text) > width) {
    shown = "";
    for (const character of text) {
      if (columnsOf(shown + character) > width - 1) break;
      shown += character;
    }
    shown += "…";
  }
  return shown + " ".repeat(width - columnsOf(shown));
}

/** What a decision for all calls of a tool is about besides, each as it would be shown by itself. */
export function describeAlsoWaiting(
  { alsoWaiting = [] }: ApprovalReport,
  decision: GivenDecision,
): string {
  const count = alsoWaiting.length;
  if (count === 0) return "--always: no other call waits now that it is about as well.";
  const calls = count === 1 ? "1 other call that waits" : `${count} other calls that wait`;
  const does = decision === "approved" ? "lets run" : "refuses";
  const head = `--always also ${does} ${calls}, and later ones of this tool in this run:`;
  return [head, ...alsoWaiting.map((each) => describeApproval(each))].join("\n");
}

/** What a yes for later calls would let run. */
export function describeOffer(
  offer: GrantOffer | undefined,
  { seconds, uses }: GrantRequest,
): string {
  if (offer === undefined) return "Calls like this one are each decided by themselves.";
  const { covers, releases } = offer;
  const until = new Date(Date.now() + seconds * 1_000).toISOString().slice(0, 16).replace("T", " ");
  const most = uses === undefined ? "" : `, ${uses} at most`;
  const now =
    releases.length === 0
      ? "No call waits now that it lets run as well."
      : `It also lets run ${releases.length} that wait now:`;
  return [
    `Later calls of this tool by this agent also run, until ${until} UTC${most}:`,
    ...covers.flatMap((line) => rowLines("", line)),
    now,
    ...releases.map((each) => describeApproval(each)),
  ].join("\n");
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** A run on one line, whole. */
export function describeSummary({
  runId,
  status,
  agent,
  createdAt,
  updatedAt,
  title = "",
}: ListedRun): string {
  const what = title === "" ? "" : `  ${title}`;
  return `${runId}  ${status.padEnd(STATUS)}  ${visibleLine(agent)}  started ${createdAt}, last entry ${updatedAt}${what}`;
}

/** One entry of a journal on one line, or few: number, time, type, and what it says. */
export function describeEntry({ entry }: StoredEntry): string {
  const { seq, at, type, prev: _prev, path, ...rest } = entry;
  const where = path === undefined ? "" : ` [${path.join("/")}]`;
  const facts = Object.entries(rest)
    .filter(([key]) => key !== "format")
    .map(([key, value]) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      return `${key}=${visibleLine(text)}`;
    });
  return `${String(seq).padStart(4)}  ${at}  ${type}${where}  ${facts.join("  ")}`;
}
