import type { RunStore } from "./run-store.ts";

const POLL_MS = 200;
/** What timers can count to; they take anything longer for nothing. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Tells when anything in a store may have changed, by this process or another one. */
export interface Changes {
  /**
   * Calls back until the result is called: at once for what `announce` tells, and within 200 ms
   * for any write to the store. Polls only while somebody listens.
   *
   * @param kind `stored`: only the latter, for whoever would hear their own writes otherwise
   */
  listen(listener: () => void, kind?: "all" | "stored"): () => void;
  /** Resolves at the next change, at the latest after `timeoutMs`, or when `signal` aborts. */
  next(options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<void>;
  /** Tells of a change that was made here. */
  announce(): void;
  close(): void;
}

export function createChanges(store: Pick<RunStore, "version">): Changes {
  const listeners = new Map<() => void, "all" | "stored">();
  let timer: NodeJS.Timeout | undefined;
  let seen = store.version();

  const poll = (): void => {
    const now = versionOf(store, seen);
    if (now === seen) return;
    seen = now;
    for (const listener of listeners.keys()) listener();
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const listen: Changes["listen"] = (listener, kind = "all") => {
    listeners.set(listener, kind);
    timer ??= setInterval(poll, POLL_MS);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) stop();
    };
  };

  return {
    listen,
    announce() {
      for (const [listener, kind] of listeners) if (kind === "all") listener();
    },
    async next({ timeoutMs, signal }) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          unlisten();
          clearTimeout(limit);
          signal?.removeEventListener("abort", done);
          resolve();
        };
        const unlisten = listen(done);
        const limit = setTimeout(done, Math.min(timeoutMs, LONGEST_TIMER_MS));
        signal?.addEventListener("abort", done, { once: true });
        if (signal?.aborted === true) done();
      });
    },
    close() {
      const waiting = [...listeners.keys()];
      listeners.clear();
      stop();
      // Whoever waits must not wait for what nobody tells any more.
      for (const listener of waiting) listener();
    },
  };
}

/** A store that cannot be looked at tells so to whoever reads it; here it has not changed. */
function versionOf(store: Pick<RunStore, "version">, before: number): number {
  try {
    return store.version();
  } catch {
    return before;
  }
}
