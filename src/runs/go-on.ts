import type { Own, RunHookEvents } from "../agents/activation.ts";
import type { RunConfig } from "../agents/face/config.ts";
import type { RunStreamEvent } from "../agents/face/events.ts";
import { toActivationOptions } from "../agents/face/live-run.ts";
import { checkAgainstAgents } from "../agents/graph.ts";
import { Hooks } from "../agents/hooks.ts";
import type { Sessions } from "../agents/session.ts";
import { processOwner } from "../engine/lease.ts";
import { advance } from "../engine/loop.ts";
import { openRun } from "../engine/open-run.ts";
import type { Passes } from "../engine/passes.ts";
import type { Recorder } from "../engine/recorder.ts";
import { isDeadly, PROCESS_DIED } from "../engine/starter.ts";
import type { Folders, Call, Run } from "../engine/state.ts";
import { statusOf } from "../engine/status.ts";
import { ConflictError, errorMessage, HoldpointError, isStoreFault } from "../lib/errors.ts";
import type { ActiveRun } from "./active-runs.ts";
import type { RegisteredAgent } from "./agent-registry.ts";
import type { Changes } from "./changes.ts";
import { runContext } from "./create-context.ts";
import type { DriverSource, Resumption } from "./driver-source.ts";
import { refuseChanged } from "./followed-journal.ts";
import type { Recorders } from "./recorders.ts";
import type { RunStore } from "./run-store.ts";
import type { RunSummary } from "../engine/journal-store.ts";

const MAX_MESSAGE = 1_000;

/** What the process adds to the gates of its agents' tools. */
export type RunGates = Pick<Own, "policy">;

/** What a run is gone on with. */
export interface GoOnMeans {
  store: Pick<RunStore, "starter" | "history">;
  recorders: Recorders;
  folders: Folders;
  changes: Changes;
  config: RunConfig;
  /** Whether models are asked to stream. */
  streamed: boolean;
  gates?: RunGates | undefined;
  passes?: Passes | undefined;
  /** The session of a name, for runs that belong to one. */
  sessions: Sessions;
}

/** The same, and who waits for it. */
export interface Resumed extends Resumption {
  /** Called at the first entry that is made of it here, and when nothing comes of it. */
  begun(): void;
}

export interface GoOnRequest {
  summary: RunSummary;
  registered: RegisteredAgent | DriverSource;
  /** Without it a run that failed is left alone. */
  resumption: Resumed | undefined;
  signal: AbortSignal;
  /** Gets the recorder once the journal is open, before anything is done. */
  active: ActiveRun;
  watch(event: RunStreamEvent): void;
}

/**
 * One activation of a stored run, under a lease that the caller has.
 *
 * @returns `later` where it is another living process's turn first
 * @throws what ended the activation; it is in the journal then, unless the store is at fault
 */
export async function goOn(means: GoOnMeans, request: GoOnRequest): Promise<"later" | void> {
  const { recorders, changes } = means;
  const { runId, length } = request.summary;
  const recorder = await openRun(recorders.opening, runId, length);
  const { journal } = recorder;
  await refuseChanged(means.store, runId, journal);
  Object.assign(request.active, { recorder, lengthBefore: journal.state.length });
  if (request.resumption === undefined && journal.state.failure !== undefined) return;
  if (journal.state.tries.length > 1 && (await isPutAside(means, request, recorder))) return;
  const unwatch = journal.watch(() => request.resumption?.begun());
  const unlisten = changes.listen((of) => {
    const isOwn = of === runId && recorders.isOwnChange(runId);
    if (!isOwn) void recorder.catchUp().catch(() => undefined);
  }, runId);
  const release = (): void => recorder.giveUp(closing(), { isForGood: true });
  request.signal.addEventListener("abort", release, { once: true });
  try {
    const { registered } = request;
    if ("planner" in registered) {
      const options = { ...request, starter: means.store.starter, passes: means.passes };
      return await registered.goOn(recorder, options);
    }
    await activate(means, { ...request, registered }, recorder);
  } catch (error) {
    if (error instanceof ConflictError) return;
    if (request.signal.aborted) await noteLeft(recorder);
    else if (!isStoreFault(error)) {
      await recordFailure(recorder, { error, registered: request.registered });
    }
    throw error;
  } finally {
    request.signal.removeEventListener("abort", release);
    unwatch();
    unlisten();
  }
}

