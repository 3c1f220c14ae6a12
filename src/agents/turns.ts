import {
  assistant,
  isFunctionCall,
  type AgentInputItem,
  type FunctionCallItem,
  type FunctionCallResultItem,
  user,
} from "./items.ts";
import { toFunctionCallResult } from "./tool-output.ts";
import type { EntryOf } from "./entries.ts";
import type { RunFold } from "./fold.ts";
import {
  isAnswered,
  reorder,
  resolveOrder,
  type Call,
  type Frame,
  type RunRecord,
  type Turn,
} from "./conversation.ts";
import { sameInvocation } from "./invocation.ts";

/** Takes a response in: its items, its calls, and what is wrong with it. */
export function applyResponse(
  frame: Frame,
  entry: EntryOf<"model_responded">,
  format: number,
): void {
  admitPendingInput(frame, entry.admitted ?? 0);
  admitNews(frame, entry.told ?? 0);
  frame.requested = undefined;
  frame.responses.push(entry);
  const number = frame.turns;
  frame.turns += 1;
  frame.agentTurns += 1;
  const turn = openTurn(frame, entry, { number, format });
  frame.turn = turn;
  const usesHostedTool = turn.items.some(({ type }) => type === "hosted_tool_call");
  if (turn.calls.length > 0 || usesHostedTool) frame.usedTools.add(frame.agent);
  for (const raw of turn.items) {
    if (raw.type === "compaction") forgetBefore(frame);
    remember(frame, raw);
    frame.records.push({ type: "output", agent: frame.agent, raw });
  }
  frame.unseenFrom = frame.history.length;
  frame.outputsFrom = frame.transcript.length;
  frame.owed = entry.output.flatMap((item) =>
    isFunctionCall(item) && entry.ignored?.includes(item.callId) === true
      ? [resultItem(item, IGNORED_HANDOFF)]
      : [],
  );
}

/** One more item of the conversation, for models and for the session. */
function remember(frame: Frame, raw: AgentInputItem): void {
  frame.history.push(raw);
  frame.transcript.push(raw);
}

/** A compaction stands for everything before it. */
function forgetBefore(frame: Frame): void {
  frame.history = [];
  frame.prior = undefined;
}

function openTurn(
  frame: Frame,
  entry: EntryOf<"model_responded">,
  { number, format }: { number: number; format: number },
): Turn {
  const calls: Call[] = [];
  let violation: string | undefined;
  let repeats = false;
  const items = entry.output.filter((item) => {
    if (!isFunctionCall(item)) return true;
    if (entry.ignored?.includes(item.callId) === true) return false;
    if (item.callId === "") {
      violation ??= `The model called "${item.name}" without a call id`;
      return true;
    }
    const known = frame.calls.get(item.callId);
    if (known === undefined) {
      // Format 1 did not say it, and most calls are of tools.
      const kind = entry.kinds?.[item.callId] ?? (format === 1 ? undefined : "tool");
      const call = createCall(frame.agent, item, { turn: number, kind });
      frame.calls.set(item.callId, call);
      calls.push(call);
      return true;
    }
    if (!sameInvocation(known.item, item)) {
      violation ??= describeReuse(known, number);
      return true;
    }
    // The same call once more is no new call: it is neither run nor shown a second time.
    repeats = true;
    return false;
  });
  const { agent } = frame;
  const { responseId } = entry;
  return { agent, number, items, calls, open: calls.length, repeats, violation, responseId };
}

function describeReuse({ item, turn }: Call, number: number): string {
  return turn === number
    ? `Tool call ID ${item.callId} was reused for different tool invocations in the same run.`
    : `Tool call ID ${item.callId} was reused for a different invocation after its output was committed.`;
}

function createCall(
  agent: string,
  item: FunctionCallItem,
  { turn, kind }: Pick<Call, "turn" | "kind">,
): Call {
  return {
    item,
    agent,
    turn,
    kind,
    approval: undefined,
    started: undefined,
    finished: undefined,
    late: undefined,
    error: undefined,
    edited: undefined,
    nested: false,
    handoff: undefined,
  };
}

