import { LONGEST_TIMER_MS } from "../lib/clock.ts";
import { HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { RunStore, ChangeNews, WatchListener } from "./run-store.ts";

/** Tells when something in a store may have changed, by this process or another one. */
export interface Changes {
  /**
   * Calls back until the result is called, with the run, or without one where it may be any. The
   * store is watched only while somebody listens.
   *
   * @param only hears of this one, and of what may be any
   */
  listen(listener: WatchListener, only?: RunId): () => void;
  /** Has all who listen look again: for what the store itself cannot tell. */
  tellAll(): void;
  /** Hears of one run only, from now on. */
  follow(runId: RunId): Following;
  close(): void;
}

export interface Following {
  /**
   * Resolves when the run may have changed since the last call, or since it is followed; at the
   * latest after `timeoutMs`, or when `signal` aborts.
   *
   * @throws HoldpointError `store_unavailable` after `close`: nobody tells any more
   */
  next(options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
  end(): void;
}

export function createChanges(store: Pick<RunStore, "watch">): Changes {
  const listeners = new Set<WatchListener>();
  /** Those who hear of one run: a change of it costs them, however many runs there are. */
  const followers = new Map<RunId, Set<WatchListener>>();
  let unwatch: (() => void) | undefined;
  let isClosed = false;

  const tell = (runId: RunId | undefined, told?: ChangeNews): void => {
    for (const listener of Array.from(listeners)) listener(runId, told);
    const followed = runId === undefined ? Array.from(followers.keys()) : [runId];
    for (const id of followed) for (const hear of Array.from(followers.get(id) ?? [])) hear(runId);
  };
  const enter = (): void => {
    unwatch ??= store.watch(tell);
  };
  const leave = (): void => {
    if (listeners.size > 0 || followers.size > 0) return;
    unwatch?.();
    unwatch = undefined;
  };

  const follow = (runId: RunId, hear: WatchListener): (() => void) => {
    enter();
    const ofRun = followers.get(runId) ?? new Set();
    followers.set(runId, ofRun.add(hear));
    return () => {
      ofRun.delete(hear);
      if (ofRun.size === 0 && followers.get(runId) === ofRun) followers.delete(runId);
      leave();
    };
  };

  return {
    listen(listener, only) {
      if (only !== undefined) return follow(only, listener);
      enter();
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        leave();
      };
    },
    tellAll: () => tell(undefined),
    follow(runId) {
      const { hear, next } = createFollowing(() => isClosed);
      return { next, end: follow(runId, hear) };
    },
    close() {
      isClosed = true;
      // Whoever waits must not wait for what nobody tells any more.
      tell(undefined);
      listeners.clear();
      followers.clear();
      leave();
    },
  };
}

function createFollowing(isClosed: () => boolean): Pick<Following, "next"> & { hear(): void } {
  let isNews = false;
  let wake: (() => void) | undefined;
  return {
    hear() {
      isNews = true;
      wake?.();
    },
    async next({ timeoutMs, signal }) {
      if (isClosed()) {
        throw new HoldpointError("store_unavailable", "Cannot wait any longer: this is closed");
      }
      if (!isNews && signal?.aborted !== true) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const limit = setTimeout(resolve, Math.min(timeoutMs, LONGEST_TIMER_MS));
        signal?.addEventListener("abort", wake, { once: true });
        await promise;
        clearTimeout(limit);
        signal?.removeEventListener("abort", wake);
      }
      wake = undefined;
      isNews = false;
    },
  };
}
