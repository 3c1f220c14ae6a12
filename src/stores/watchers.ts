import type { RunId } from "../lib/ids.ts";
import type { Told, WatchListener } from "../runs/run-store.ts";

/** Those who watch a store. */
export interface Watchers {
  add(listener: WatchListener): () => void;
  tell(runId: RunId | undefined, told?: Told): void;
  clear(): void;
}

/** @param follow called when the first one comes; its result when the last one goes */
export function createWatchers(follow?: () => () => void): Watchers {
  const listeners = new Set<WatchListener>();
  let unfollow: (() => void) | undefined;
  const stop = (): void => {
    unfollow?.();
    unfollow = undefined;
  };
  return {
    add(listener) {
      // Each call is its own, whatever function it is given.
      const own: WatchListener = (runId, told) => listener(runId, told);
      listeners.add(own);
      unfollow ??= follow?.();
      return () => {
        listeners.delete(own);
        if (listeners.size === 0) stop();
      };
    },
    tell(runId, told) {
      for (const listener of Array.from(listeners)) listener(runId, told);
    },
    clear() {
      listeners.clear();
      stop();
    },
  };
}