/** What a run that waits for the store is told when the process does not wait any longer. */
function closing(): HoldpointError {
  return new HoldpointError(
    "store_unavailable",
    "Cannot go on with the run: the process is closing",
  );
}

async function activate(
  { config, gates, passes, sessions, streamed, store }: GoOnMeans,
  {
    summary: { runId },
    registered,
    resumption,
    signal,
    watch,
  }: GoOnRequest & { registered: RegisteredAgent },
  recorder: Recorder,
): Promise<void> {
  const { journal } = recorder;
  const { sessionId } = journal.state;
  const { plan } = registered;
  checkAgainstAgents(journal.state, plan.graph);
  const activation = toActivationOptions({
    ...gates,
    plan,
    config,
    recorder,
    starter: store.starter,
    passes,
    context: () => runContext(registered, { runId, state: journal.state, config }),
    hooks: new Hooks<RunHookEvents>(),
    session: sessionId === undefined ? undefined : sessions.session(sessionId),
    signal,
    maxTurns: resumption?.maxTurns,
    caller: resumption?.caller,
    streamed,
    watch,
  });
  await advance(activation);
}

/**
 * Puts a run aside that took the processes with it that went on with it: it fails, and a person may
 * resume it. A call whose body was at work is asked about instead.
 */
async function isPutAside(
  { store }: GoOnMeans,
  { registered, resumption }: GoOnRequest,
  { append, journal }: Recorder,
): Promise<boolean> {
  const { state } = journal;
  const { epoch } = state;
  if (resumption !== undefined || startedCalls(state).length > 0) return false;
  if (!(await isDeadly(state.tries, store.starter))) return false;
  const ended = state.tries.map(({ pid, host }) => `pid ${pid} on ${host}`).join(", ");
  const message = `The process that went on with this run ended, and so did the next one, before anything came of it: ${stepOf(state)} (${ended}). It is not tried again by itself; resuming it tries it again`;
  const failure = { code: PROCESS_DIED, message, retryable: false };
  await append(
    [{ type: failureType(registered), ...failure }],
    () => journal.state.epoch === epoch,
  );
  return true;
}

/** Calls whose body was at work when a process ended: what came of them is asked. */
function startedCalls({ live, frames }: Run): Call[] {
  return [...live].flatMap((key) =>
    [...(frames.get(key)?.open ?? [])].filter(
      ({ started, nested, approval }) =>
        started !== undefined && !nested && (approval?.seq ?? -1) < started.seq,
    ),
  );
}

/** What a run is at, for people. */
function stepOf({ live, frames }: Run): string {
  const open = [...live].flatMap((key) => [...(frames.get(key)?.open ?? [])]);
  const names = open.filter(({ nested }) => !nested).map(({ item }) => item.name);
  return names.length === 0
    ? "a model call, or what leads to it"
    : `before ${names.join(", ")} ran`;
}

/** The process is closed, and did not die of what it is at. */
async function noteLeft({ append, journal }: Recorder): Promise<void> {
  const isAtIt = (): boolean =>
    journal.state.owner === processOwner && statusOf(journal.state) === "running";
  if (isAtIt()) await append([{ type: "run_left" }], isAtIt).catch(() => {});
}

/**
 * Puts what ended an activation into the journal, if no entry tells it: what the next one would
 * only run into again waits for a person.
 */
async function recordFailure(
  { append, journal }: Recorder,
  { error, registered }: { error: unknown; registered: GoOnRequest["registered"] },
): Promise<void> {
  const isUntold = (): boolean => {
    const { failure, live, owner } = journal.state;
    return failure === undefined && live.size > 0 && owner === processOwner;
  };
  const code = error instanceof HoldpointError ? error.code : "user_error";
  const message = errorMessage(error).slice(0, MAX_MESSAGE);
  const retryable = error instanceof HoldpointError && error.retryable;
  // Where the store is what failed, nothing can be told; where others wrote, they go on.
  await append([{ type: failureType(registered), code, message, retryable }], isUntold).catch(
    () => {},
  );
}

function failureType(registered: GoOnRequest["registered"]): string {
  return "planner" in registered ? registered.failureType : "model_failed";
}
