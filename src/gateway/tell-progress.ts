import type { Progress } from "@modelcontextprotocol/sdk/types.js";

import type { Run } from "../engine/state.ts";
import type { CallerContext } from "./callers.ts";
import { standOf, type Stand } from "./outcome.ts";

const PROGRESS_MS = 10_000;

/** Tells a client how a call of it stands. */
export interface Teller {
  /** What the tool itself tells; absent where the client did not ask to be told. */
  readonly onProgress: ((progress: Progress) => void) | undefined;
  looked(run: Run): void;
  end(): void;
}

/**
 * Says every ten seconds what a call waits for. The numbers grow, and leave room for the tool's: once
 * it speaks for itself, or runs unasked as with any other client, nothing is said beside it.
 */
export function createTeller(
  {
    name,
    holdMs,
    isAsking,
  }: {
    name: string;
    holdMs: number;
    /** Whether the server of a running call asks a person something. */
    isAsking(run: Run): boolean;
  },
  { progress }: Pick<CallerContext, "progress">,
): Teller {
  if (progress === undefined) {
    return { onProgress: undefined, looked: () => undefined, end: () => undefined };
  }
  const since = performance.now();
  let stand: Stand = "begins";
  let last: Run | undefined;
  let wasAsked = false;
  let hasSpoken = false;
  const timer = setInterval(() => {
    const asks = stand === "runs" && last !== undefined && isAsking(last);
    if (hasSpoken || (stand === "runs" && !wasAsked && !asks)) return;
    const ms = performance.now() - since;
    const message = `${asks ? "its server asks a person" : says[stand]}: ${name} (${spanOf(ms)} of ${spanOf(holdMs)})`;
    progress({ progress: ms / 1e9, message });
  }, PROGRESS_MS);
  return {
    onProgress(told) {
      hasSpoken = true;
      progress(told);
    },
    looked(run) {
      last = run;
      stand = standOf(run);
      wasAsked ||= stand === "waits" || stand === "doubted";
    },
    end: () => clearInterval(timer),
  };
}

const says: Readonly<Record<Stand, string>> = {
  begins: "is about to begin",
  waits: "waits for a person",
  runs: "was approved, and runs",
  doubted: "waits for a person to say what came of it",
  over: "has come to an end",
};

function spanOf(ms: number): string {
  if (ms < 60_000) return `${Math.round(ms / 1_000)} seconds`;
  const minutes = Math.round(ms / 60_000);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
