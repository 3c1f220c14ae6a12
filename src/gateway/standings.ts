import type { RunId } from "../lib/ids.ts";
import type { Here } from "./ledger.ts";

/** A call of this connection whose outcome its client has not got yet, as far as is known. */
export interface Standing {
  readonly runId: RunId;
  readonly requestId: string | number;
  /** By `performance.now()`. */
  readonly since: number;
  /** Whether it is a repetition: it waits for what another call began, or is told that again. */
  readonly isRetry: boolean;
  /** `given`: its answer has the outcome, and is on its way to the wire. */
  state: "waits" | "given" | "written";
  writtenAt: number;
  /** Whether that is being recorded, or is. */
  record: "none" | "begun" | "made";
}

/** The calls of one connection. */
export interface Standings {
  /** @param call `since`: when it came, by `performance.now()`; default now */
  add(
    runId: RunId,
    requestId: string | number,
    call?: { since?: number; isRetry?: boolean },
  ): Standing;
  /** Its client gave it up, or was given a ticket. */
  remove(standing: Standing): void;
  /** Its client has read its outcome, which is to be recorded. */
  read(standing: Standing): void;
  /** That is recorded. */
  recorded(standing: Standing): void;
  has(standing: Standing): boolean;
  /** Its answer has the outcome. @returns whether another one's, not removed since, has it too */
  give(standing: Standing): boolean;
  /** Whether an answer has the outcome of a run, and nobody gave it up. */
  isTold(runId: RunId): boolean;
  /** @param cameAt when the call came that is held against it, by `performance.now()` */
  here(runId: RunId, cameAt: number): Here;
  /** The answer to a request is on the wire: what it told the outcome of. */
  written(requestId: string | number): Standing[];
  /** Its client gave it up, perhaps after the answer was written. */
  cancelled(requestId: string | number): void;
  /** Calls whose answer was written that long ago, and of which that is not recorded. */
  unconfirmed(olderThanMs: number): Standing[];
}

/** So long a call may take until it is held against the ledger: its server is waited for. */
const FORGET_MS = 120_000;

export function createStandings(now: () => number = () => performance.now()): Standings {
  const all = new Set<Standing>();
  const byRequest = (requestId: string | number): Standing[] =>
    [...all].filter((each) => each.requestId === requestId);
  const isTold = (runId: RunId): boolean =>
    [...all].some((each) => each.runId === runId && each.state !== "waits");
  return {
    add(runId, requestId, { since = now(), isRetry = false } = {}) {
      const of = { runId, requestId, since, isRetry };
      const standing: Standing = { ...of, state: "waits", writtenAt: 0, record: "none" };
      all.add(standing);
      return standing;
    },
    has: (standing) => all.has(standing),
    remove: (standing) => void all.delete(standing),
    read(standing) {
      standing.record = "begun";
    },
    recorded(standing) {
      standing.record = "made";
      for (const each of all) if (isForgotten(each, now())) all.delete(each);
    },
    give(standing) {
      const wasTold = isTold(standing.runId);
      standing.state = "given";
      return wasTold;
    },
    isTold,
    here(runId, cameAt) {
      const ofRun = [...all].filter((each) => each.runId === runId);
      return hereOf(ofRun, { cameAt, now: now() });
    },
    written(requestId) {
      const told = byRequest(requestId);
      for (const standing of told) Object.assign(standing, { state: "written", writtenAt: now() });
      return told;
    },
    cancelled(requestId) {
      for (const standing of byRequest(requestId)) all.delete(standing);
    },
    unconfirmed: (olderThanMs) =>
      [...all].filter(
        ({ state, writtenAt, record }) =>
          state === "written" && record === "none" && now() - writtenAt >= olderThanMs,
      ),
  };
}

/** What came before it was written may be held against the ledger later. */
function isForgotten({ record, isRetry, writtenAt }: Standing, now: number): boolean {
  return record === "made" && !(isRetry && now - writtenAt < FORGET_MS);
}

function hereOf(
  ofRun: readonly Standing[],
  { cameAt, now }: { cameAt: number; now: number },
): Here {
  // What came before a repetition was answered did not come because of that.
  const waiting = ofRun.filter(
    ({ state, isRetry, writtenAt }) => state !== "written" || (isRetry && writtenAt > cameAt),
  );
  if (waiting.length > 0) {
    return {
      type: "waited_for",
      sinceMs: now - Math.max(...waiting.map(sinceOf)),
      isRetry: waiting.some(({ isRetry }) => isRetry),
    };
  }
  const last = ofRun.findLast(({ record }) => record !== "made");
  if (last === undefined) return { type: "none" };
  const { since, writtenAt } = last;
  return { type: "answered", stoodMs: writtenAt - since, agoMs: now - writtenAt };
}

function sinceOf({ since }: Standing): number {
  return since;
}
