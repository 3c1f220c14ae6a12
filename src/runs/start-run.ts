import { RunContext } from "../agents/run-context.ts";
import { checkInputSize } from "../agents/size-limits.ts";
import { sha256 } from "../lib/digest.ts";
import { HoldpointError, isStoreFault } from "../lib/errors.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import { canonicalJson } from "../lib/json.ts";
import { checkKeyText } from "../lib/key-text.ts";
import { DEFAULT_MAX_TURNS } from "../engine/vocabulary.ts";
import { startDraft, startElsewhere, type RunStart } from "../agents/start-run.ts";
import { openSession, type OpenedSession } from "../agents/session-items.ts";
import { startRun } from "../engine/open-run.ts";
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
  const opened = sessionId === undefined ? {} : await openOwn(means, sessionId, input);
  const caller = callerOf(request);
  const context = await chosen.context(runId);
  const draft = chosen.draft({ runId, input, maxTurns, context, caller, ...opened });
  try {
    await startRun(recorders.opening, { runId, drafts: [draft], labels });
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
  maxTurns: number | undefined;
  context(runId: RunId): Promise<RunContext> | RunContext;
  draft(start: RunStart): ReturnType<typeof startDraft>;
}

/** @throws HoldpointError `unknown_agent` for a name that is not here, with no source */
function choose(
  { registry, config: codec }: ServiceMeans,
  { agent: name, source, sessionId }: StartRequest,
): Chosen {
  const found = source === undefined ? registry.choose(name) : registry.withSource(source);
  if (found !== undefined) {
    const { agent, plan, maxTurns } = found;
    const draft = (start: RunStart) => startDraft(plan.graph, { ...start, source: found.source });
    const context = (runId: RunId) => firstContext(found, { runId, sessionId, codec });
    return { name: agent.name, maxTurns, context, draft };
  }
  return elsewhere(name, source ?? "");
}

/** An agent that other processes have, by the name that its source ends with. */
function elsewhere(given: string | undefined, source: string): Chosen {
  checkKeyText("agent name", given);
  checkKeyText("source", source);
  const name = given ?? source.slice(source.lastIndexOf("#") + 1);
  const draft = (start: RunStart) => startElsewhere(name, { ...start, source });
  return { name, maxTurns: undefined, context: () => new RunContext(), draft };
}

/** What a run begins with in a session; one run at a time goes on with a conversation. */
async function openOwn(
  means: ServiceMeans,
  sessionId: string,
  input: string,
): Promise<OpenedSession["start"] & { sessionId: string }> {
  const busy = await means.store.findUnfinishedRun(sessionId);
  if (busy !== undefined) throw sessionBusy(sessionId, await reportRun(means, busy.runId));
  const opened = await openSession(means.sessions.session(sessionId), input, undefined);
  return { ...opened.start, sessionId: opened.sessionId };
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
