import { RunContext } from "../agents/run-context.ts";
import type { Session, Sessions } from "../agents/session.ts";
import { Hooks } from "../agents/hooks.ts";
import type { Clock } from "../lib/clock.ts";
import { ConflictError, errorMessage, HoldpointError } from "../lib/errors.ts";
import type { RunId } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import type { Own, RunHookEvents } from "../agents/activation.ts";
import { sharedOf } from "../agents/conversation.ts";
import type { RunConfig } from "../agents/face/config.ts";
import type { RunStreamEvent } from "../agents/face/events.ts";
import { processOwner, withLease } from "../engine/lease.ts";
import { toActivationOptions } from "../agents/face/live-run.ts";
import { advance } from "../engine/loop.ts";
import type { Recorder } from "../engine/recorder.ts";
import { checkAgainstAgents } from "../agents/face/state-text.ts";
import type { AgentRegistry, RegisteredAgent } from "./agent-registry.ts";
import type { Changes } from "./changes.ts";
import type { Recorders } from "./recorders.ts";
import type { RunStore, RunSummary } from "./run-store.ts";

const SWEEP_LIMIT = 1_000;
const MAX_MESSAGE = 1_000;
/** How long after a failure of the store its runs are tried again. */
const STORE_RETRY_MS = 1_000;

/** What the process adds to the gates of its agents' tools. */
export type RunGates = Pick<Own, "policy">;

export interface ExecutorOptions {
  store: RunStore;
  recorders: Recorders;
  registry: AgentRegistry;
  config: RunConfig;
  clock: Clock;
  log: Log;
  changes: Changes;
  /** Whether models are asked to stream. */
  streamed: boolean;
  gates?: RunGates | undefined;
  /** The session of a name, for runs that belong to one. */
  sessions: Sessions;
}

/** Goes on with the runs whose agents this process has, whoever watches. */
export interface Executor {
  /** The recorder of a run that goes on here now. */
  recorderOf(runId: RunId): Recorder | undefined;
  /**
   * Goes on with a run if its agent is ours and nobody else is at it; returns at once. A run that
   * failed is left alone.
   */
  kick(runId: RunId): void;
  /**
   * The same for a run that failed; resolves when it goes on, or was left alone.
   *
   * @param request `maxTurns`: a higher limit for the run
   */
  resume(runId: RunId, request: Resumption): Promise<void>;
  /** Looks for runs that can go on, now and on every change from now on; or only for this one. */
  watch(only?: RunId): void;
  /** Events of runs that go on here. */
  listen(listener: (runId: RunId, event: RunStreamEvent) => void): () => void;
  /** Resolves when nothing goes on here any more. */
  idle(): Promise<void>;
  /** Starts nothing new; after `graceMs` aborts what still runs. */
  close(graceMs: number): Promise<void>;
}

interface Resumption {
  maxTurns?: number | null | undefined;
}

interface Active {
  recorder: Recorder | undefined;
  /** Called at the first entry that is made of it here, and at the end. */
  begin(): void;
  begun: Promise<void>;
  done: Promise<void>;
}

