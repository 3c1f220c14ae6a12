import type { Journal } from "../engine/journal.ts";
import { ConflictError, errorMessage, HoldpointError } from "../lib/errors.ts";
import { frameAt, type AgentActivation } from "./activation.ts";
import { rootFrame, type Frame } from "./conversation.ts";
import type { EntryDraft } from "./entries.ts";
import type { AgentInputItem } from "./items.ts";
import { missingItems } from "./same-item.ts";
import { isOwnSession, type OwnSession, type Session } from "./session.ts";
import { stopResumably } from "./stop-run.ts";

/**
 * Brings the session up to the run.
 *
 * @returns false when it could not be written: the activation ends then, and can be resumed
 */
export async function savedSession(activation: AgentActivation): Promise<boolean> {
  const { recorder } = activation;
  const { session } = activation.own;
  if (session === undefined) return true;
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
  const write = {
    session,
    journal,
    append: async (drafts: EntryDraft[]) => append(drafts, isOurs),
  };
  await saveSession(write).catch(() => undefined);
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
  journal: Journal,
): { from: number; to: number; items: AgentInputItem[] } | undefined {
  const frame = frameOf(journal);
  if (frame === undefined || frame.data.savedTo >= frame.data.transcript.length) return undefined;
  const { savedTo: from, transcript } = frame.data;
  return { from, to: transcript.length, items: toSessionItems(transcript.slice(from)) };
}

/** Copies for a session: providers give ids to calls and outputs for one conversation only. */
function toSessionItems(items: readonly AgentInputItem[]): AgentInputItem[] {
  return structuredClone(items).map((item) => {
    if (item.type !== "function_call" && item.type !== "function_call_result") return item;
    const { id: _id, ...rest } = item;
    return rest;
  });
}

async function saveOwn({ journal, append }: SessionWrite, session: OwnSession): Promise<void> {
  const unsaved = unsavedOf(journal);
  if (unsaved === undefined) return;
  const { from, to, items } = unsaved;
  await session.addRunItems(journal.state.runId ?? "", from, items);
  await append([{ type: "session_saved", to }]);
}

async function saveForeign({ session, journal, append }: SessionWrite): Promise<void> {
  if (unsavedOf(journal) === undefined) return;
  const before = (await session.getItems()).length;
  const unsaved = unsavedOf(journal);
  if (unsaved === undefined) return;
  const { from, to, items } = unsaved;
  await append([{ type: "session_saving", from, to, before }]);
  await session.addItems(items);
  await append([{ type: "session_saved", to }]);
}

/** A write without a recorded end: what of it is there is found by reading back, the rest added. */
async function settleWrite({ session, journal, append }: SessionWrite): Promise<void> {
  const frame = frameOf(journal);
  if (frame?.data.saving === undefined) return;
  const { from, to, before } = frame.data.saving;
  const planned = toSessionItems(frame.data.transcript.slice(from, to));
  const items = await session.getItems();
  // A session that has become shorter keeps its last items only, or was cleared.
  const there = items.length < before ? items.slice(-planned.length) : items.slice(before);
  const missing = missingItems(planned, there);
  if (missing.length > 0) await session.addItems(missing);
  await append([{ type: "session_saved", to }]);
}
