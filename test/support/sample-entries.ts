import {
  startSchema,
  type DraftOf,
  type Entry,
  type EntryDraft,
  type EntryOf,
  type Start,
} from "../../src/agents/entries.ts";
import { fold, kindOf, type RunFold } from "./journal.ts";
import { call } from "../../src/models/scripted.ts";

const start = Date.parse("2026-01-01T00:00:00.000Z");

/** Entries of these drafts, one a second, numbered from 0. */
export function placed(drafts: readonly EntryDraft[]): Entry[] {
  let epoch = 0;
  return drafts.map((draft, seq) => {
    const at = new Date(start + 1_000 * seq).toISOString();
    if (draft.type === "run_claimed") epoch = draft.epoch;
    const made = kindOf(draft) === "intention" ? { epoch } : {};
    return { ...made, ...draft, seq, at } as Entry;
  });
}

export function foldOf(...drafts: EntryDraft[]): RunFold {
  return fold(placed(drafts));
}

/** @param changes of the entry, and of what its driver begins with */
export function started(
  changes: Partial<DraftOf<"run_started"> & Start> = {},
): DraftOf<"run_started"> {
  const own = Object.keys(startSchema().shape);
  const given = Object.entries(changes);
  const start = Object.fromEntries(given.filter(([name]) => own.includes(name)));
  const rest = Object.fromEntries(given.filter(([name]) => !own.includes(name)));
  return {
    type: "run_started",
    format: 2,
    runId: "run_1",
    driver: "agents",
    agent: "clerk",
    source: "code",
    start: { input: "Hello", maxTurns: 10, ...start },
    ...rest,
  };
}

export function claimed(epoch: number): EntryDraft {
  return { type: "run_claimed", owner: `own_${epoch}`, epoch };
}

/** A response that calls `pay`, once for each id. */
export function responded(
  callIds: readonly string[],
  changes: Partial<DraftOf<"model_responded">> = {},
): EntryDraft {
  const output = callIds.map((id) => call("pay", { id }, id));
  return { type: "model_responded", output, usage: { requests: 1, inputTokens: 5 }, ...changes };
}

export function asked(
  callId: string,
  changes: Partial<DraftOf<"approval_requested">> = {},
): EntryDraft {
  return {
    type: "approval_requested",
    approvalId: `apr_${callId}`,
    kind: "tool_call",
    callId,
    agent: "clerk",
    tool: "pay",
    toolDigest: "d",
    approver: "client",
    ...changes,
  };
}

export function decided(
  callId: string,
  decision: EntryOf<"approval_decided">["decision"],
  changes: Partial<DraftOf<"approval_decided">> = {},
): EntryDraft {
  const approvalId = `apr_${callId}`;
  const by = "somebody";
  const channel = "test";
  return { type: "approval_decided", approvalId, decision, by, channel, scope: "once", ...changes };
}

/** @param epoch that it was made under, where that is not the one it stands under */
export function begun(callId: string, attempt = 1, epoch?: number): EntryDraft {
  return { type: "tool_started", callId, attempt, ...(epoch === undefined ? {} : { epoch }) };
}

export function finished(
  callId: string,
  changes: Partial<DraftOf<"tool_finished">> = {},
): EntryDraft {
  return { type: "tool_finished", callId, attempt: 1, outcome: "ran", output: "Paid.", ...changes };
}

/** What stands in place of an outcome. */
export function answered(
  callId: string,
  changes: Partial<DraftOf<"call_answered">> = {},
): EntryDraft {
  return { type: "call_answered", callId, outcome: "rejected", output: "No.", ...changes };
}

export function handedOff(callId: string, to = "chief"): EntryDraft {
  return { type: "handed_off", callId, from: "clerk", to, output: `{"assistant":"${to}"}` };
}
