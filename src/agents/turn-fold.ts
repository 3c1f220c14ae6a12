import type { Folder, Tell, Call, FrameEnd } from "../engine/state.ts";
import { isAnswered } from "../engine/frames.ts";
import type { DriverEntry } from "../engine/entries.ts";
import { describeLate } from "../engine/fold.ts";
import { isJsonObject } from "../lib/json.ts";
import { abandonTurn } from "./abandoned.ts";
import {
  askedOf,
  budgetOf,
  createConversation,
  createShared,
  reorder,
  resolveOrder,
  type Conversation,
  type Frame,
  type RunRecord,
  type Shared,
} from "./conversation.ts";
import {
  startSchema,
  turnKinds,
  turnForms,
  type EntryOf,
  type RunOutput,
  type Start,
  type TurnEntry,
} from "./entries.ts";
import { assistant, user, type AgentInputItem } from "./items.ts";
import { applyResponse, remember, resultRecords, toResultItem } from "./turns.ts";

/** The fold of what belongs to conversations with models. */
export const agentsFolder: Folder<Conversation> = {
  name: "agents",
  kinds: turnKinds,
  forms: turnForms,
  start: startSchema,
  startFields: () => Object.keys(startSchema().shape),
  begin(frame, { agent, start }) {
    const begun = { input: [], maxTurns: null, ...(start as Partial<Start> | undefined) };
    const shared = frame.parent?.data.shared ?? beginShared(begun);
    return createConversation(shared, agent, begun);
  },
  claimed({ data }, start) {
    if (!isJsonObject(start)) return;
    const { maxTurns, reasoningItemIdPolicy } = start as Partial<Start>;
    if (maxTurns !== undefined) data.maxTurns = maxTurns;
    if (reasoningItemIdPolicy !== undefined) data.reasoningItemIdPolicy = reasoningItemIdPolicy;
  },
  fold(frame, entry, tell) {
    if (!isTurnEntry(entry)) return;
    // Each type has its own: the compiler cannot see that the two go together.
    const applier = appliers[entry.type] as (frame: Frame, entry: TurnEntry, tell: Tell) => void;
    applier(frame, entry, tell);
  },
  closed: closeCall,
  late: tellLate,
  ended: endFrame,
  idle,
  owes: ({ data: { turn, savedTo, transcript } }, { sessionId }) =>
    sessionId !== undefined && turn !== undefined && savedTo < transcript.length,
  // A model's answer is asked for again, unless the journal says that it must not be.
  mayBeLost: ({ data }, { type }) => type === "model_responded" && !data.wasRequested,
  asker: ({ data }) => data.agent,
};

/** The drivers that this library reads. */
export const agentFolders = new Map<string, Folder>([["agents", agentsFolder]]);

function beginShared(start: Start): Shared {
  const { context, givenAgain, dates, serialized } = start;
  const { conversationId, previousResponseId, chained } = start;
  const isServerManaged =
    conversationId !== undefined || previousResponseId !== undefined || chained === true;
  return {
    ...createShared(),
    context,
    contextMarks: { givenAgain, dates, serialized },
    conversationId,
    previousResponseId,
    isServerManaged,
  };
}

function isTurnEntry(entry: DriverEntry): entry is TurnEntry {
  return entry.type in turnKinds;
}

type Appliers = {
  [T in TurnEntry["type"]]: (frame: Frame, entry: EntryOf<T>, tell: Tell) => void;
};

const appliers: Appliers = {
  model_requested({ data }, { seq, at }, { run }) {
    data.requested = { seq, epoch: run.epoch, at };
  },
  model_responded: applyResponse,
  model_failed({ path, data }, { code, message, retryable, unanswered }, tell) {
    if (unanswered !== true) data.requested = undefined;
    tell.stop({ code, message, retryable, path });
  },
  handed_off: applyHandoff,
  context_changed({ data: { shared } }, { context, givenAgain, dates, serialized }) {
    shared.context = context;
    shared.contextMarks = { givenAgain, dates, serialized };
  },
  input_added({ data }, { items }) {
    data.pendingInput = [...data.pendingInput, ...items];
  },
  input_cleared({ data }) {
    data.pendingInput = [];
  },
  session_saving({ data }, entry) {
    data.saving = entry;
  },
  session_saved({ data }, { to }) {
    // A late one tells of less than what is saved by now.
    if (data.saving !== undefined && data.saving.to <= to) data.saving = undefined;
    data.savedTo = Math.max(data.savedTo, to);
  },
};

