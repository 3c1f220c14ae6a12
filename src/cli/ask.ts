import { LONGEST_TIMER_MS } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import { decideCommand, resumeCommand } from "../runs/advice.ts";
import type { RunService } from "../runs/run-service.ts";
import type { ApprovalReport, RunReport } from "../runs/run-report.ts";
import { visibleText } from "../runs/shown-text.ts";
import { askDecision, type Said } from "./ask-decision.ts";
import { terminalUser } from "./person.ts";
import { askFact, decideAs, show, tooWeak } from "./decide-here.ts";
import type { WasShown } from "./stream-text.ts";
import type { CommandContext, Terminal } from "./terminal.ts";

/** How a run that was followed ended, as an exit code: 0 done, 1 failed, 2 it still waits. */
export type FollowResult = 0 | 1 | 2;

export interface FollowOptions {
  /** Whether an output was shown already, as it came. */
  wasShown?: WasShown;
}

/** Follows a run on the terminal, asking at every pause, until it is over or nobody answers. */
export async function followRun(
  service: RunService,
  runId: RunId,
  context: CommandContext,
  { wasShown }: FollowOptions = {},
): Promise<FollowResult> {
  const { terminal } = context;
  // Also with what is decided elsewhere while somebody here is asked.
  service.recover(runId);
  const skipped = new Set<string>();
  for (;;) {
    const report = await service.wait(runId, { timeoutMs: LONGEST_TIMER_MS });
    if (report.status === "completed" && wasShown?.(report.output ?? "") === true) return 0;
    if (report.status !== "awaiting_approval") return tellEnd(service, report, terminal);
    const open = report.approvals.filter(({ approvalId }) => !skipped.has(approvalId));
    if (open.length === 0) return tellWaiting(service, report, terminal);
    for (const approval of open) {
      const came = await askAbout(service, approval, context);
      if (came === undefined) return tellWaiting(service, report, terminal);
      if (came === "skipped") skipped.add(approval.approvalId);
    }
  }
}

/** Shows one approval and records the answer; `undefined` when there was none. */
async function askAbout(
  service: RunService,
  { approvalId }: Pick<ApprovalReport, "approvalId">,
  context: CommandContext,
): Promise<"decided" | "skipped" | undefined> {
  const { terminal } = context;
  // With what else waits that a yes for more is about.
  const approval = await service.approval(approvalId);
  terminal.print("");
  await service.noteShown(approval.approvalId, { by: terminalUser(), channel: "terminal" });
  show(approval, terminal);
  const verdict = await (terminal.isInteractive
    ? askDecision(service, context, approval)
    : askLine(terminal, approval));
  if (verdict === undefined) return undefined;
  if (verdict === "skip") return "skipped";
  try {
    const { outcome, why } = await decideAs(service, context, { approval, verdict });
    if (outcome.type !== "needs_stronger_approval") return "decided";
    terminal.error(`This call ${tooWeak(outcome.needed, why)}.`);
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldpointError) || !goesOn.has(error.code)) throw error;
    terminal.error(error.message);
    // What does not fit is asked again; where somebody else was quicker, what they said counts.
    return "decided";
  }
}

const goesOn: ReadonlySet<string> = new Set([
  "already_decided",
  "arguments_invalid",
  "invalid_input",
]);

/** Where no keys are pressed. */
async function askLine(terminal: Terminal, approval: ApprovalReport): Promise<Said> {
  const yes = await terminal.confirm("Let it run?");
  if (yes === undefined) return undefined;
  if (yes) {
    return { decision: "approved", ...(await askFact(terminal, { approval, changed: undefined })) };
  }
  const message = await terminal.ask("Why not? (Enter for no reason): ");
  return { decision: "rejected", ...(message ? { message } : {}) };
}

function tellEnd(service: RunService, report: RunReport, terminal: Terminal): FollowResult {
  if (report.status === "completed") {
    terminal.print(`\n${visibleText(report.output ?? "")}`);
    return 0;
  }
  if (report.status === "cancelled") {
    terminal.error(`Run ${report.runId} was cancelled.`);
    return 1;
  }
  const { code = "unknown", message = "", resumable = false } = report.error ?? {};
  terminal.error(`Run ${report.runId} failed (${code}): ${visibleText(message)}`);
  const command = resumeCommand(report, service.location);
  if (resumable && command !== undefined)
    terminal.error(terminal.typed(`Go on with it: ${command}`));
  return 1;
}

function tellWaiting(service: RunService, report: RunReport, terminal: Terminal): FollowResult {
  const { location } = service;
  terminal.error(`\nRun ${report.runId} waits. Decide later:`);
  for (const { approvalId } of report.approvals) {
    terminal.error(terminal.typed(`  ${decideCommand("approve", approvalId, location)}`));
    terminal.error(terminal.typed(`  ${decideCommand("reject", approvalId, location)}`));
  }
  const command = resumeCommand(report, location);
  if (command !== undefined) terminal.error(terminal.typed(`and let it go on: ${command}`));
  return 2;
}
