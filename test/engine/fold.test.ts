import { describe, expect, it } from "vitest";

import { sharedOf } from "../../src/agents/conversation.ts";
import { describeLate } from "../../src/engine/fold.ts";
import { Usage } from "../../src/agents/usage.ts";
import type { EntryDraft } from "../../src/agents/entries.ts";
import { conversationOf, openApprovals, rootFrame, type RunFold } from "../support/journal.ts";
import {
  answered,
  asked,
  begun,
  claimed,
  decided,
  finished,
  foldOf,
  handedOff,
  responded,
  started,
} from "../support/sample-entries.ts";

/** How far a call has come, as the fold has it. */
function statusOf(state: RunFold, callId = "c1"): string {
  const call = rootFrame(state)?.calls.get(callId);
  if (call === undefined) return "unknown";
  if (call.dropped) return "handed off";
  if (call.finished !== undefined) return `finished: ${call.finished.outcome}`;
  if (call.error !== undefined) return "failed";
  if (call.started !== undefined) return `started ${call.started.attempt}`;
  const { approval } = call;
  if (approval === undefined) return "proposed";
  return approval.decision?.decision ?? "requested";
}

const run = [started(), claimed(1)];
const proposed = [...run, responded(["c1"])];
const requested = [...proposed, asked("c1")];
const approved = [...requested, decided("c1", "approved")];
const rejected = [...requested, decided("c1", "rejected", { message: "No." })];
const running = [...approved, begun("c1")];
const done = [...running, finished("c1")];
const inDoubt = [...running, claimed(2)];
const failed = [
  ...running,
  finished("c1", { outcome: "failed", output: undefined, error: { code: "x", message: "" } }),
];
const nested: EntryDraft[] = [
  ...proposed,
  started({ path: ["c1"], agent: "helper" }),
  { ...responded(["n1"]), path: ["c1"] },
];

interface Row {
  name: string;
  given: EntryDraft[];
  next: EntryDraft;
}

const legal: (Row & { status: string })[] = [
  { name: "a call is proposed", given: run, next: responded(["c1"]), status: "proposed" },
  { name: "proposed, asked about", given: proposed, next: asked("c1"), status: "requested" },
  { name: "proposed, free", given: proposed, next: begun("c1"), status: "started 1" },
  {
    name: "proposed, unusable",
    given: proposed,
    next: answered("c1", { outcome: "invalid" }),
    status: "finished: invalid",
  },
  { name: "requested, yes", given: requested, next: decided("c1", "approved"), status: "approved" },
  { name: "requested, no", given: requested, next: decided("c1", "rejected"), status: "rejected" },
  { name: "requested, late", given: requested, next: decided("c1", "expired"), status: "expired" },
  { name: "yes, then no", given: approved, next: decided("c1", "rejected"), status: "rejected" },
  { name: "no, then yes", given: rejected, next: decided("c1", "approved"), status: "approved" },
  { name: "approved, asked anew", given: approved, next: asked("c1"), status: "requested" },
  { name: "approved, started", given: approved, next: begun("c1"), status: "started 1" },
  {
    name: "rejected, told",
    given: rejected,
    next: answered("c1"),
    status: "finished: rejected",
  },
  { name: "started, finished", given: running, next: finished("c1"), status: "finished: ran" },
  {
    name: "in doubt, a late outcome",
    given: inDoubt,
    next: finished("c1"),
    status: "finished: ran",
  },
  {
    name: "in doubt, asked about",
    given: inDoubt,
    next: asked("c1", { approvalId: "apr_2", kind: "outcome_unknown" }),
    status: "started 1",
  },
  { name: "in doubt, again", given: inDoubt, next: begun("c1", 2), status: "started 2" },
  { name: "failed, again", given: failed, next: begun("c1", 2), status: "started 2" },
  { name: "proposed, handed off", given: proposed, next: handedOff("c1"), status: "handed off" },
];

describe("an entry that has a meaning", () => {
  it.each(legal)("$name", ({ given, next, status }) => {
    expect(statusOf(foldOf(...given, next))).toBe(status);
  });
});

