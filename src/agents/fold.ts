import { Usage } from "./usage.ts";
import type { RunId } from "../lib/ids.ts";
import { abandonTurn } from "./abandoned.ts";
import {
  applyDecision,
  applyRequest,
  covers,
  stickyKey,
  type Approval,
  type Sticky,
} from "../engine/approvals.ts";
import { createFrame, frameKey, isAnswered, isOver, type Frame } from "./conversation.ts";
import { kindOf, type Entry, type EntryOf } from "./entries.ts";
import { upgrade } from "../engine/format-1.ts";
import {
  applyAddedInput,
  applyAnswered,
  applyFinalMessage,
  applyFinished,
  applyHandoff,
  applyResponse,
  applyStarted,
} from "./turns.ts";
import type { JsonValue } from "../lib/json.ts";

/** A failure that ended an activation: a person may resume the run. */
export interface Failure {
  code: string;
  message: string;
  retryable: boolean;
  path: readonly string[];
}

/**
 * Everything about a run, computed from its entries and nothing else. `apply` changes it in
 * place, in constant time per entry (amortised); readers never write to it.
 */
export interface RunFold {
  runId: RunId | undefined;
  /** Of the entries from here on. */
  format: number;
  /** Who proposes its calls. */
  driver: string;
  source: string;
  sessionId: string | undefined;
  conversationId: string | undefined;
  previousResponseId: string | undefined;
  /** Whether the provider keeps the history, by conversation or by chained responses. */
  isServerManaged: boolean;
  fingerprint: string | undefined;
  /** Number of entries folded in. */
  length: number;
  startedAt: string;
  updatedAt: string;
  /** The last claim's number; 0 before the first. */
  epoch: number;
  owner: string | undefined;
  /** Frames by key, the root's first; a nested run's frame stays after its end. */
  frames: Map<string, Frame>;
  /** Keys of the frames that are not over. */
  live: Set<string>;
  approvals: Map<string, Approval>;
  /** Ids of requests that nobody decided, oldest first. */
  undecided: Set<string>;
  sticky: Map<string, Sticky>;
  definitions: Map<string, EntryOf<"tool_defined">>;
  usage: Usage;
  context: JsonValue | undefined;
  failure: Failure | undefined;
  cancelled: EntryOf<"run_cancelled"> | undefined;
}

export function createFold(): RunFold {
  return {
    runId: undefined,
    format: 1,
    driver: "agents",
    source: "code",
    sessionId: undefined,
    conversationId: undefined,
    previousResponseId: undefined,
    isServerManaged: false,
    fingerprint: undefined,
    length: 0,
    startedAt: "",
    updatedAt: "",
    epoch: 0,
    owner: undefined,
    frames: new Map(),
    live: new Set(),
    approvals: new Map(),
    undecided: new Set(),
    sticky: new Map(),
    definitions: new Map(),
    usage: new Usage(),
    context: undefined,
    failure: undefined,
    cancelled: undefined,
  };
}

/** Folds `entries` from the start. */
export function fold(entries: Iterable<Entry>): RunFold {
  const state = createFold();
  for (const entry of entries) apply(state, entry);
  return state;
}

/** Takes one more entry into `state`. Total: an entry that has no meaning here changes nothing. */
export function apply(state: RunFold, stored: Entry): void {
  state.length = stored.seq + 1;
  state.updatedAt = stored.at;
  if (stored.type === "run_started" && state.runId === undefined) state.format = stored.format;
  const entry = state.format === 1 ? upgrade(state, stored) : stored;
  if (isOvertaken(state, entry)) return;
  if (entry.type === "run_started") {
    applyRunStarted(state, entry);
    return;
  }
  const frame = state.frames.get(frameKey(entry.path));
  if (frame === undefined) return;
  applyToFrame(state, frame, entry);
}

/** Whether it is an intention of a claim that is not the one it stands under. */
function isOvertaken({ epoch }: RunFold, entry: Entry): boolean {
  if (entry.type === "run_claimed" || kindOf(entry) !== "intention") return false;
  return "epoch" in entry && entry.epoch !== epoch;
}

