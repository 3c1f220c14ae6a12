import type { RunId } from "../lib/ids.ts";

/** How long a call that was answered late may be repeated at once without it being plain why. */
export const CROSSING_MS = 2_000;
/** From then on a client may have given a call up without a word: most do after a minute. */
export const PATIENCE_MS = 30_000;
/** How long a rejection answers the same call again. */
export const REJECTION_MS = 600_000;

/** What became of a call, as far as a repetition of it needs to know. */
export type Outcome =
  /** It ran, or somebody said what came of it. */
  | "done"
  | "rejected"
  /** It was begun, nobody said what came of it, and a person did not let it run again. */
  | "unknown"
  /** Nobody decided in time. */
  | "expired"
  /** Rules or its own arguments kept it from running: nothing rests on it. */
  | "nothing";

/** A run that was begun for the same wish. */
export interface Earlier {
  readonly runId: RunId;
  readonly place: number;
  /** Whether somebody is still owed its outcome, or it has none. */
  readonly isCurrent: boolean;
  /** Absent while it is held, runs or is in doubt. */
  readonly settled: { readonly outcome: Outcome; readonly agoMs: number } | undefined;
  /** Whether it has not begun, and nobody decided: a person is asked, or is about to be. */
  readonly isHeld: boolean;
  /** Whether it was made again in another process, so shortly before that nobody knows which was first. */
  readonly isRetriedElsewhere: boolean;
  /** Whether a person is asked since it may be a repetition itself. */
  readonly mayRepeat: boolean;
  /** Whether a person wants to be asked again, after a rejection. */
  readonly asksAgain: boolean;
  /** What this connection has to do with it. */
  readonly here: Here;
}

/** A call as it stands on the connection that the repetition came over. */
export type Here =
  /** It is waited for by a call that its client has not given up. */
  | {
      readonly type: "waited_for";
      readonly sinceMs: number;
      /** Whether a repetition waits for it, or is told it again. */
      readonly isRetry?: boolean;
    }
  /** Its answer was written, after so long, and that long ago. */
  | { readonly type: "answered"; readonly stoodMs: number; readonly agoMs: number }
  /** Nothing, or a call that its client gave up, or that was answered with a ticket. */
  | { readonly type: "none" };

type MustAsk = "undelivered" | "crossed" | "unknown" | "open";

/** What is to become of a call whose wish has been met before, or not. */
export type Judged =
  | {
      readonly type: "begin";
      readonly place: number;
      /** Runs whose outcome is delivered, or told of on the card of this one. */
      readonly closes: readonly RunId[];
      /** Why it is asked about whatever rules say. */
      readonly mustAsk: MustAsk | undefined;
      /** The last one before it. */
      readonly before: RunId | undefined;
    }
  /** A retry: it waits for the same outcome. */
  | { readonly type: "attach"; readonly runId: RunId }
  /** A second wish that shares the request for a decision. */
  | { readonly type: "share"; readonly runId: RunId }
  /** What came of it is told, with the sentence that says so. */
  | { readonly type: "replay"; readonly runId: RunId }
  | { readonly type: "reject_again"; readonly runId: RunId };

/**
 * Retry or second wish? May ask once too often, and neither runs twice nor answers from memory
 * without saying so.
 *
 * @param earlier the current runs of the wish by their place, then the last of the others
 * @param options `asks`: whether rules ask about the call; `replayMs`: how long an outcome that
 * reached nobody is told again
 */
export function judgeRepetition(
  earlier: readonly Earlier[],
  { asks, replayMs }: { asks: boolean; replayMs: number },
): Judged {
  const current = earlier.filter(({ isCurrent }) => isCurrent);
  const open = current.filter(({ settled }) => settled === undefined);
  const retried = open.find(({ here }) => !isStoodOn(here));
  if (retried !== undefined) return { type: "attach", runId: retried.runId };

  const owed = current.filter(
    ({ settled, here }) => settled !== undefined && here.type !== "waited_for",
  );
  const closes: RunId[] = [];
  let mustAsk: MustAsk | undefined;
  for (const { runId, settled, here, asksAgain } of owed) {
    if (settled === undefined) continue;
    // The client goes on, so it has the answer; or it gave the call up just before that came.
    if (here.type === "answered") {
      if (isCrossed(here) && settled.outcome === "done") mustAsk = "crossed";
    } else if (settled.outcome !== "nothing" && !isTakenBack(settled, asksAgain)) {
      if (settled.agoMs <= replayMs) return { type: "replay", runId };
      if (settled.outcome === "done") {
        // Each asks by itself: the next like call may be a repetition of the next one.
        if (mustAsk === "undelivered") continue;
        mustAsk ??= "undelivered";
      }
    }
    closes.push(runId);
  }

  // Of two at once that may both be repetitions, one is told what came of the first, or waits for it.
  const retold = earlier.find(isBeingRetold);
  if (retold !== undefined) mustAsk ??= "undelivered";
  const standing = open.find(({ isHeld }) => isHeld);
  if (standing !== undefined && (asks || standing.mayRepeat) && mustAsk === undefined) {
    return { type: "share", runId: standing.runId };
  }
  const last = earlier.findLast(({ isCurrent, runId }) => !isCurrent || closes.includes(runId));
  // One that is being told at this moment answers a like call, too.
  const no = [last, ...current].find((each) => each !== undefined && isRejection(each));
  if (no !== undefined) return { type: "reject_again", runId: no.runId };
  // No rule knows whether this would be the second time.
  if (last?.settled?.outcome === "unknown") mustAsk ??= "unknown";
  if (last?.settled?.outcome === "done" && last.isRetriedElsewhere) mustAsk ??= "undelivered";
  const taken = new Set(current.flatMap((each) => (closes.includes(each.runId) ? [] : each.place)));
  const waited = open.find(({ here, mayRepeat }) => mayRepeat || isRetry(here));
  if (waited !== undefined) mustAsk ??= "open";
  const before = (mustAsk === "open" ? waited : (last ?? retold))?.runId;
  return { type: "begin", place: freePlace(taken), closes, mustAsk, before };
}

function isBeingRetold({ settled, here }: Earlier): boolean {
  return settled?.outcome === "done" && isRetry(here);
}

function isRetry(here: Here): boolean {
  return here.type === "waited_for" && here.isRetry === true;
}

function isStoodOn(here: Here): boolean {
  return here.type === "waited_for" && here.sinceMs < PATIENCE_MS;
}

function isCrossed({ stoodMs, agoMs }: { stoodMs: number; agoMs: number }): boolean {
  return stoodMs >= PATIENCE_MS && agoMs < CROSSING_MS;
}

function isRejection({ settled, asksAgain }: Earlier): boolean {
  return isNo(settled?.outcome) && !asksAgain && (settled?.agoMs ?? 0) <= REJECTION_MS;
}

/** A rejection that a person wants to be asked about again is told to nobody. */
function isTakenBack({ outcome }: { outcome: Outcome }, asksAgain: boolean): boolean {
  return isNo(outcome) && asksAgain;
}

/** A person refused to let it run, or to let it run again. */
function isNo(outcome: Outcome | undefined): boolean {
  return outcome === "rejected" || outcome === "unknown";
}

function freePlace(taken: ReadonlySet<number>): number {
  let place = 0;
  while (taken.has(place)) place += 1;
  return place;
}
