import { errorMessage } from "../lib/errors.ts";
import type { ApprovalId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { createLooker } from "../lib/looker.ts";
import type { RunService } from "../runs/run-service.ts";
import type { ApprovalReport } from "../runs/run-report.ts";
import { childProcess } from "./child-process.ts";

const SHOWN = 1_000;

type Occasion = "requested" | "expiring" | "decided" | "late";

/** How many settled doubts are watched for late news, the newest ones. */
const WATCHED = 100;

/**
 * Runs a command of the operator's whenever an approval appears, is about to expire, or no longer
 * waits, and when a call whose outcome was stated turns out to have been done: the approval as JSON
 * on its standard input, what happened to it as `event`.
 *
 * @returns what ends that
 */
export function startNotices(service: RunService, command: string, log: Log): () => void {
  let known: Map<ApprovalId, ApprovalReport> | undefined;
  /** Doubts that somebody settled: what the body came to may be told late. */
  const settled = new Set<ApprovalId>();

  const tell = (event: Occasion, approval: ApprovalReport): void => {
    const child = childProcess().spawn(command, {
      shell: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    child.on("error", (error) => log.warn(`--notify: ${errorMessage(error)}`));
    child.on("exit", (code) => {
      if (code !== 0) log.warn(`--notify: the command ended with ${code ?? "a signal"}`);
    });
    // A command that does not read its input is no reason to stop.
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${JSON.stringify({ event, ...approval })}\n`);
  };

  const look = async (): Promise<void> => {
    const { approvals } = await service.pending({ limit: SHOWN });
    const now = new Map(approvals.map((approval) => [approval.approvalId, approval]));
    const before = known ?? now;
    known = now;
    for (const [id, approval] of now) if (!before.has(id)) tell("requested", approval);
    for (const [id, approval] of before) {
      if (now.has(id)) continue;
      tell("decided", approval);
      if (approval.kind === "outcome_unknown") settled.add(id);
    }
    await lookForLateNews();
  };

  const lookForLateNews = async (): Promise<void> => {
    for (const id of [...settled].slice(0, -WATCHED)) settled.delete(id);
    for (const id of settled) {
      const approval = await service.approval(id);
      if (approval.late === undefined) continue;
      settled.delete(id);
      tell("late", approval);
      log.warn(`call ${approval.callId ?? ""} of run ${approval.runId} ${approval.late}`);
    }
  };

  const { look: start } = createLooker(() =>
    look().catch((error: unknown) => log.warn(`--notify: ${errorMessage(error)}`)),
  );

  start();
  const ends = [
    service.onChange(start),
    service.onExpiring((approvalId) => {
      const approval = known?.get(approvalId);
      if (approval !== undefined) tell("expiring", approval);
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}
