import type { AppendBatch } from "../engine/journal-store.ts";
import type { PastCount, PastFeature } from "../engine/past-call.ts";
import type { Shelf } from "./memory-shelf.ts";

/** Counts the calls that ran. */
export function countPast({ past: shelf }: Shelf, { past = [] }: AppendBatch): void {
  for (const { tool, at, features } of past) {
    const counts = shelf.get(tool) ?? new Map<string, PastCount>();
    shelf.set(tool, counts);
    for (const feature of features) {
      const before = counts.get(feature.key);
      counts.set(feature.key, counted(before, feature, at));
      const kindOf = feature.of === undefined ? undefined : counts.get(feature.of);
      if (before === undefined && kindOf !== undefined) kindOf.kinds += 1;
    }
  }
}

function counted(before: PastCount | undefined, { number }: PastFeature, at: string): PastCount {
  const { count = 0, kinds = 0, lastAt = at, low = number, high = number } = before ?? {};
  const latest = lastAt > at ? lastAt : at;
  if (low === undefined || high === undefined) return { count: count + 1, kinds, lastAt: latest };
  const range = { low: Math.min(low, number ?? low), high: Math.max(high, number ?? high) };
  return { count: count + 1, kinds, lastAt: latest, ...range };
}

export function pastOf(
  { past }: Shelf,
  { tool, features }: { tool: string; features: readonly string[] },
): Map<string, PastCount> {
  const counts = past.get(tool);
  const found = features.flatMap((feature): [string, PastCount][] => {
    const count = counts?.get(feature);
    return count === undefined ? [] : [[feature, { ...count }]];
  });
  return new Map(found);
}
