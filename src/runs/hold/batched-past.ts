import type { RunStore } from "../run-store.ts";
import type { PastCount } from "../../engine/past-call.ts";

type Past = Pick<RunStore, "pastOf">;

interface Batch {
  features: Set<string>;
  found: Promise<Map<string, PastCount>>;
}

/**
 * The same look-ups, those of one tool that are asked for at once in one: a list of a thousand calls
 * that wait asks the store as often as there are tools.
 */
export function batchedPast(store: Past): Past {
  const batches = new Map<string, Batch>();
  return {
    async pastOf(tool, features) {
      const batch = batches.get(tool) ?? openBatch(tool);
      for (const feature of features) batch.features.add(feature);
      const found = await batch.found;
      return new Map(
        features.flatMap((feature): [string, PastCount][] => {
          const count = found.get(feature);
          return count === undefined ? [] : [[feature, count]];
        }),
      );
    },
  };

  function openBatch(tool: string): Batch {
    const features = new Set<string>();
    // What is asked for until then comes with it.
    const later = new Promise<void>((resolve) => setImmediate(resolve));
    const found = later.then(async () => {
      batches.delete(tool);
      return store.pastOf(tool, [...features]);
    });
    const batch = { features, found };
    batches.set(tool, batch);
    return batch;
  }
}
