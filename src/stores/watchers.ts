import type { RunId } from "../lib/ids.ts";

type Listener = (runId: RunId | undefined) => void;

/** Those who watch a store. */
export interface Watchers {
  add(listener: Listener): () => void;
  tell(runId: RunId | undefined): void;
  clear(): void;
}

/** @param follow called when the first one comes; its result when the last one goes */
export function createWatchers(follow?: () => () => void): Watchers {
  const listeners = new Set<Listener>();
  let unfollow: (() => void) | undefined;
  const stop = (): void => {
    unfollow?.();
    unfollow = undefined;
  };
  return {
    add(listener) {
      // Each call is its own, whatever function it is given.
      const own: Listener = (runId) => listener(runId);
      listeners.add(own);
      unfollow ??= follow?.();
      return () => {
        listeners.delete(own);
        if (listeners.size === 0) stop();
      };
    },
    tell(runId) {
      for (const listener of Array.from(listeners)) listener(runId);
    },
    clear() {
      listeners.clear();
      stop();
    },
  };
}