function applyToFrame(
  state: RunFold,
  frame: Frame,
  entry: Exclude<Entry, { type: "run_started" }>,
): void {
  switch (entry.type) {
    case "run_claimed":
      state.epoch = entry.epoch;
      state.format = entry.format ?? state.format;
      state.owner = entry.owner;
      state.failure = undefined;
      if (entry.maxTurns !== undefined) frame.maxTurns = entry.maxTurns;
      return;
    case "model_requested":
      frame.requested = { seq: entry.seq, epoch: state.epoch, at: entry.at };
      return;
    case "model_responded":
      state.usage.add(entry.usage);
      if (isOver(frame) || (entry.turn ?? frame.turns) !== frame.turns) return;
      if (frame.asked !== undefined) state.undecided.delete(frame.asked.approvalId);
      applyResponse(frame, entry, state.format);
      return;
    case "model_failed": {
      const { code, message, retryable, unanswered } = entry;
      if (unanswered !== true) frame.requested = undefined;
      state.failure = { code, message, retryable, path: frame.path };
      return;
    }
    case "tool_defined":
      state.definitions.set(`${entry.tool}:${entry.digest}`, entry);
      return;
    case "approval_requested":
      applyRequest(state, frame, entry);
      return;
    case "approval_decided":
      applyDecision(state, entry);
      return;
    case "tool_started":
      applyStarted(frame, entry, state.epoch);
      return;
    case "approval_shown":
      return;
    case "tool_finished":
      applyFinished(state, frame, entry);
      return;
    case "call_answered":
      applyAnswered(state, frame, entry);
      return;
    case "guardrail_ran":
      frame.guardrails.push(entry);
      return;
    case "handed_off":
      applyHandoff(frame, entry);
      return;
    case "context_changed":
      state.context = entry.context;
      return;
    case "input_added":
      applyAddedInput(frame, entry.items);
      return;
    case "input_cleared":
      frame.pendingInput = [];
      return;
    case "session_saving":
      frame.saving = entry;
      return;
    case "session_saved":
      // A late one tells of less than what is saved by now.
      if (frame.saving !== undefined && frame.saving.to <= entry.to) frame.saving = undefined;
      frame.savedTo = Math.max(frame.savedTo, entry.to);
      return;
    case "run_completed":
    case "run_failed":
      end(state, frame, entry);
      return;
    case "run_cancelled":
      state.cancelled = entry;
      for (const key of state.live) {
        const live = state.frames.get(key);
        if (live !== undefined) end(state, live, entry);
      }
      state.undecided.clear();
      return;
  }
}

function applyRunStarted(state: RunFold, entry: EntryOf<"run_started">): void {
  const path = entry.path ?? [];
  const key = frameKey(path);
  if (state.frames.has(key)) return;
  if (path.length === 0) {
    state.runId = entry.runId as RunId;
    state.source = entry.source;
    state.sessionId = entry.sessionId;
    state.conversationId = entry.conversationId;
    state.previousResponseId = entry.previousResponseId;
    state.isServerManaged =
      entry.chained === true || (entry.conversationId ?? entry.previousResponseId) !== undefined;
    state.fingerprint = entry.fingerprint;
    state.startedAt = entry.at;
    state.context = entry.context;
  } else {
    const parent = state.frames.get(frameKey(path.slice(0, -1)));
    const call = parent?.calls.get(path.at(-1) ?? "");
    if (parent === undefined || isOver(parent) || call === undefined || isAnswered(call)) return;
    call.nested = true;
  }
  state.frames.set(key, createFrame(entry));
  state.live.add(key);
}

function end(
  state: RunFold,
  frame: Frame,
  entry: EntryOf<"run_completed" | "run_failed" | "run_cancelled">,
): void {
  if (isOver(frame)) return;
  frame.end = entry;
  if (entry.type === "run_completed") applyFinalMessage(frame, entry);
  else abandonTurn(frame, entry);
  // Nothing inside a run goes on once that is over.
  for (const key of state.live) {
    const path = state.frames.get(key)?.path ?? [];
    if (frame.path.every((callId, depth) => callId === path[depth])) state.live.delete(key);
  }
}

export function rootFrame(state: RunFold): Frame | undefined {
  return state.frames.get(frameKey(undefined));
}

/** The decision that stands for an approval: its own, or a sticky one that covers it. */
export function decisionOf(state: RunFold, approval: Approval): Sticky | undefined {
  if (approval.decision !== undefined) return approval.decision;
  if (approval.kind !== "tool_call") return undefined;
  const sticky = state.sticky.get(stickyKey(approval));
  return sticky !== undefined && covers(sticky, approval.approver) ? sticky : undefined;
}

/** Whether a request waits for a decision: nobody gave one, and its run is not over. */
export function isOpen(state: RunFold, approval: Approval): boolean {
  if (!state.undecided.has(approval.approvalId)) return false;
  return state.live.has(frameKey(approval.path)) && decisionOf(state, approval) === undefined;
}

/** Requests that wait for a decision, oldest first. */
export function openApprovals(state: RunFold): Approval[] {
  const open: Approval[] = [];
  for (const id of state.undecided) {
    const approval = state.approvals.get(id);
    if (approval !== undefined && isOpen(state, approval)) open.push(approval);
  }
  return open;
}
