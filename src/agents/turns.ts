import type { Tell, Call } from "../engine/state.ts";
import {
  type CallRecord,
  type Conversation,
  type Frame,
  type Turn,
  askedOf,
  itemOf,
  resolveOrder,
} from "./conversation.ts";
import type { EntryOf } from "./entries.ts";
import { sameInvocation } from "./invocation.ts";
import { isFunctionCall, type AgentInputItem, type FunctionCallResultItem } from "./items.ts";
import { resultItem, toFunctionCallResult } from "./tool-output.ts";

/**
 * Takes a response in: its items, its calls, and what is wrong with it. Of one that comes too late
 * only the usage counts.
 */
export function applyResponse(frame: Frame, entry: EntryOf<"model_responded">, tell: Tell): void {
  const { data } = frame;
  data.shared.usage.add(entry.usage);
  if (frame.end !== undefined || (entry.turn ?? data.turns) !== data.turns) return;
  const asked = askedOf(frame);
  if (asked !== undefined) tell.withdraw(asked.approvalId);
  admit(data, "pendingInput", entry.admitted);
  admit(data, "news", entry.told);
  if (entry.kept !== undefined) keepSent(data, entry.kept);
  data.wasRequested = data.requested !== undefined;
  data.requested = undefined;
  data.responses.push(entry);
  const number = data.turns;
  data.turns += 1;
  data.agentTurns += 1;
  const turn = openTurn(frame, entry, { number, tell });
  data.turn = turn;
  const usesHostedTool = turn.items.some(({ type }) => type === "hosted_tool_call");
  if (turn.calls.length > 0 || usesHostedTool) data.usedTools.add(data.agent);
  for (const raw of turn.items) {
    if (raw.type === "compaction") forgetBefore(data);
    remember(data, raw);
    data.records.push({ type: "output", agent: data.agent, raw });
  }
  data.unseenFrom = data.history.length;
  data.outputsFrom = data.transcript.length;
  data.owed = entry.output
    .filter((item) => isFunctionCall(item))
    .filter(({ callId }) => entry.ignored?.includes(callId) === true)
    .map((call) => resultItem(call, IGNORED_HANDOFF));
}

/** One more item of the conversation, for models and for the session. */
export function remember(data: Conversation, raw: AgentInputItem): void {
  data.history.push(raw);
  data.transcript.push(raw);
}

/** The session gets what the model was sent in place of what the run was given. */
function keepSent(
  { transcript }: Conversation,
  { from, items }: NonNullable<EntryOf<"model_responded">["kept"]>,
): void {
  transcript.push(...resolveOrder(transcript.splice(from), items));
}

/** A compaction stands for everything before it. */
function forgetBefore(data: Conversation): void {
  data.history = [];
  data.prior = undefined;
}

function openTurn(
  frame: Frame,
  entry: EntryOf<"model_responded">,
  { number, tell }: { number: number; tell: Tell },
): Turn {
  const { data } = frame;
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
      const kind = entry.kinds?.[item.callId] ?? (tell.run.format === 1 ? undefined : "tool");
      const call = tell.propose({ item, kind });
      data.turnOf.set(call, number);
      calls.push(call);
      return true;
    }
    if (!sameInvocation(itemOf(known), item)) {
      violation ??= describeReuse(known, data.turnOf.get(known) === number);
      return true;
    }
    // The same call once more is no new call: it is neither run nor shown a second time.
    repeats = true;
    return false;
  });
  const { agent } = data;
  return { agent, number, items, calls, open: calls.length, repeats, violation };
}

function describeReuse({ item }: Call, isSameTurn: boolean): string {
  return isSameTurn
    ? `Tool call ID ${item.callId} was reused for different tool invocations in the same run.`
    : `Tool call ID ${item.callId} was reused for a different invocation after its output was committed.`;
}

/** The outputs of a turn so far, in call order, the handoff last. */
export function resultRecords({
  turn,
  handoffs,
}: Pick<Conversation, "turn" | "handoffs">): CallRecord[] {
  const results: CallRecord[] = [];
  const made: CallRecord[] = [];
  if (turn === undefined) return results;
  for (const call of turn.calls) {
    const handoff = handoffs.get(call);
    if (call.finished !== undefined) {
      results.push({ type: "result", agent: turn.agent, raw: toResultItem(call), call });
    } else if (handoff !== undefined) {
      const raw = resultItem(itemOf(call), handoff.output);
      made.push({ type: "handoff", agent: turn.agent, raw, call, to: handoff.to });
    }
  }
  return [...results, ...made];
}

const IGNORED_HANDOFF = "Multiple handoffs detected, ignoring this one.";

/** The item that answers a finished call. */
export function toResultItem(call: Call): FunctionCallResultItem {
  const item = itemOf(call);
  const { returned, output = "" } = call.finished ?? {};
  if (returned !== undefined) return toFunctionCallResult(item, returned);
  return resultItem(item, output as FunctionCallResultItem["output"]);
}

/** What a model was sent of added input and late news is part of the conversation from then on. */
function admit(data: Conversation, from: "pendingInput" | "news", count = 0): void {
  for (const raw of data[from].slice(0, count)) {
    remember(data, raw);
    data.records.push({ type: "input", agent: data.agent, raw });
  }
  data[from] = data[from].slice(count);
}
