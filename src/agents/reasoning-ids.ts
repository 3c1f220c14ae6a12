import type { AgentInputItem } from "./items.ts";

/**
 * Items without the ids of the reasoning that a run made: they mean something to the provider that
 * gave them only. What the run was given keeps them.
 */
export function withoutReasoningIds<T extends AgentInputItem>(
  items: readonly T[],
  given: readonly AgentInputItem[] = [],
): T[] {
  const kept = new Set<AgentInputItem>(given);
  return items.map((item) => {
    if (item.type !== "reasoning" || kept.has(item)) return item;
    const { id: _id, ...rest } = item;
    return rest as T;
  });
}
