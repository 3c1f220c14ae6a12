import type { Clock } from "../lib/clock.ts";
import { errorMessage } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Changes } from "./changes.ts";
import type { PendingApproval, RunStore } from "./run-store.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const WARNING_MS = 60_000;

export interface DeadlineOptions {
  store: RunStore;
  changes: Changes;
  clock: Clock;
  log: Log;
  /** Ends what is due in a run, as its own outcome. */
  expire(runId: RunId): Promise<void>;
  /** An approval has a minute, or a tenth of its time, left. */
  warn(approvalId: ApprovalId, runId: RunId): void;
}

/** Ends approvals when their time is up, whichever process asked for them. */
export interface Deadlines {
  /** Looks at what is due now, and from now on whenever something is. */
  watch(): void;
  close(): void;
}

export function createDeadlines(options: DeadlineOptions): Deadlines {
  const { store, changes, clock, log } = options;
  const warned = new Set<ApprovalId>();
  let timer: NodeJS.Timeout | undefined;
  let unlisten: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let isClosed = false;

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    for (let next = await store.nextExpiry(); next !== undefined; next = await store.nextExpiry()) {
      const leftMs = Date.parse(next.expiresAt ?? "") - clock.now();
      if (leftMs > 0) {
        wait(next, leftMs);
        return;
      }
      warned.delete(next.approvalId);
      await options.expire(next.runId);
    }
  };

  const wait = (next: PendingApproval, leftMs: number): void => {
    const { approvalId, runId, createdAt, expiresAt } = next;
    const wholeMs = Date.parse(expiresAt ?? "") - Date.parse(createdAt);
    const leadMs = Math.min(WARNING_MS, wholeMs / 10);
    if (leftMs <= leadMs && !warned.has(approvalId)) {
      warned.add(approvalId);
      options.warn(approvalId, runId);
    }
    const untilMs = leftMs > leadMs ? leftMs - leadMs : leftMs;
    if (!isClosed) timer = setTimeout(start, Math.min(untilMs, LONGEST_TIMER_MS));
  };

  const start = (): void => {
    if (isClosed) return;
    looking ??= look()
      .catch((error: unknown) => log.warn(`cannot look at deadlines: ${errorMessage(error)}`))
      .finally(() => {
        looking = undefined;
      });
  };

  return {
    watch() {
      unlisten ??= changes.listen(start, "stored");
      start();
    },
    close() {
      isClosed = true;
      unlisten?.();
      clearTimeout(timer);
    },
  };
}
