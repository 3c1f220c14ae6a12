import { RunContext } from "../agent/run-context.ts";
import { checkInputSize } from "../agent/size-limits.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import { canonicalJson } from "../lib/json.ts";
import { checkKeyText } from "../lib/key-text.ts";
import { createJournal } from "../journal/journal.ts";
import { createRecorder } from "../runner/recorder.ts";
import { startDraft } from "../runner/run-state.ts";
import { openSession, type OpenedSession } from "../runner/session-items.ts";
import { createStoreSink } from "../runner/store-sink.ts";
import { callerOf, type Asked } from "./caller.ts";
import { sessionBusy } from "./service-errors.ts";
import { reportRun, toCard, type ServiceMeans } from "./service-means.ts";

const DEFAULT_MAX_TURNS = 10;

export interface StartRequest extends Asked {
  /** Default: the first agent. */
  agent?: string | undefined;
  input: string;
  sessionId?: string | undefined;
  /** The same key with the same request is the same run. */
  idempotencyKey?: string | undefined;
  maxTurns?: number | null | undefined;
}

/** Starts a run; it goes on in the background. */
export async function startRun(means: ServiceMeans, request: StartRequest): Promise<RunId> {
  const { store, registry, clock, executor } = means;
  const { agent, source, plan, ...own } = registry.choose(request.agent);
  const { idempotencyKey, sessionId, input } = request;
  checkKeyText("idempotency key", idempotencyKey);
  checkKeyText("session id", sessionId);
  const requestDigest =
    idempotencyKey === undefined
      ? undefined
      : sha256(canonicalJson({ agent: agent.name, input, sessionId: sessionId ?? null }));
  const known = await findStarted(means, idempotencyKey, requestDigest);
  if (known !== undefined) return known;
  checkInputSize(input);
  const runId = createRunId();
  const labels = { idempotencyKey, requestDigest };
  const sink = createStoreSink(store, runId, { plan, labels, toCard });
  const { maxTurns = own.maxTurns ?? DEFAULT_MAX_TURNS } = request;
  const context = new RunContext();
  const opened = sessionId === undefined ? {} : await openOwn(means, sessionId, input);
  const start = { runId, source, input, maxTurns, context, ...opened };
  // The line says who, whether or not this version's readers look at it.
  const draft = { ...startDraft(plan.graph, start), by: callerOf(request) };
  try {
    await createRecorder(createJournal(), { clock, sink }).append([draft]);
  } catch (error) {
    // Another process used the key between the look and the write.
    const raced = await findStarted(means, idempotencyKey, requestDigest);
    if (raced === undefined) throw error;
    return raced;
  }
  executor.kick(runId);
  return runId;
}

/** What a run begins with in a session; one run at a time goes on with a conversation. */
async function openOwn(
  means: ServiceMeans,
  sessionId: string,
  input: string,
): Promise<OpenedSession["start"]> {
  const busy = await means.store.findUnfinishedRun(sessionId);
  if (busy !== undefined) throw sessionBusy(sessionId, await reportRun(means, busy.runId));
  return (await openSession(means.sessions.session(sessionId), input, undefined)).start;
}

async function findStarted(
  { store }: ServiceMeans,
  key: string | undefined,
  requestDigest: string | undefined,
): Promise<RunId | undefined> {
  const known = key === undefined ? undefined : await store.findByIdempotencyKey(key);
  if (known === undefined || known.requestDigest === requestDigest) return known?.runId;
  throw new HoldpointError(
    "idempotency_conflict",
    `The idempotency key was used for another request (run ${known.runId}). Use a new key`,
  );
}