const over: EntryDraft[] = [
  ...done,
  responded([]),
  { type: "run_completed", output: { from: "message" } },
];

const illegal: Row[] = [
  { name: "the start once more", given: run, next: started({ runId: "run_2", agent: "chief" }) },
  { name: "a run inside no call", given: run, next: started({ path: ["c1"] }) },
  { name: "a run inside no run", given: proposed, next: started({ path: ["c9", "c1"] }) },
  { name: "a run inside a call that is over", given: done, next: started({ path: ["c1"] }) },
  {
    name: "a run inside once more",
    given: nested,
    next: started({ path: ["c1"], agent: "chief" }),
  },
  { name: "anything inside no run", given: proposed, next: { ...begun("c1"), path: ["c9"] } },
  { name: "a decision on nothing", given: proposed, next: decided("c1", "approved") },
  { name: "a decision once it started", given: running, next: decided("c1", "rejected") },
  { name: "a decision once it is over", given: done, next: decided("c1", "rejected") },
  {
    name: "a decision on a request that was replaced",
    given: [...requested, asked("c1", { approvalId: "apr_2" })],
    next: decided("c1", "approved"),
  },
  { name: "the start of an unknown call", given: proposed, next: begun("c9") },
  { name: "the start of a call that is over", given: done, next: begun("c1", 2) },
  { name: "the end of an unknown call", given: proposed, next: finished("c9") },
  { name: "the end once more", given: done, next: finished("c1", { output: "Paid twice." }) },
  { name: "the end of an attempt that nobody started", given: proposed, next: finished("c1") },
  {
    name: "an answer of a claim that was overtaken",
    given: [...running, claimed(2), begun("c1", 2)],
    next: answered("c1", { outcome: "denied", epoch: 1 }),
  },
  {
    name: "a start of a claim that was overtaken",
    given: inDoubt,
    next: begun("c1", 2, 1),
  },
  { name: "the end of a handoff", given: [...proposed, handedOff("c1")], next: finished("c1") },
  { name: "a handoff by no call", given: proposed, next: handedOff("c9") },
  { name: "a handoff before any answer", given: run, next: handedOff("c1") },
  { name: "a handoff by a call that is over", given: done, next: handedOff("c1") },
  {
    name: "a handoff once more",
    given: [...proposed, handedOff("c1")],
    next: handedOff("c1", "third"),
  },
  {
    name: "the end of a run that is over",
    given: over,
    next: { type: "run_failed", code: "x", message: "y" },
  },
  {
    name: "a context of an activation that was overtaken",
    given: [...run, claimed(2), { type: "context_changed", context: { new: true }, epoch: 2 }],
    next: { type: "context_changed", context: { old: true }, epoch: 1 },
  },
];

function usageOf(state: RunFold): number {
  return sharedOf(state).usage.requests;
}

/** The state but for its usage, and where and when the last entry is. */
function withoutUsage(state: RunFold): object {
  sharedOf(state).usage = new Usage();
  return { ...state, length: 0, updatedAt: "" };
}

describe("an entry that has no meaning", () => {
  it.each(illegal)("changes nothing: $name", ({ given, next }) => {
    const after = foldOf(...given, next);
    // But for where and when the last entry is.
    const { length, updatedAt } = after;
    expect(after).toEqual({ ...foldOf(...given), length, updatedAt });
    expect(length).toBe(given.length + 1);
  });

  it("changes nothing but the usage: an answer that came second", () => {
    const given = [...run, responded(["c1"], { turn: 0 })];
    const after = foldOf(...given, responded(["c2"], { turn: 0 }));
    const before = foldOf(...given);
    const usage = [usageOf(before), usageOf(after)];
    expect(usage).toEqual([1, 2]);
    expect(withoutUsage(after)).toEqual(withoutUsage(before));
  });

  it("changes nothing but the usage: an answer to a run that is over", () => {
    const after = foldOf(...over, responded(["c2"]));
    const before = foldOf(...over);
    expect(usageOf(after)).toBe(usageOf(before) + 1);
    expect(withoutUsage(after)).toEqual(withoutUsage(before));
  });
});

