import type { Journal } from "../engine/journal.ts";
import type { MaybePromise } from "../lib/pending.ts";
import { ConflictError, errorMessage, HoldpointError } from "../lib/errors.ts";
import { stderrLog } from "../lib/log.ts";
import { frameAt, type AgentActivation } from "./activation.ts";
import { rootFrame, type Frame } from "./conversation.ts";
import type { EntryDraft } from "./entries.ts";
import { sinceCompaction, type AgentInputItem } from "./items.ts";
import { missingItems } from "./same-item.ts";
import { isOwnSession, type OwnSession, type Session } from "./session.ts";
import { stopResumably } from "./stop-run.ts";

/**
 * Brings the session up to the run.
 *
 * @returns false when it could not be written: the activation ends then, and can be resumed
 */
export function savedSession(activation: AgentActivation): MaybePromise<boolean> {
  const { session } = activation.own;
  return session === undefined || bringUp(session, activation);
}

async function bringUp(session: Session, activation: AgentActivation): Promise<boolean> {
  const { recorder } = activation;
  const append = async (drafts: EntryDraft[]): Promise<unknown> => activation.append([], drafts);
  try {
    await saveSession({ session, journal: recorder.journal, append });
    return true;
  } catch (cause) {
    if (cause instanceof ConflictError) throw cause;
    const message = `The session could not be written: ${errorMessage(cause)}`;
    const error = new HoldpointError("session_failed", message, { cause });
    await stopResumably(activation, frameAt(activation, []), { error });
    return false;
  }
}

/**
 * What a run leaves in its session when its caller aborts: who starts anew learns what was done. One
 * that cannot be written is brought up when the run goes on.
 */
export async function leaveInSession({
  session,
  recorder: { journal, append },
  epoch,
}: Pick<AgentActivation, "recorder" | "epoch"> & { session: Session }): Promise<void> {
  const isOurs = (): boolean => journal.state.epoch === epoch;
  const write: SessionWrite = { session, journal, append: (drafts) => append(drafts, isOurs) };
  try {
    await saveSession(write);
  } catch (error) {
    const whose = `run ${journal.state.runId ?? ""}: its session could not be written`;
    stderrLog.warn(`${whose}: ${errorMessage(error)}. It is brought up when the run goes on`);
  }
}

interface SessionWrite {
  session: Session;
  journal: Journal;
  /** Appends to the journal what the write has come to. */
  append(drafts: EntryDraft[]): Promise<unknown>;
}

const writing = new WeakMap<Journal, Promise<void>>();

/**
 * Brings a session up to a run: every item once, whatever crashed around an earlier write. One
 * write at a time; what the run has made by the time it begins is in it.
 *
 * @throws what the session threw; the write is settled by the next attempt
 */
export async function saveSession(write: SessionWrite): Promise<void> {
  const { session, journal } = write;
  const before = writing.get(journal);
  const mine = (async () => {
    await before?.catch(() => undefined);
    if (isOwnSession(session) && frameOf(journal)?.data.saving === undefined) {
      await saveOwn(write, session);
    } else {
      await settleWrite(write);
      await saveForeign(write);
    }
  })();
  writing.set(journal, mine);
  await mine;
}

/** Always asked anew: what a store refuses takes the fold back, and another one its place. */
function frameOf(journal: Journal): Frame | undefined {
  return rootFrame(journal.state);
}

/** What the run has made and the session does not have. */
function unsavedOf(
  write: SessionWrite,
): { from: number; to: number; items: AgentInputItem[] } | undefined {
  const frame = frameOf(write.journal);
  if (frame === undefined || frame.data.savedTo >= frame.data.transcript.length) return undefined;
  const { savedTo: from, transcript } = frame.data;
  return { from, to: transcript.length, items: toSessionItems(transcript.slice(from), write) };
}

/** Copies for a session: providers give ids to calls and outputs for one conversation only. */
function toSessionItems(
  items: readonly AgentInputItem[],
  { session, journal }: SessionWrite,
): AgentInputItem[] {
  const omitted = ["function_call", "function_call_result"];
  const keeps = session.preserveReasoningItemIdsForPersistence?.() === true;
  if (frameOf(journal)?.data.reasoningItemIdPolicy === "omit" && !keeps) omitted.push("reasoning");
  return structuredClone(items).map((item) => {
    if (item.type === undefined || !omitted.includes(item.type)) return item;
    const { id: _id, ...rest } = item;
    return rest;
  });
}

async function saveOwn(write: SessionWrite, session: OwnSession): Promise<void> {
  const { journal, append } = write;
  const unsaved = unsavedOf(write);
  if (unsaved === undefined) return;
  const { from, to, items } = unsaved;
  await session.addRunItems(journal.state.runId ?? "", from, items);
  await append([{ type: "session_saved", to }]);
}

async function saveForeign(write: SessionWrite): Promise<void> {
  const { session, append } = write;
  if (unsavedOf(write) === undefined) return;
  const before = (await session.getItems()).length;
  const unsaved = unsavedOf(write);
  if (unsaved === undefined) return;
  const { from, to, items } = unsaved;
  await append([{ type: "session_saving", from, to, before }]);
  await add(session, items, items);
  await append([{ type: "session_saved", to }]);
}

/** A write without a recorded end: what of it is there is found by reading back, the rest added. */
async function settleWrite(write: SessionWrite): Promise<void> {
  const { session, journal, append } = write;
  const frame = frameOf(journal);
  if (frame?.data.saving === undefined) return;
  const { from, to, before } = frame.data.saving;
  const planned = toSessionItems(frame.data.transcript.slice(from, to), write);
  const items = await session.getItems();
  // A session that has become shorter keeps its last items only, or was cleared.
  const there = items.length < before ? items.slice(-planned.length) : items.slice(before);
  const comparable = (some: AgentInputItem[]): AgentInputItem[] =>
    session.prepareHistoryItemsForPersistenceComparison?.(structuredClone(some)) ?? some;
  const shown = comparable(planned);
  const lost = new Set(missingItems(shown, comparable(there)));
  // What it is compared by is not what is kept.
  const missing = planned.filter((_, index) => {
    const item = shown[index];
    return item !== undefined && lost.has(item);
  });
  if (missing.length > 0) await add(session, missing, planned);
  await append([{ type: "session_saved", to }]);
}

/** @param planned all of the write: with a compaction in it, it may take the place of what was */
async function add(
  session: Session,
  items: AgentInputItem[],
  planned: AgentInputItem[],
): Promise<void> {
  const isCompacted = planned.some(({ type }) => type === "compaction");
  if (!isCompacted || session.replaceHistoryWithCompaction === undefined) {
    return session.addItems(items);
  }
  await session.replaceHistoryWithCompaction(sinceCompaction(planned));
}
