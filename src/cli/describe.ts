import type { StoredEntry } from "../engine/chain.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import type { RunSummary } from "../runs/run-store.ts";
import { describeRewritten, visibleLine, visibleText } from "../runs/shown-text.ts";

/** A pending approval for a person to decide on: everything, and nothing hidden. */
export function describeApproval(approval: ApprovalReport): string {
  const { approvalId, runId, path, tool, kind, reason, createdAt, expiresAt } = approval;
  const lines = [
    approvalId,
    `  run:       ${runId}`,
    `  asked by:  ${path.map((name) => visibleLine(name)).join(" > ")}, ${createdAt}`,
    `  tool:      ${visibleLine(tool ?? kind)}`,
    // Nothing stands hidden behind a text that is longer than the screen.
    ...(approval.actionTruncated ? [`  in short:  ${approval.action}`] : []),
    `  arguments: ${indent(visibleText(prettyJson(approval.arguments)))}`,
  ];
  for (const each of approval.rewritten ?? []) {
    lines.push(`  sent as:   ${describeRewritten(each)}`);
  }
  if (reason !== undefined) lines.push(`  reason:    ${indent(visibleText(reason))}`);
  if (expiresAt !== undefined) lines.push(`  expires:   ${expiresAt}`);
  return lines.join("\n");
}

/** What a decision for all calls of a tool is about besides, each as it would be shown by itself. */
export function describeAlsoWaiting(
  { alsoWaiting = [] }: ApprovalReport,
  decision: "approved" | "rejected",
): string {
  const count = alsoWaiting.length;
  if (count === 0) return "--always: no other call waits now that it is about as well.";
  const calls = count === 1 ? "1 other call that waits" : `${count} other calls that wait`;
  const does = decision === "approved" ? "lets run" : "refuses";
  const head = `--always also ${does} ${calls}, and later ones of this tool in this run:`;
  return [head, ...alsoWaiting.map((each) => describeApproval(each))].join("\n");
}

function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n             ");
}

export function describeSummary({
  runId,
  status,
  agent,
  createdAt,
  updatedAt,
}: RunSummary): string {
  return `${runId}  ${status.padEnd(17)}  ${visibleLine(agent)}  started ${createdAt}, last entry ${updatedAt}`;
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