export function applyStarted(frame: Frame, entry: EntryOf<"tool_started">, epoch: number): void {
  const call = frame.calls.get(entry.callId);
  if (call === undefined || isAnswered(call)) return;
  call.started = { seq: entry.seq, epoch, attempt: entry.attempt, at: entry.at };
  call.error = undefined;
  // Another attempt is at what the one before it was.
  call.edited = call.approval?.decision?.arguments ?? call.edited;
}

/** What an attempt came to; one that nobody started says nothing. */
export function applyFinished(state: RunFold, frame: Frame, entry: EntryOf<"tool_finished">): void {
  const call = frame.calls.get(entry.callId);
  const attempt = call?.started?.attempt;
  if (call === undefined || attempt === undefined || entry.attempt > attempt) return;
  // A late outcome settles the doubt of its own attempt, never that of a later one.
  if (isAnswered(call) || entry.attempt < attempt) {
    noteLate(state, frame, { call, entry });
    return;
  }
  if (entry.output === undefined && entry.returned === undefined) {
    call.error = entry.error;
    return;
  }
  closeWith(state, frame, { call, entry });
}

/** An answer in place of an outcome. */
export function applyAnswered(state: RunFold, frame: Frame, entry: EntryOf<"call_answered">): void {
  const call = frame.calls.get(entry.callId);
  if (call === undefined || isAnswered(call)) return;
  closeWith(state, frame, { call, entry });
}

function closeWith(
  state: RunFold,
  frame: Frame,
  { call, entry }: { call: Call; entry: EntryOf<"tool_finished" | "call_answered"> },
): void {
  call.finished = entry;
  if (call.approval !== undefined) state.undecided.delete(call.approval.approvalId);
  close(frame, call);
}

/**
 * Keeps what an attempt came to after something else closed its call: the model was told that, and
 * is told this with its next input.
 */
function noteLate(
  state: RunFold,
  frame: Frame,
  { call, entry }: { call: Call; entry: EntryOf<"tool_finished"> },
): void {
  // The same attempt twice is no news.
  const isSame = call.finished?.type === "tool_finished" && call.finished.attempt === entry.attempt;
  if (isSame || call.late !== undefined) return;
  call.late = entry;
  if (state.live.has(frame.key)) frame.news.push(newsOf(call, entry));
}

/** What a late outcome says against what stood in its place; text of tools is quoted. */
export function describeLate({ finished }: Call, { error }: EntryOf<"tool_finished">): string {
  const after = error === undefined ? "it was done" : `its body ended with an error`;
  return `${describeBefore(finished)}; ${after}`;
}

function describeBefore(finished: Call["finished"]): string {
  if (finished === undefined) return "was started once more";
  if (finished.type === "tool_finished") return "was run once more";
  return finished.outcome === "stated"
    ? "was stated as not done"
    : `was answered as ${finished.outcome}`;
}

/** The same for the model, with what the tool put out. */
function newsOf(call: Call, entry: EntryOf<"tool_finished">): AgentInputItem {
  const { name, callId } = call.item;
  const said = entry.error?.message ?? entry.returned ?? entry.output;
  const what = entry.error === undefined ? "output" : "error";
  return user(
    `Late news of the earlier call ${callId} of "${name}": it ${describeLate(call, entry)}. Its ${what}: ${JSON.stringify(said)}`,
  );
}

export function applyHandoff(frame: Frame, entry: EntryOf<"handed_off">): void {
  const call = frame.calls.get(entry.callId);
  if (frame.turn === undefined || call === undefined || isAnswered(call)) return;
  call.handoff = entry;
  close(frame, call);
  frame.agent = entry.to;
  frame.agentTurns = 0;
  if (entry.filter !== undefined) applyFilter(frame, entry.filter);
}

