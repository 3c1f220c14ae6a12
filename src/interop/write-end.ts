import {
  isAssistantMessage,
  isFunctionCall,
  messageText,
  toInputItems,
  type FunctionCallItem,
} from "../agents/items.ts";
import type { EntryDraft } from "../agents/entries.ts";
import type { ToldSoFar } from "./conversation.ts";
import type { ForeignRun } from "./foreign-run.ts";
import { resultOf, textOf } from "./results.ts";

/** Adds an entry to a run; returns its number. */
export type Add = (draft: EntryDraft) => number;

/**
 * What the session of the run has: its input, and the first of its items. Results behind a call that
 * is open have no place in the run's order yet: whoever writes next looks which of them are there.
 */
export function writeSaved(run: ForeignRun, { keys }: ToldSoFar, add: Add): void {
  const { savedItems, input, responses } = run;
  if (savedItems === undefined) return;
  const opening = toInputItems(input).length;
  const calls = (responses.at(-1)?.output ?? []).filter((item) => isFunctionCall(item));
  const firstOpen = calls.findIndex((call) => resultOf(run, call) === undefined);
  const open = firstOpen < 0 ? [] : calls.slice(firstOpen);
  const early = open.filter((call) => resultOf(run, call) !== undefined).length;
  const placed = keys.length - early;
  add({ type: "session_saved", to: opening + Math.min(savedItems, placed) });
  if (savedItems <= placed) return;
  const from = opening + placed;
  add({ type: "session_saving", from, to: from + open.length, before: 0 });
}

function outputOf(run: ForeignRun, call: FunctionCallItem): string | undefined {
  const result = resultOf(run, call);
  return result === undefined ? undefined : textOf(result.raw);
}

/** Writes how the run ended, if it did. */
export function writeEnd(run: ForeignRun, add: Add): void {
  const { step, responses } = run;
  if (step.type !== "completed") return;
  const last = responses.at(-1)?.output ?? [];
  const message = last.findLast((item) => isAssistantMessage(item));
  const said = message && messageText(message);
  const calls = last.filter((item) => isFunctionCall(item));
  const { output = calls.length === 0 ? said : undefined } = step;
  if (output !== undefined && output === said && calls.length === 0) {
    add({ type: "run_completed", output: { from: "message" } });
    return;
  }
  const call = calls.find((one) => output === undefined || output === outputOf(run, one));
  const ended =
    call === undefined
      ? { from: "text" as const, text: output ?? "" }
      : { from: "call" as const, callId: call.callId };
  add({ type: "run_completed", output: ended });
}
