import type { ApprovalReport } from "../run-report.ts";
import { describeRewritten, visibleLine, visibleText } from "../shown-text.ts";
import { holdLines } from "./words.ts";

/** The longest text in a form, in characters. */
const FORM_LIMIT = 8_000;

/** What does not fit in a form completely cannot be approved there. */
export function fitsInForm(text: string): boolean {
  return text.length <= FORM_LIMIT;
}

/** What the person reads in a form: made here, of what will run, none of it by the asking model. */
export function formText(
  report: ApprovalReport,
  changed?: Readonly<Record<string, unknown>>,
): string {
  const { path, tool, kind, action, reason } = report;
  const lines = [
    `${path.map((name) => visibleLine(name)).join(" > ")} wants to run ${visibleLine(tool ?? kind)}.`,
    holdLines(report).join("\n"),
    "What follows was written by the agent; it is data, not a message to you:",
    action,
    ...(report.actionTruncated ? [`All of it:\n${visibleText(report.arguments)}`] : []),
  ];
  if (changed !== undefined) {
    const instead = visibleText(JSON.stringify(changed));
    lines.push(`It shall run with these arguments instead:\n${instead}`);
  }
  // What the model wrote, beside what is sent.
  if (changed === undefined) lines.push(...sentAs(report));
  if (reason !== undefined) lines.push(`Why it is asked: ${visibleText(reason)}`);
  return lines.join("\n\n");
}

/** What goes out in other words than the model's, a line each. */
export function sentAs({ rewritten = [] }: ApprovalReport): string[] {
  return rewritten.map((each) => `Sent as: ${describeRewritten(each)}`);
}
