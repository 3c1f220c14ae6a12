import type { RunId } from "../lib/ids.ts";
import { applyDecision, applyReleased, applyRequest } from "./approvals.ts";
import { isEngineEntry, type EngineEntry, type EntryOf, type StoredFields } from "./entries.ts";
import { kindIn } from "./entry-kinds.ts";
import { upgrade } from "./format-1.ts";
import { frameKey, isAnswered, isOver, rootFrame } from "./frames.ts";
import { endingCodes, IDEMPOTENT, isAfterBody, lostWith, noteTry } from "./starter.ts";
import {
  type Folder,
  type Folders,
  type Tell,
  createRun,
  type Call,
  type CallEnd,
  type Frame,
  type FrameEnd,
  type Proposal,
  type Run,
} from "./state.ts";
import type { CallKind } from "./vocabulary.ts";

/** Folds `entries` from the start. */
export function fold(entries: Iterable<StoredFields>, folders: Folders): Run {
  const run = createRun(folders);
  for (const entry of entries) apply(run, entry);
  return run;
}

/** Takes one more entry into `run`. Total: an entry that has no meaning here changes nothing. */
export function apply(run: Run, stored: StoredFields): void {
  run.length = stored.seq + 1;
  run.updatedAt = stored.at;
  if (isEngineEntry(stored) && stored.type === "run_started" && run.runId === undefined) {
    run.format = stored.format;
  }
  const entry = run.format === 1 ? upgrade(run, stored) : stored;
  if (isOvertaken(run, entry)) return;
  noteTry(run, entry);
  const frame = run.frames.get(frameKey(entry.path));
  if (!isEngineEntry(entry)) {
    if (frame !== undefined) run.folder?.fold(frame, entry, teller(run, frame));
  } else if (entry.type === "run_started") applyRunStarted(run, entry);
  else if (frame !== undefined) {
    // Each type has its own: the compiler cannot see that the two go together.
    const applier = appliers[entry.type] as (run: Run, frame: Frame, entry: FrameEntry) => void;
    applier(run, frame, entry);
  }
}

/** Whether it is an intention of a claim that is not the one it stands under (S3). */
function isOvertaken(run: Run, entry: StoredFields): boolean {
  if (entry.type === "run_claimed" || !("epoch" in entry)) return false;
  return entry.epoch !== run.epoch && kindIn(run, entry) === "intention";
}

function applyRunStarted(run: Run, entry: EntryOf<"run_started">): void {
  const path = entry.path ?? [];
  const key = frameKey(path);
  if (run.frames.has(key)) return;
  let parent: Frame | undefined;
  if (path.length === 0) {
    run.runId = entry.runId as RunId;
    run.driver = entry.driver;
    run.folder = run.folders.get(entry.driver);
    run.source = entry.source;
    run.startedAt = entry.at;
    run.sessionId = entry.sessionId;
    const { by, channel, level } = entry;
    if (by !== undefined) run.startedBy = { by, channel: channel ?? "", level: level ?? "client" };
  } else {
    parent = run.frames.get(frameKey(path.slice(0, -1)));
    const call = parent?.calls.get(path.at(-1) ?? "");
    if (parent === undefined || isOver(parent) || call === undefined || isAnswered(call)) return;
    call.nested = true;
  }
  run.frames.set(key, beginFrame(run.folder, { entry, path, key, parent }));
  run.live.add(key);
}

function beginFrame(
  folder: Folder | undefined,
  {
    entry,
    path,
    key,
    parent,
  }: {
    entry: EntryOf<"run_started">;
    path: readonly string[];
    key: string;
    parent: Frame | undefined;
  },
): Frame {
  const frame: Frame = {
    path,
    key,
    parent,
    startedAt: entry.at,
    startedBy: entry.agent,
    calls: new Map(),
    open: new Set(),
    approvals: [],
    guardrails: [],
    end: undefined,
    data: undefined,
  };
  frame.data = folder?.begin(frame, entry);
  return frame;
}

type FrameEntry = Exclude<EngineEntry, { type: "run_started" }>;
type Appliers = {
  [T in FrameEntry["type"]]: (run: Run, frame: Frame, entry: EntryOf<T>) => void;
};

const appliers: Appliers = {
  run_claimed: applyClaim,
  run_left: applyLeft,
  call_proposed: (run, frame, entry) =>
    void propose(run, frame, { item: entry, kind: (entry.kind ?? "tool") as CallKind }),
  tool_defined: (run, _frame, entry) =>
    void run.definitions.set(`${entry.tool}:${entry.digest}`, entry),
  approval_requested: applyRequest,
  call_previewed(_run, frame, entry) {
    const call = frame.calls.get(entry.callId);
    if (call !== undefined) call.previewed = entry;
  },
  approval_shown: () => undefined,
  approval_decided: applyDecision,
  tool_started: applyStarted,
  tool_finished: applyFinished,
  call_answered: applyAnswered,
  guardrail_ran: (_run, frame, entry) => void frame.guardrails.push(entry),
  run_completed: end,
  run_failed: end,
  run_cancelled: applyCancelled,
  run_released: applyReleased,
};

function applyClaim(run: Run, _frame: Frame, entry: EntryOf<"run_claimed">): void {
  run.epoch = entry.epoch;
  run.format = entry.format ?? run.format;
  run.owner = entry.owner;
  run.process = entry.process;
  run.failure = undefined;
  const root = rootFrame(run);
  if (root !== undefined) run.folder?.claimed(root, entry.start);
}