export function createExecutor(options: ExecutorOptions): Executor {
  const { store, recorders, registry, clock, log, changes } = options;
  const sources = registry.agents.map(({ source }) => source);
  const active = new Map<RunId, Active>();
  const again = new Set<RunId>();
  const resumed = new Map<RunId, Resumption>();
  const listeners = new Set<(runId: RunId, event: RunStreamEvent) => void>();
  const stopped = new AbortController();
  /** When to look again: for a run, or for any. */
  const timers = new Map<RunId | undefined, NodeJS.Timeout>();
  let closing = false;
  let unwatch: (() => void) | undefined;
  let watched: RunId | undefined;
  let sweeping: Promise<void> | undefined;

  const kick = (runId: RunId): void => {
    if (closing) return;
    if (active.has(runId)) {
      again.add(runId);
      return;
    }
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const entry: Active = { recorder: undefined, begin, begun, done: Promise.resolve() };
    active.set(runId, entry);
    entry.done = goOn(runId, entry)
      .catch((error: unknown) => {
        log.warn(`run ${runId}: ${errorMessage(error)}`);
        // Nobody else tells when the disk has room again.
        if (isStoreFault(error)) sweepIn(STORE_RETRY_MS, runId);
      })
      .finally(() => {
        active.delete(runId);
        begin();
        changes.announce();
        if (again.delete(runId)) kick(runId);
      });
  };

  const goOn = async (runId: RunId, entry: Active): Promise<void> => {
    const summary = await store.getRun(runId);
    const registered = summary && registry.withSource(summary.source);
    if (summary === undefined || registered === undefined) return;
    const work = (): Promise<void> => runOnce({ summary, registered, entry });
    if (!(await withLease(store, { runId, clock }, work))) await retryWhenLeaseEnds(runId);
  };

  const runOnce = async ({
    summary,
    registered,
    entry,
  }: {
    summary: RunSummary;
    registered: RegisteredAgent;
    entry: Active;
  }): Promise<void> => {
    const { runId } = summary;
    const recorder = await recorders.open(summary);
    const { journal } = recorder;
    const resumption = resumed.get(runId);
    resumed.delete(runId);
    if (resumption === undefined && journal.state.failure !== undefined) return;
    const { plan } = registered;
    entry.recorder = recorder;
    const unwatchJournal = journal.watch(() => {
      entry.begin();
      changes.announce();
    });
    const uncatch = changes.listen(() => void recorder.catchUp().catch(() => undefined), "stored");
    const context = new RunContext(structuredClone(sharedOf(journal.state).context) ?? {});
    try {
      checkAgainstAgents(journal.state, plan.graph);
      await advance(
        toActivationOptions({
          ...options.gates,
          plan,
          config: options.config,
          recorder,
          context,
          hooks: new Hooks<RunHookEvents>(),
          needsJsonContext: true,
          session: sessionOf(journal.state.sessionId),
          signal: stopped.signal,
          maxTurns: resumption?.maxTurns,
          streamed: options.streamed,
          watch: (event) => {
            for (const listener of listeners) listener(runId, event);
          },
        }),
      );
    } catch (error) {
      if (error instanceof ConflictError) return;
      if (!stopped.signal.aborted) await recordFailure(recorder, error);
      throw error;
    } finally {
      unwatchJournal();
      uncatch();
    }
  };

  const sessionOf = (sessionId: string | undefined): Session | undefined =>
    sessionId === undefined ? undefined : options.sessions.session(sessionId);

  const retryWhenLeaseEnds = async (runId: RunId): Promise<void> => {
    const lease = await store.getLease(runId);
    const waitMs = lease === undefined ? 0 : Math.max(0, lease.expiresAt - clock.now()) + 10;
    sweepIn(waitMs, runId);
  };

  const sweepIn = (waitMs: number, key: RunId | undefined): void => {
    if (closing) return;
    clearTimeout(timers.get(key));
    const timer = setTimeout(() => {
      timers.delete(key);
      void sweep();
    }, waitMs);
    timers.set(key, timer);
  };

  const sweepOnce = async (): Promise<void> => {
    try {
      for (const { runId } of await store.listRunnable({ sources, limit: SWEEP_LIMIT })) {
        if (watched !== undefined && runId !== watched) continue;
        if (!active.has(runId)) kick(runId);
      }
    } catch (error) {
      if (!(error instanceof HoldpointError)) throw error;
      log.warn(`cannot look for runs to go on with: ${error.message}`);
      if (isStoreFault(error)) sweepIn(STORE_RETRY_MS, undefined);
    }
  };

  const sweep = async (): Promise<void> => {
    if (closing || sweeping !== undefined) return;
    sweeping = sweepOnce().finally(() => {
      sweeping = undefined;
    });
    await sweeping;
  };

  const idle = async (): Promise<void> => {
    while (active.size > 0) await Promise.all([...active.values()].map(({ done }) => done));
  };

  return {
    recorderOf: (runId) => active.get(runId)?.recorder,
    kick,
    async resume(runId, request) {
      // What made it fail may still be on its way out.
      while (active.has(runId)) await active.get(runId)?.done;
      resumed.set(runId, request);
      kick(runId);
      await active.get(runId)?.begun;
      resumed.delete(runId);
    },
    watch(only) {
      watched = only;
      unwatch ??= changes.listen(() => void sweep(), "stored");
      void sweep();
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    idle,
    async close(graceMs) {
      closing = true;
      unwatch?.();
      for (const timer of timers.values()) clearTimeout(timer);
      const limit = setTimeout(() => stopped.abort(new Error("The process is closing")), graceMs);
      await idle();
      clearTimeout(limit);
    },
  };
}

/** Whether it was the store that failed, and may work again: full, read-only or locked. */
function isStoreFault(error: unknown): boolean {
  return error instanceof HoldpointError && error.code === "store_unavailable";
}

/**
 * Puts what ended an activation into the journal, if no entry tells it: what the next one would
 * only run into again waits for a person.
 */
async function recordFailure({ append, journal }: Recorder, error: unknown): Promise<void> {
  const isUntold = (): boolean => {
    const { failure, live, owner } = journal.state;
    return failure === undefined && live.size > 0 && owner === processOwner;
  };
  const code = error instanceof HoldpointError ? error.code : "user_error";
  const message = errorMessage(error).slice(0, MAX_MESSAGE);
  const retryable = error instanceof HoldpointError && error.retryable;
  // Where the store is what failed, nothing can be told; where others wrote, they go on.
  await append([{ type: "model_failed", code, message, retryable }], isUntold).catch(() => {});
}
