import { FORMAT_VERSION } from "../engine/entries.ts";
import { startRun, type Opening } from "../engine/open-run.ts";
import type { Recorder } from "../engine/recorder.ts";
import type { RunLabels } from "../engine/store-sink.ts";
import type { Caller } from "../engine/state.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import type { SavedContext } from "./context-parts.ts";
import type { DraftOf, Start } from "./entries.ts";
import { UserError } from "./errors.ts";
import { fingerprint, type AgentGraph } from "./graph.ts";
import { partsOf } from "./saved-context.ts";
import type { RunContext } from "./run-context.ts";
import { rememberHistory } from "./opening.ts";
import type { Session, SessionInputCallback } from "./session.ts";
import { openSession } from "./session-items.ts";
import { checkInputSize, toTurnLimit } from "./limits.ts";

/** What a new run starts with. */
export interface RunStart extends Omit<Start, keyof SavedContext> {
  runId?: RunId | undefined;
  source?: string | undefined;
  context: RunContext;
  sessionId?: string | undefined;
  caller?: Caller | undefined;
}

/** The agents of a run; or, where another process has them, the name of its first. */
export type RunOf = AgentGraph | string;

/**
 * Starts a run of agents, for library and service: its first entry, with what its session held by
 * then, is stored by the time that this resolves.
 *
 * @param start `combine`: what the model is sent of session and input, in place of both
 * @throws as `openSession` and `startRun` do
 */
export async function startAgentRun(
  opening: Opening,
  of: RunOf,
  {
    session,
    combine,
    labels,
    runId = createRunId(),
    ...start
  }: Omit<RunStart, "sessionId"> & {
    session?: Session | undefined;
    combine?: SessionInputCallback | undefined;
    labels?: RunLabels | undefined;
  },
): Promise<Recorder> {
  const opened = session && (await openSession(session, start.input, combine));
  const own = { ...start, runId, sessionId: opened?.sessionId, ...opened?.start };
  const recorder = await startRun(opening, { runId, drafts: [startDraft(of, own)], labels });
  if (opened !== undefined) rememberHistory(recorder.journal, opened.items);
  return recorder;
}

/** The first entry of a run. */
export function startDraft(of: RunOf, given: RunStart): DraftOf<"run_started"> {
  const agent = typeof of === "string" ? of : of.root.name;
  const { runId = createRunId(), source = "code", sessionId, caller, maxTurns, ...own } = given;
  const { context: live, ...rest } = own;
  const { context, ...marks } = partsOf(live);
  const start = {
    ...rest,
    maxTurns: toTurnLimit(maxTurns),
    ...(context === undefined || JSON.stringify(context) === "{}" ? {} : { context }),
    ...marks,
  };
  const more = { ...(sessionId === undefined ? {} : { sessionId }), ...caller };
  const code = typeof of === "string" ? {} : { fingerprint: fingerprint(of) };
  return { ...runStarted({ runId, agent, source }, start), ...more, ...code };
}

/** The first entry of a run or of one inside it, in the form of this version of the journal. */
export function runStarted(
  { runId, agent, source }: { runId: string; agent: string; source: string },
  start: Start,
): DraftOf<"run_started"> {
  return {
    type: "run_started",
    format: FORMAT_VERSION,
    runId,
    driver: "agents",
    agent,
    source,
    start: start as unknown as JsonValue,
  };
}

/** @throws UserError unless `input` is text or items */
export function checkInput(input: unknown): void {
  if (typeof input === "string" || Array.isArray(input)) return checkInputSize(input);
  throw new UserError("Cannot run: the input must be a text, a list of items, or a RunState");
}