/** What its owner was at did not end it: it was closed. */
function applyLeft(run: Run): void {
  run.tries = run.tries.slice(0, -1);
  for (const key of run.live) {
    for (const { started } of run.frames.get(key)?.open ?? []) {
      if (started?.epoch === run.epoch) started.isLeft = true;
    }
  }
}

function applyCancelled(run: Run, _frame: Frame, entry: EntryOf<"run_cancelled">): void {
  run.cancelled = entry;
  for (const key of run.live) {
    const live = run.frames.get(key);
    if (live !== undefined) end(run, live, entry);
  }
  run.undecided.clear();
}

function applyStarted(run: Run, frame: Frame, entry: EntryOf<"tool_started">): void {
  const call = frame.calls.get(entry.callId);
  if (call === undefined || isAnswered(call)) return;
  const { seq, attempt, at } = entry;
  call.lost = entry.rule === IDEMPOTENT ? lostWith(call) : [];
  call.started = { seq, epoch: run.epoch, attempt, at, process: run.process };
  call.error = undefined;
  // Another attempt is at what the one before it was.
  call.edited = call.approval?.decision?.arguments ?? call.edited;
}

/** What an attempt came to; one that nobody started says nothing. */
function applyFinished(run: Run, frame: Frame, entry: EntryOf<"tool_finished">): void {
  const call = frame.calls.get(entry.callId);
  const attempt = call?.started?.attempt;
  if (call === undefined || attempt === undefined || entry.attempt > attempt) return;
  // A late outcome settles the doubt of its own attempt, never that of a later one.
  if (isAnswered(call) || entry.attempt < attempt) {
    noteLate(run, frame, { call, entry });
    return;
  }
  if (entry.output === undefined && entry.returned === undefined) {
    call.error = entry.error;
    if (endingCodes.has(entry.error?.code ?? "")) run.erredIn = call.started?.epoch ?? 0;
    return;
  }
  close(run, frame, { call, entry });
}

/** An answer in place of an outcome. */
function applyAnswered(run: Run, frame: Frame, entry: EntryOf<"call_answered">): void {
  const call = frame.calls.get(entry.callId);
  if (call === undefined || isAnswered(call)) return;
  if (entry.error !== undefined) run.erredIn = run.epoch;
  close(run, frame, { call, entry });
}

function close(run: Run, frame: Frame, { call, entry }: { call: Call; entry: CallEnd }): void {
  call.finished = entry;
  frame.open.delete(call);
  if (call.approval !== undefined) run.undecided.delete(call.approval.approvalId);
  run.folder?.closed(frame, call);
}

/** Keeps what an attempt came to after something else closed its call. */
function noteLate(
  run: Run,
  frame: Frame,
  { call, entry }: { call: Call; entry: EntryOf<"tool_finished"> },
): void {
  // The same attempt twice is no news.
  const isSame = call.finished?.type === "tool_finished" && call.finished.attempt === entry.attempt;
  if (isSame || call.late !== undefined) return;
  call.late = entry;
  // Of a nested run that is over whoever had it run is told.
  let told: Frame | undefined = frame;
  while (told !== undefined && !run.live.has(told.key)) told = told.parent;
  if (told !== undefined) run.folder?.late(told, call);
}

function end(run: Run, frame: Frame, entry: FrameEnd): void {
  if (isOver(frame)) return;
  frame.end = entry;
  run.folder?.ended(frame, entry);
  // Nothing inside a run goes on once that is over.
  for (const key of run.live) {
    const path = run.frames.get(key)?.path ?? [];
    if (frame.path.every((callId, depth) => callId === path[depth])) run.live.delete(key);
  }
}

function propose(
  run: Run,
  frame: Frame,
  { item, kind }: { item: Proposal; kind: CallKind | undefined },
): Call {
  const known = frame.calls.get(item.callId);
  if (known !== undefined) return known;
  const call: Call = {
    item,
    agent: run.folder?.asker(frame) ?? "",
    kind,
    approval: undefined,
    previewed: undefined,
    started: undefined,
    lost: [],
    finished: undefined,
    dropped: false,
    late: undefined,
    error: undefined,
    edited: undefined,
    nested: false,
    unknown: undefined,
  };
  frame.calls.set(item.callId, call);
  frame.open.add(call);
  return call;
}

function teller(run: Run, frame: Frame): Tell {
  return {
    run,
    propose: (call) => propose(run, frame, call),
    drop(call) {
      call.dropped = true;
      frame.open.delete(call);
      run.folder?.closed(frame, call);
    },
    withdraw: (approvalId) => void run.undecided.delete(approvalId),
    stop(failure) {
      run.failure = failure;
    },
  };
}

/** What a late outcome says against what stood in its place. */
export function describeLate({ finished, late, approval }: Call): string | undefined {
  if (late === undefined) return undefined;
  const isDone = late.error === undefined || isAfterBody(late.error);
  const after = isDone ? "it was done" : "its body ended with an error";
  return `${describeBefore(finished, approval?.decision?.decision === "expired")}; ${after}`;
}

function describeBefore(finished: CallEnd | undefined, isExpired: boolean): string {
  if (finished === undefined) return "was started once more";
  if (finished.type === "tool_finished") return "was run once more";
  if (finished.outcome !== "stated") return `was answered as ${finished.outcome}`;
  return isExpired ? "was given up, as nobody said what came of it" : "was stated as not done";
}
