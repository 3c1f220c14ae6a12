import type { RunId } from "../lib/ids.ts";
import type { ChangeNews, WatchListener } from "../runs/run-store.ts";

/** Those who watch a store. */
export interface Watchers {
  add(listener: WatchListener): () => void;
  tell(runId: RunId | undefined, told?: ChangeNews): void;
  clear(): void;
}

/** @param follow called when the first one comes; its result when the last one goes */
export function createWatchers(follow?: () => () => void): Watchers {
  // Each call of `add` is its own, whatever function it is given.
  const added = new Set<{ readonly listener: WatchListener }>();
  let unfollow: (() => void) | undefined;
  const stop = (): void => {
    unfollow?.();
    unfollow = undefined;
  };
  return {
    add(listener) {
      const own = { listener };
      added.add(own);
      unfollow ??= follow?.();
      return () => {
        added.delete(own);
        if (added.size === 0) stop();
      };
    },
    tell(runId, told) {
      for (const { listener } of Array.from(added)) listener(runId, told);
    },
    clear() {
      added.clear();
      stop();
    },
  };
}