describe("what an attempt came to after its call was closed", () => {
  const stated = [
    ...inDoubt,
    asked("c1", { approvalId: "apr_2", kind: "outcome_unknown" }),
    decided("c1", "rejected", { approvalId: "apr_2", message: "It was not made." }),
    answered("c1", { outcome: "stated", output: "It was not made." }),
  ];
  const callOf = (state: RunFold) => rootFrame(state)?.calls.get("c1");

  it("is kept, and changes nothing of what the model was told", () => {
    const before = conversationOf(foldOf(...stated));
    const after = foldOf(...stated, finished("c1"));
    expect(callOf(after)).toMatchObject({
      finished: { type: "call_answered", outcome: "stated" },
      late: { type: "tool_finished", output: "Paid." },
    });
    expect(conversationOf(after)?.history).toEqual(before?.history);
    const made = (frame: typeof before) => frame?.records.map(({ raw }) => raw);
    expect(made(conversationOf(after))).toEqual(made(before));
  });

  it("is told to the model with its next input, once", () => {
    const late = [...stated, finished("c1")];
    const [news] = conversationOf(foldOf(...late))?.news ?? [];
    expect(news).toMatchObject({
      role: "user",
      content: [{ text: expect.stringMatching(/was stated as not done; it was done.*Paid\./) }],
    });
    const told = conversationOf(foldOf(...late, responded([], { told: 1 })));
    expect(told?.news).toEqual([]);
    expect(told?.history).toContainEqual(news);
  });

  it.each([
    ["tool_failed", "its body ended with an error"],
    ["guardrail_tripped", "it was done"],
    ["guardrail_failed", "it was done"],
  ])("that ended with %s says: %s", (code, says) => {
    const late = { outcome: "failed", output: undefined, error: { code, message: "" } } as const;
    const call = callOf(foldOf(...stated, finished("c1", late)));
    expect(call && describeLate(call)).toBe(`was stated as not done; ${says}`);
  });

  it("says that nobody stated anything where the time was up", () => {
    const expired = decided("c1", "expired", { approvalId: "apr_2" });
    const entries = stated.map((entry) => (entry.type === "approval_decided" ? expired : entry));
    const call = callOf(foldOf(...entries, finished("c1")));
    const says = "was given up, as nobody said what came of it; it was done";
    expect(call && describeLate(call)).toBe(says);
  });

  it("is of its own attempt: a later one goes on", () => {
    const state = foldOf(...inDoubt, begun("c1", 2), finished("c1", { output: "Paid once." }));
    expect(callOf(state)).toMatchObject({ finished: undefined, late: { attempt: 1 } });
    const both = foldOf(
      ...inDoubt,
      begun("c1", 2),
      finished("c1"),
      finished("c1", { attempt: 2, output: "Paid twice." }),
    );
    expect(callOf(both)).toMatchObject({
      finished: { attempt: 2, output: "Paid twice." },
      late: { attempt: 1 },
    });
  });

  it("is told to whoever had a nested run do it, once that is over", () => {
    const within = (draft: EntryDraft): EntryDraft => ({ ...draft, path: ["c1"] });
    const nested = [
      started(),
      claimed(1),
      responded(["c1"]),
      within(started({ agent: "helper" })),
      within(responded(["n1"])),
      within(begun("n1")),
      claimed(2),
      within(answered("n1", { outcome: "stated", output: "It was not made." })),
    ];
    const over = [
      within({ type: "run_completed", output: { from: "message" } }),
      answered("c1", { outcome: "collected", output: "Nothing was paid." }),
    ];
    const newsOf = (state: RunFold) => conversationOf(state)?.news;
    expect(newsOf(foldOf(...nested, within(finished("n1"))))).toEqual([]);
    expect(newsOf(foldOf(...nested, ...over, within(finished("n1"))))).toMatchObject([
      { content: [{ text: expect.stringMatching(/call n1 of "pay": it was stated as not done/) }] },
    ]);
  });

  it("is not told to a run that is over", () => {
    const end: EntryDraft = { type: "run_cancelled", by: "somebody" };
    const state = foldOf(...stated, end, finished("c1"));
    expect(callOf(state)?.late).toBeDefined();
    expect(conversationOf(state)?.news).toEqual([]);
  });
});

