import { LONGEST_TIMER_MS, type Clock } from "../lib/clock.ts";
import { errorMessage } from "../lib/errors.ts";
import type { ApprovalId, RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { createLooker } from "../lib/looker.ts";
import type { Changes } from "./changes.ts";
import type { RunStore, WatchListener } from "./run-store.ts";
import type { PendingApproval } from "../engine/journal-store.ts";

const WARNING_MS = 60_000;
/** How many due approvals are ended before others are looked for, and how long that may take. */
const CLAIM_LIMIT = 16;
const CLAIM_MS = 10_000;
/** How soon a store that failed is asked again. */
const RETRY_MS = 1_000;
/** Writes come in bursts; each burst is looked at once. */
const SETTLE_MS = 200;

export interface DeadlineOptions {
  store: Pick<RunStore, "claimDue" | "nextDue">;
  changes: Changes;
  clock: Clock;
  log: Log;
  /** Ends what is due in the run of an approval, as its own outcome. */
  expire(approval: PendingApproval): Promise<void>;
}

type OnExpiring = (approvalId: ApprovalId, runId: RunId) => void;

/** Ends approvals when their time is up, whichever process asked for them. */
export interface Deadlines {
  /** Looks at what is due now, and from now on whenever something is. */
  watch(): void;
  /** Told of approvals that have a minute, or a tenth of their time, left; until the result is called. */
  onExpiring(listener: OnExpiring): () => void;
  close(): void;
}

export function createDeadlines(options: DeadlineOptions): Deadlines {
  const { store, changes, clock, log } = options;
  const warned = new Set<ApprovalId>();
  const listeners = new Set<OnExpiring>();
  let unlisten: (() => void) | undefined;
  let isClosed = false;

  const look = async (): Promise<void> => {
    alarm.stop();
    for (let ended = 1; ended > 0;) ended = isClosed ? 0 : await endDue(options, warned);
    const next = isClosed ? undefined : await store.nextDue();
    if (next !== undefined && !isClosed) wait(next);
  };

  const wait = ({ inMs, approval }: { inMs: number; approval: PendingApproval }): void => {
    const { approvalId, runId } = approval;
    const { end, leadMs } = timesOf(approval);
    // One that is over already is being ended by another process.
    if (inMs <= leadMs && !warned.has(approvalId) && clock.now() < end) {
      warned.add(approvalId);
      for (const listener of listeners) listener(approvalId, runId);
    }
    alarm.setIn(inMs > leadMs ? inMs - leadMs : inMs);
  };

  const { look: start } = createLooker(async () => {
    try {
      if (!isClosed) await look();
    } catch (error) {
      log.warn(`cannot look at deadlines: ${errorMessage(error)}`);
      if (!isClosed) alarm.setIn(RETRY_MS);
    }
  });

  const alarm = createAlarm(start);
  // What the store tells need not be asked for.
  const hear: WatchListener = (_, told) => {
    if (told === undefined) alarm.setIn(SETTLE_MS);
    else if (told.dueInMs !== undefined) alarm.setIn(told.dueInMs - leadOf(told.dueInMs));
  };

  return {
    watch() {
      unlisten ??= changes.listen(hear);
      start();
    },
    onExpiring(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      isClosed = true;
      unlisten?.();
      alarm.stop();
    },
  };
}

/**
 * A timer that is only moved to an earlier time: whoever looks then stops it, and finds out what is
 * next.
 */
function createAlarm(ring: () => void): { setIn(waitMs: number): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  let wantedAt = 0;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    stop,
    setIn(waitMs) {
      const at = performance.now() + Math.max(1, Math.min(waitMs, LONGEST_TIMER_MS));
      if (timer !== undefined && wantedAt <= at) return;
      stop();
      wantedAt = at;
      timer = setTimeout(ring, at - performance.now());
    },
  };
}

/** When an approval ends, and how long before that is said. */
function timesOf({ createdAt, expiresAt }: PendingApproval): { end: number; leadMs: number } {
  const end = Date.parse(expiresAt ?? "");
  return { end, leadMs: leadOf(end - Date.parse(createdAt)) };
}

function leadOf(wholeMs: number): number {
  return Math.min(WARNING_MS, wholeMs / 10);
}

/** @returns how many were due */
async function endDue(
  { store, log, expire }: DeadlineOptions,
  warned: Set<ApprovalId>,
): Promise<number> {
  const due = await store.claimDue({ limit: CLAIM_LIMIT, leaseMs: CLAIM_MS });
  for (const approval of due) {
    warned.delete(approval.approvalId);
    try {
      await expire(approval);
    } catch (error) {
      // It is given out again, here or elsewhere; the others are not to wait for it.
      log.warn(`run ${approval.runId}: cannot end what is due: ${errorMessage(error)}`);
    }
  }
  return due.length;
}
