import { RunContext } from "../agents/run-context.ts";
import { checkInputSize } from "../agents/limits.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError, isStoreFault } from "../lib/errors.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import { canonicalJson } from "../lib/json.ts";
import { checkKeyText } from "../lib/key-text.ts";
import { DEFAULT_MAX_TURNS } from "../engine/vocabulary.ts";
import type { Session } from "../agents/session.ts";
import { startAgentRun, type RunOf } from "../agents/start-run.ts";
import { callerOf, type Asked } from "./caller.ts";
import { firstContext } from "./create-context.ts";
import { sessionBusy } from "./service-errors.ts";
import { reportRun, type ServiceMeans } from "./service-means.ts";

export interface StartRequest extends Asked {
  /** Default: the first agent; with a source that one's. */
  agent?: string | undefined;
  /** Where the agent comes from. One that is not here is left to a process that has it. */
  source?: string | undefined;
  input: string;
  sessionId?: string | undefined;
  /** The same key with the same request is the same run. */
  idempotencyKey?: string | undefined;
  maxTurns?: number | null | undefined;
}

/** Starts a run; it goes on in the background. */
export async function startRequested(means: ServiceMeans, request: StartRequest): Promise<RunId> {
  const { recorders, executor } = means;
  const { idempotencyKey, sessionId, input } = request;
  checkKeyText("idempotency key", idempotencyKey);
  checkKeyText("session id", sessionId);
  const chosen = choose(means, request);
  const { name } = chosen;
  const requestDigest =
    idempotencyKey === undefined
      ? undefined
      : sha256(canonicalJson({ agent: name, input, sessionId: sessionId ?? null }));
  const known = await findStarted(means, idempotencyKey, requestDigest);
  if (known !== undefined) return known;
  checkInputSize(input);
  const runId = createRunId();
  const labels = { idempotencyKey, requestDigest };
  const { maxTurns = chosen.maxTurns ?? DEFAULT_MAX_TURNS } = request;
  const session = sessionId === undefined ? undefined : await ownSession(means, sessionId);
  const context = await chosen.context(runId);
  const { source } = chosen;
  const start = { runId, source, input, maxTurns, context, session, caller: callerOf(request) };
  try {
    await startAgentRun(recorders.opening, chosen.of, { ...start, labels });
  } catch (error) {
    // Another process used the key between the look and the write.
    const raced = await findStarted(means, idempotencyKey, requestDigest);
    if (raced !== undefined) return raced;
    if (!isStoreFault(error)) throw error;
    // A commit that failed may have been made all the same.
    if ((await means.store.getRun(runId)) === undefined) throw nothingStarted(error);
  }
  executor.kick(runId);
  return runId;
}

/** The agent of a run to start. */
interface Chosen {
  name: string;
  of: RunOf;
  source: string;
  maxTurns: number | undefined;
  context(runId: RunId): Promise<RunContext> | RunContext;
}

/** @throws HoldpointError `unknown_agent` for a name that is not here, with no source */
function choose(
  { registry, config: codec }: ServiceMeans,
  { agent: name, source, sessionId }: StartRequest,
): Chosen {
  const found = source === undefined ? registry.choose(name) : registry.withSource(source);
  if (found === undefined) return elsewhere(name, source ?? "");
  return {
    name: found.agent.name,
    of: found.plan.graph,
    source: found.source,
    maxTurns: found.maxTurns,
    context: (runId) => firstContext(found, { runId, sessionId, codec }),
  };
}

/** An agent that other processes have, by the name that its source ends with. */
function elsewhere(given: string | undefined, source: string): Chosen {
  checkKeyText("agent name", given);
  checkKeyText("source", source);
  const name = given ?? source.slice(source.lastIndexOf("#") + 1);
  return { name, of: name, source, maxTurns: undefined, context: () => new RunContext() };
}

/** One run at a time goes on with a conversation. */
async function ownSession(means: ServiceMeans, sessionId: string): Promise<Session> {
  const busy = await means.store.findUnfinishedRun(sessionId);
  if (busy !== undefined) throw sessionBusy(sessionId, await reportRun(means, busy.runId));
  return means.sessions.session(sessionId);
}

/** What was waited for in vain, and asks for nothing but to be sent again. */
function nothingStarted(error: HoldpointError): HoldpointError {
  const { code, message } = error;
  return new HoldpointError(
    code,
    `Nothing was started: ${message}. It is safe to send the same request again`,
    { cause: error },
  );
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