describe("the history that models are sent", () => {
  it("has no output of a turn before all calls of it have theirs, then all in call order", () => {
    const three = [...run, responded(["c1", "c2", "c3"])];
    const types = (state: RunFold): string[] =>
      (conversationOf(state)?.history ?? []).map((item) =>
        item.type === "function_call_result" ? `output ${item.callId}` : String(item.type),
      );
    const calls = ["message", "function_call", "function_call", "function_call"];
    const some = [...three, answered("c3"), begun("c1"), finished("c1")];
    expect(types(foldOf(...some))).toEqual(calls);
    expect(types(foldOf(...some, answered("c2")))).toEqual([
      ...calls,
      "output c1",
      "output c2",
      "output c3",
    ]);
  });

  it("has a call that is repeated once, and its id is not another call's", () => {
    const again = [...done, responded(["c1", "c2"])];
    const frame = conversationOf(foldOf(...again));
    expect(frame?.turn?.calls.map(({ item }) => item.callId)).toEqual(["c2"]);
    expect(frame?.turn?.violation).toBeUndefined();
    const other: EntryDraft = responded([], {
      output: [{ type: "function_call", callId: "c1", name: "pay", arguments: '{"id":"c9"}' }],
    });
    expect(conversationOf(foldOf(...done, other))?.turn?.violation).toContain("c1");
  });

  it("has added input in front of the answer to it, and no other", () => {
    const say = (content: string): EntryDraft => ({
      type: "input_added",
      items: [{ type: "message", role: "user", content }],
    });
    const frame = conversationOf(
      foldOf(...done, say("one"), say("two"), responded(["c2"], { admitted: 1 })),
    );
    expect(frame?.history.at(-2)).toMatchObject({ content: "one" });
    expect(frame?.pendingInput).toMatchObject([{ content: "two" }]);
  });
});

describe("requests that wait", () => {
  it("are covered by a sticky decision on agent, tool and definition, wherever they are", () => {
    const two = [...run, responded(["c1", "c2"]), asked("c1"), asked("c2")];
    const always = decided("c1", "approved", { scope: "always" });
    expect(openApprovals(foldOf(...two, always))).toEqual([]);
    const others: EntryDraft[] = [
      asked("c2", { agent: "chief" }),
      asked("c2", { tool: "look" }),
      asked("c2", { toolDigest: "e" }),
      asked("c2", { kind: "outcome_unknown" }),
    ];
    for (const other of others) {
      const state = foldOf(...run, responded(["c1", "c2"]), asked("c1"), other, always);
      expect(openApprovals(state).map(({ callId }) => callId)).toEqual(["c2"]);
    }
  });

  it("wait no more when their run is over, or the one around it", () => {
    const inside: EntryDraft[] = [...nested, { ...asked("n1"), path: ["c1"] }];
    const waiting = (...drafts: EntryDraft[]) => openApprovals(foldOf(...inside, ...drafts)).length;
    expect(waiting()).toBe(1);
    expect(waiting({ type: "run_failed", code: "x", message: "", path: ["c1"] })).toBe(0);
    expect(waiting({ type: "run_failed", code: "x", message: "" })).toBe(0);
    expect(waiting({ type: "run_cancelled", by: "somebody" })).toBe(0);
  });
});

describe("claims", () => {
  it("count up, and end a failure", () => {
    const failure: EntryDraft = {
      type: "model_failed",
      code: "model_failed",
      message: "Out",
      retryable: true,
    };
    expect(foldOf(...run, failure)).toMatchObject({ epoch: 1, failure: { code: "model_failed" } });
    const again = foldOf(...run, failure, claimed(2));
    expect(again).toMatchObject({ epoch: 2, owner: "own_2", failure: undefined });
  });

  it("leave a request that nobody answered to whoever comes next", () => {
    const request: EntryDraft = { type: "model_requested", from: 0 };
    const frame = conversationOf(foldOf(...run, request, claimed(2)));
    expect(frame?.requested?.epoch).toBe(1);
    expect(conversationOf(foldOf(...run, request, responded([])))?.requested).toBeUndefined();
  });
});
