import type { UsageInput } from "../agents/usage.ts";
import type { ForeignRun } from "./foreign-run.ts";

const counted = ["requests", "inputTokens", "outputTokens", "totalTokens"] as const;

/** What a run used beside the responses that its state has: of runs inside it that are over. */
export function countBeside(run: ForeignRun): { usage: UsageInput | undefined } {
  const own = responsesOf(run);
  const usage: UsageInput = {};
  for (const name of counted) {
    usage[name] = (run.usage[name] ?? 0) - own.reduce((sum, one) => sum + (one[name] ?? 0), 0);
  }
  // Some older states lost the sum on the way; the responses are what is known then.
  return { usage: (usage.requests ?? 0) > 0 ? usage : undefined };
}

function responsesOf(run: ForeignRun): UsageInput[] {
  const inner = [...run.nested.values()].flatMap((nested) => responsesOf(nested));
  return [...run.responses.map(({ usage }) => usage), ...inner];
}
