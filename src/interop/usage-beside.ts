import type { UsageInput } from "../agents/usage.ts";
import { runsOf, type ForeignRun } from "./foreign-run.ts";

const counted = ["requests", "inputTokens", "outputTokens", "totalTokens"] as const;

/** What a run used beside the responses that its state has: of runs inside it that are over. */
export function countBeside(run: ForeignRun): { usage: UsageInput | undefined } {
  const own = runsOf(run).flatMap(({ responses }) => responses);
  const usage: UsageInput = {};
  for (const name of counted) {
    usage[name] =
      (run.usage[name] ?? 0) - own.reduce((sum, one) => sum + (one.usage[name] ?? 0), 0);
  }
  // Some older states lost the sum on the way; the responses are what is known then.
  return { usage: (usage.requests ?? 0) > 0 ? usage : undefined };
}
