import type { AgentInputItem } from "../agent/items.ts";
import { isOwnSession, type Session } from "../agent/session.ts";
import { ConflictError, errorMessage, HoldpointError } from "../lib/errors.ts";
import { canonicalJson } from "../lib/json.ts";
import { rootFrame } from "../journal/fold.ts";
import type { Frame } from "../journal/frame.ts";
import type { Activation } from "./activation.ts";
import { stopResumably } from "./stop-run.ts";

/**
 * Brings the session up to the run.
 *
 * @returns false when it could not be written: the activation ends then, and can be resumed
 */
export async function savedSession(activation: Activation): Promise<boolean> {
  try {
    await saveSession(activation);
    return true;
  } catch (cause) {
    if (cause instanceof ConflictError) throw cause;
    const message = `The session could not be written: ${errorMessage(cause)}`;
    const error = new HoldpointError("session_failed", message, { cause });
    await stopResumably(activation, activation.frame([]), error);
    return false;
  }
}

/**
 * Brings the session up to the run: every item once, whatever crashed around an earlier write.
 * Nothing is saved before the input's guardrails passed.
 *
 * @throws what the session threw; the write is settled by the next attempt
 */
async function saveSession(activation: Activation): Promise<void> {
  const { session, state } = activation;
  const frame = rootFrame(state);
  if (session === undefined || frame === undefined) return;
  const to = frame.transcript.length;
  if (isOwnSession(session)) {
    await saveOwn(activation, session.addRunItems.bind(session), to);
    return;
  }
  await settleWrite(activation, session, frame);
  const { savedTo: from } = activation.frame([]);
  if (from >= to) return;
  const before = (await session.getItems()).length;
  await activation.append([], [{ type: "session_saving", from, to, before }]);
  await session.addItems(frame.transcript.slice(from, to));
  await activation.append([], [{ type: "session_saved", to }]);
}

async function saveOwn(
  activation: Activation,
  addRunItems: (runId: string, from: number, items: AgentInputItem[]) => Promise<void>,
  to: number,
): Promise<void> {
  const { savedTo: from, transcript } = activation.frame([]);
  if (from >= to) return;
  await addRunItems(activation.state.runId ?? "", from, transcript.slice(from, to));
  await activation.append([], [{ type: "session_saved", to }]);
}

/** A write without a recorded end: what of it is there is found by reading back, the rest added. */
async function settleWrite(
  activation: Activation,
  session: Session,
  { saving, transcript }: Frame,
): Promise<void> {
  if (saving === undefined) return;
  const { from, to, before } = saving;
  const there = (await session.getItems()).slice(before).map((item) => essence(item));
  const missing = transcript.slice(from, to).filter((item) => {
    const index = there.indexOf(essence(item));
    if (index >= 0) there.splice(index, 1);
    return index < 0;
  });
  if (missing.length > 0) await session.addItems(missing);
  await activation.append([], [{ type: "session_saved", to }]);
}

/** What makes an item the same one, whatever ids and defaults a service added to it. */
function essence(item: AgentInputItem): string {
  const { id: _id, providerData: _data, ...rest } = item;
  const kept = Object.entries(rest).filter(([key]) => key !== "status" && key !== "type");
  return canonicalJson([item.type ?? "message", Object.fromEntries(kept)]);
}
