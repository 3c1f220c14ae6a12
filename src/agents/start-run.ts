import { FORMAT_VERSION } from "../engine/entries.ts";
import type { Caller } from "../engine/state.ts";
import { createRunId, type RunId } from "../lib/ids.ts";
import type { JsonValue } from "../lib/json.ts";
import type { SavedContext } from "./context-parts.ts";
import type { DraftOf, Start } from "./entries.ts";
import { UserError } from "./errors.ts";
import { fingerprint, type AgentGraph } from "./graph.ts";
import { partsOf } from "./saved-context.ts";
import type { RunContext } from "./run-context.ts";
import { checkInputSize } from "./size-limits.ts";
import { toTurnLimit } from "./turn-limit.ts";

/** What a new run starts with. */
export interface RunStart extends Omit<Start, keyof SavedContext> {
  runId?: RunId | undefined;
  source?: string | undefined;
  context: RunContext;
  sessionId?: string | undefined;
  caller?: Caller | undefined;
}

/** The first entry of a run. */
export function startDraft(graph: AgentGraph, start: RunStart): DraftOf<"run_started"> {
  return { ...startElsewhere(graph.root.name, start), fingerprint: fingerprint(graph) };
}

/** The same for an agent that another process has. */
export function startElsewhere(agent: string, given: RunStart): DraftOf<"run_started"> {
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
  return { ...runStarted({ runId, agent, source }, start), ...more };
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