/** Puts what a filter left in place of input and items; a number names the item it kept. */
function applyFilter(frame: Frame, filter: NonNullable<EntryOf<"handed_off">["filter"]>): void {
  const records = filter.items.flatMap((ref): RunRecord[] =>
    typeof ref === "number"
      ? frame.records.slice(ref, ref + 1)
      : ref.map((raw) => ({ type: "input", agent: frame.agent, raw })),
  );
  const made = records.map(({ raw }) => raw);
  frame.records = records;
  if (frame.prior !== undefined) {
    frame.prior = reorder(frame.prior, { opening: frame.opening, next: filter.input });
    frame.history = made;
    return;
  }
  const kept = resolveOrder(frame.opening, filter.input);
  frame.input = (filter.isText === true ? textOf(kept) : undefined) ?? kept;
  frame.opening = kept;
  frame.history = [...kept, ...made];
}

/** The text that stands for one message of the user's. */
function textOf([message]: readonly AgentInputItem[]): string | undefined {
  const content = message !== undefined && "content" in message ? message.content : undefined;
  return typeof content === "string" ? content : undefined;
}

/** Counts a call as answered; the last one of its turn brings all outputs into the history. */
function close(frame: Frame, call: Call): void {
  const { turn } = frame;
  if (turn === undefined || call.turn !== turn.number) return;
  turn.open -= 1;
  if (turn.open === 0) settle(frame, turn);
  else transcribe(frame, turn);
}

function settle(frame: Frame, turn: Turn): void {
  const records = resultRecords(turn);
  const outputs = records.map(({ raw }) => raw);
  frame.records.push(...records);
  frame.history.push(...outputs);
  frame.transcript.push(...outputs.slice(frame.transcript.length - frame.outputsFrom));
}

/** Outputs reach the transcript in call order: those in front of the first open call at once. */
function transcribe({ transcript, outputsFrom }: Frame, { calls }: Turn): void {
  for (;;) {
    const call = calls[transcript.length - outputsFrom];
    if (call?.finished === undefined) return;
    transcript.push(toResultItem(call));
  }
}

/** The outputs of a turn so far, in call order, the handoff last. */
export function resultRecords(turn: Turn): RunRecord[] {
  const results: RunRecord[] = [];
  const handoffs: RunRecord[] = [];
  for (const call of turn.calls) {
    if (call.finished !== undefined) {
      results.push({ type: "result", agent: turn.agent, raw: toResultItem(call), call });
    } else if (call.handoff !== undefined) {
      const raw = resultItem(call.item, call.handoff.output);
      handoffs.push({ type: "handoff", agent: turn.agent, raw, call });
    }
  }
  return [...results, ...handoffs];
}

const IGNORED_HANDOFF = "Multiple handoffs detected, ignoring this one.";

/** The item that answers a finished call. */
export function toResultItem(call: Call): FunctionCallResultItem {
  const returned = call.finished?.returned;
  if (returned !== undefined) return toFunctionCallResult(call.item, returned);
  return resultItem(call.item, call.finished?.output ?? "");
}

export function resultItem(
  call: FunctionCallItem,
  output: FunctionCallResultItem["output"],
): FunctionCallResultItem {
  return {
    type: "function_call_result",
    name: call.name,
    ...(call.namespace === undefined ? {} : { namespace: call.namespace }),
    callId: call.callId,
    status: "completed",
    output: typeof output === "string" ? { type: "text", text: output } : output,
  };
}

export function applyAddedInput(frame: Frame, items: AgentInputItem[]): void {
  frame.pendingInput = [...frame.pendingInput, ...items];
}

function admitPendingInput(frame: Frame, count: number): void {
  for (const raw of frame.pendingInput.slice(0, count)) {
    remember(frame, raw);
    frame.records.push({ type: "input", agent: frame.agent, raw });
  }
  frame.pendingInput = frame.pendingInput.slice(count);
}

/** Late news that a model was sent is part of the conversation from then on. */
function admitNews(frame: Frame, count: number): void {
  for (const raw of frame.news.slice(0, count)) {
    remember(frame, raw);
    frame.records.push({ type: "input", agent: frame.agent, raw });
  }
  frame.news = frame.news.slice(count);
}

/** A final text that no model wrote becomes the last message, where that is wanted. */
export function applyFinalMessage(frame: Frame, { output }: EntryOf<"run_completed">): void {
  if (output.from !== "text" || output.message !== true) return;
  const raw = assistant(output.text);
  remember(frame, raw);
  frame.records.push({ type: "output", agent: frame.agent, raw });
}
