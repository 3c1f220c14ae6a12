import { describe, expect, it } from "vitest";

import type { AgentInputItem } from "../../src/agents/items.ts";
import type { EntryDraft } from "../../src/agents/entries.ts";
import { conversationOf } from "../support/journal.ts";
import { message } from "../../src/models/scripted.ts";
import {
  begun,
  claimed,
  finished,
  foldOf,
  handedOff,
  responded,
  started,
} from "../support/sample-entries.ts";

/** A transcript in short: texts of people and models, calls, and outputs. */
function transcriptOf(...drafts: EntryDraft[]): string[] {
  return (conversationOf(foldOf(...drafts))?.transcript ?? []).map((item) => inShort(item));
}

function inShort(item: AgentInputItem): string {
  if (item.type === "function_call") return `call ${item.callId}`;
  if (item.type === "function_call_result") {
    const { output } = item;
    return `${item.callId}: ${typeof output === "object" && "text" in output ? output.text : ""}`;
  }
  return "content" in item ? JSON.stringify(item.content) : "";
}

const said = (text: string): AgentInputItem => ({ type: "message", role: "user", content: text });
const saved = (to: number): EntryDraft => ({ type: "session_saved", to });
const saving = (from: number, to: number): EntryDraft => ({
  type: "session_saving",
  from,
  to,
  before: 0,
});
const cancelled: EntryDraft = { type: "run_cancelled", by: "somebody" };
const failed: EntryDraft = { type: "run_failed", code: "model_behavior", message: "" };
const blocked: EntryDraft[] = [
  { type: "guardrail_ran", guardrail: "no", kind: "output", tripped: true },
  { type: "run_failed", code: "guardrail_tripped", message: "" },
];

const ran = (callId: string): EntryDraft[] => [begun(callId), finished(callId)];

const run = [started(), claimed(1)];
const before = "The run was cancelled before this call ran.";
const during = "The run was cancelled while this call ran. What came of it is not known.";

describe("how much of a run its session has", () => {
  const savedTo = (...drafts: EntryDraft[]): unknown => {
    const { savedTo: to, saving: open } = conversationOf(foldOf(...drafts))!;
    return { to, open: open === undefined ? undefined : [open.from, open.to] };
  };

  it("grows by each write whose end is recorded", () => {
    const two = [...run, responded(["c1"])];
    expect(savedTo(...two)).toEqual({ to: 0, open: undefined });
    expect(savedTo(...two, saving(0, 2))).toEqual({ to: 0, open: [0, 2] });
    expect(savedTo(...two, saving(0, 2), saved(2))).toEqual({ to: 2, open: undefined });
    expect(savedTo(...two, saved(2), saved(3))).toEqual({ to: 3, open: undefined });
  });

  it("does not shrink by a record that comes late, which ends no later write either", () => {
    const three = [...run, responded(["c1"]), saved(2), saving(2, 3)];
    expect(savedTo(...three, saved(1))).toEqual({ to: 2, open: [2, 3] });
  });
});

describe("a transcript", () => {
  it("has outputs in call order, as far as none before them is open", () => {
    const three = [...run, responded(["c1", "c2", "c3"])];
    const calls = ['"Hello"', "call c1", "call c2", "call c3"];
    expect(transcriptOf(...three, ...ran("c2"))).toEqual(calls);
    expect(transcriptOf(...three, ...ran("c1"))).toEqual([...calls, "c1: Paid."]);
    const all = [...calls, "c1: Paid.", "c2: Paid.", "c3: Paid."];
    expect(transcriptOf(...three, ...ran("c3"), ...ran("c1"), ...ran("c2"))).toEqual(all);
  });

  it("has a handoff's output last, whatever came first", () => {
    expect(transcriptOf(...run, responded(["h1", "c1"]), ...ran("c1"), handedOff("h1"))).toEqual([
      '"Hello"',
      "call h1",
      "call c1",
      "c1: Paid.",
      'h1: {"assistant":"chief"}',
    ]);
  });

  it("begins with what is new to the session, in the order of a callback", () => {
    const history = { items: [said("one"), said("two")] };
    const input = [said("three"), said("four")];
    const opening = { input, history, sessionId: "ses_a" };
    expect(transcriptOf(started(opening))).toEqual(['"three"', '"four"']);
    expect(transcriptOf(started({ ...opening, order: [3, [said("new")], 0, 2, 1] }))).toEqual([
      '"four"',
      '"new"',
      '"three"',
    ]);
    const referred = { ...opening, history: { count: 2, digest: "d" }, order: [0, 3] };
    expect(transcriptOf(started(referred))).toEqual(['"four"']);
  });
});

describe("the transcript of a run that ends without an output", () => {
  const two = [...run, responded(["c1", "c2"])];
  const calls = ['"Hello"', "call c1", "call c2"];

  it("answers the calls that the session has", () => {
    expect(transcriptOf(...two, saved(3), ...ran("c2"), cancelled)).toEqual([
      ...calls,
      `c1: ${before}`,
      "c2: Paid.",
    ]);
    expect(transcriptOf(...two, saved(3), begun("c1"), cancelled)).toEqual([
      ...calls,
      `c1: ${during}`,
      `c2: ${before}`,
    ]);
    expect(transcriptOf(...two, saving(0, 3), failed)).toEqual([
      ...calls,
      "c1: The run failed before this call ran.",
      "c2: The run failed before this call ran.",
    ]);
  });

  it("goes on behind the outputs that the session has", () => {
    expect(transcriptOf(...two, ...ran("c1"), saved(4), cancelled)).toEqual([
      ...calls,
      "c1: Paid.",
      `c2: ${before}`,
    ]);
  });

  it("has an output of a nested run as unknown, and a handoff's as it is", () => {
    const nested = started({ path: ["c1"], agent: "helper" });
    expect(transcriptOf(...two, saved(3), nested, handedOff("c2"), cancelled)).toEqual([
      ...calls,
      `c1: ${during}`,
      'c2: {"assistant":"chief"}',
    ]);
  });

  it("leaves out what the session has nothing of", () => {
    expect(transcriptOf(...two, cancelled)).toEqual([]);
    expect(transcriptOf(...two, saved(1), ...ran("c1"), cancelled)).toEqual(['"Hello"']);
  });

  it("leaves out an answer that was blocked, and keeps what was asked", () => {
    const answer = { ...responded([]), output: [message("Blocked.")] } as EntryDraft;
    expect(transcriptOf(...run, answer, ...blocked)).toEqual(['"Hello"']);
    expect(transcriptOf(...two, saved(3), ...ran("c1"), ...ran("c2"), ...blocked)).toEqual([
      ...calls,
      "c1: The output was withheld by a guardrail.",
      "c2: The output was withheld by a guardrail.",
    ]);
  });

  it("is not changed by an outcome that comes late", () => {
    expect(transcriptOf(...two, saved(3), begun("c1"), cancelled, finished("c1"))).toEqual([
      ...calls,
      `c1: ${during}`,
      `c2: ${before}`,
    ]);
  });
});