function applyHandoff(frame: Frame, entry: EntryOf<"handed_off">, tell: Tell): void {
  const { data } = frame;
  const call = frame.calls.get(entry.callId);
  if (data.turn === undefined || call === undefined || isAnswered(call)) return;
  data.handoffs.set(call, entry);
  tell.drop(call);
  data.agent = entry.to;
  data.agentTurns = 0;
  if (entry.filter !== undefined) applyFilter(data, entry.filter);
}

/** Puts what a filter left in place of input and items; a number names the item it kept. */
function applyFilter(
  data: Conversation,
  filter: NonNullable<EntryOf<"handed_off">["filter"]>,
): void {
  const records = filter.items.flatMap((ref): RunRecord[] =>
    typeof ref === "number"
      ? data.records.slice(ref, ref + 1)
      : ref.map((raw) => ({ type: "input", agent: data.agent, raw })),
  );
  const made = records.map(({ raw }) => raw);
  data.records = records;
  if (data.prior !== undefined) {
    data.prior = reorder(data.prior, { opening: data.opening, next: filter.input });
    data.history = made;
    return;
  }
  const kept = resolveOrder(data.opening, filter.input);
  data.input = (filter.isText === true ? textOf(kept) : undefined) ?? kept;
  data.opening = kept;
  data.history = [...kept, ...made];
}

/** The text that stands for one message of the user's. */
function textOf([message]: readonly AgentInputItem[]): string | undefined {
  const content = message !== undefined && "content" in message ? message.content : undefined;
  return typeof content === "string" ? content : undefined;
}

/** Counts a call as answered; the last one of its turn brings all outputs into the history. */
function closeCall({ data }: Frame, call: Call): void {
  const { turn } = data;
  if (turn === undefined || data.turnOf.get(call) !== turn.number) return;
  turn.open -= 1;
  if (turn.open > 0) return transcribe(data);
  const records = resultRecords(data);
  const outputs = records.map(({ raw }) => raw);
  data.records.push(...records);
  data.history.push(...outputs);
  data.transcript.push(...outputs.slice(data.transcript.length - data.outputsFrom));
}

/** Outputs reach the transcript in call order: those in front of the first open call at once. */
function transcribe({ transcript, outputsFrom, turn }: Conversation): void {
  for (;;) {
    const call = turn?.calls[transcript.length - outputsFrom];
    if (call?.finished === undefined) return;
    transcript.push(toResultItem(call));
  }
}

/** The model is told with its next input; text of tools is quoted. */
function tellLate({ data }: Frame, call: Call): void {
  const { late, item } = call;
  if (late === undefined) return;
  const said = late.error?.message ?? late.returned ?? late.output;
  const what = late.error === undefined ? "output" : "error";
  data.news.push(
    user(
      `Late news of the earlier call ${item.callId} of "${item.name}": it ${describeLate(call) ?? ""}. Its ${what}: ${JSON.stringify(said)}`,
    ),
  );
}

function endFrame(frame: Frame, end: FrameEnd): void {
  if (end.type !== "run_completed") return abandonTurn(frame, end);
  const { data } = frame;
  const output = end.output as RunOutput;
  // A final text that no model wrote becomes the last message, where that is wanted.
  if (output.from !== "text" || output.message !== true) return;
  const raw = assistant(output.text);
  remember(data, raw);
  data.records.push({ type: "output", agent: data.agent, raw });
}

function idle(frame: Frame): ReturnType<Folder["idle"]> {
  const { turn, requested } = frame.data;
  if (requested !== undefined) {
    const asked = askedOf(frame);
    const isAsked = asked !== undefined && asked.seq > requested.seq;
    return isAsked && asked.decision === undefined ? "held" : "works";
  }
  if (turn === undefined || turn.open === 0) {
    const budget = budgetOf(frame);
    return budget !== undefined && budget.decision === undefined ? "held" : "works";
  }
  return turn.violation === undefined ? "waits" : "works";
}
