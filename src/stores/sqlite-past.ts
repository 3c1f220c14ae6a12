import type { AppendBatch, PastCount } from "../runs/run-store.ts";
import type { Prepare } from "../sqlite/connection.ts";
import { parseFirst, parseNumber, parseText } from "../lib/rows.ts";
import { parsePast } from "./rows.ts";
import { statements } from "./sqlite-statements.ts";

/** Counts the calls that ran, in the transaction that keeps their entries. */
export function countPast(prepare: Prepare, { past = [] }: AppendBatch): void {
  for (const { tool, at, features } of past) {
    for (const { key, of, number } of features) {
      const row = prepare(statements.countPast).get({
        $tool: tool,
        $feature: key,
        $at: at,
        $number: number ?? null,
      });
      const count = parseFirst(row, (each) => parseNumber(each, "count"));
      if (count === 1 && of !== undefined) prepare(statements.countKind).run(tool, of);
    }
  }
}

export function pastOf(
  prepare: Prepare,
  { tool, features }: { tool: string; features: readonly string[] },
): Map<string, PastCount> {
  const rows = prepare(statements.past).all(tool, JSON.stringify(features));
  return new Map(rows.map((row) => [parseText(row, "feature"), parsePast(row)]));
}
