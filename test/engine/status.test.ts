import type { EntryDraft } from "../../src/agents/entries.ts";
import {
  answered,
  asked,
  begun,
  claimed,
  decided,
  finished,
  responded,
  started,
} from "../support/sample-entries.ts";
import { doubted, go, describeRows, wait, type Row } from "./status-rows.ts";

const claim = [started(), claimed(1)];
const one = [...claim, responded(["c1"])];
const two = [...claim, responded(["c1", "c2"])];
const bothAsked = [...two, asked("c1"), asked("c2")];
const running = [...one, asked("c1"), decided("c1", "approved"), begun("c1")];
const lost = [...running, claimed(2)];
const lostAsked = [...lost, doubted("c1")];
const failedBody = finished("c1", {
  outcome: "failed",
  output: undefined,
  error: { code: "tool_failed", message: "No paper" },
});
const inside = [...two, started({ path: ["c1"], agent: "helper" })];
const insideAsked = [...inside, within(responded(["n1"])), within(asked("n1")), asked("c2")];

/** A decision on it. */
function settled(callId: string, decision: "approved" | "rejected"): EntryDraft {
  return decided(callId, decision, { approvalId: `apr_lost_${callId}` });
}

/** The same in the run that is nested in the first call. */
function within<T extends EntryDraft>(draft: T): T {
  return { ...draft, path: ["c1"] };
}

const stopped: EntryDraft = {
  type: "model_failed",
  code: "model_unavailable",
  message: "No answer",
  retryable: true,
};

const calls: Row[] = [
  { name: "a run before its first entry", given: [], status: "running", work: false },
  { name: "a run that was only started", given: [started()], ...go },
  { name: "a run whose proposer is to be asked", given: claim, ...go },
  { name: "a call that was proposed", given: one, ...go },
  { name: "a call that was asked about", given: [...one, asked("c1")], ...wait, open: 1 },
  { name: "a call asked about, another proposed", given: [...two, asked("c1")], ...go, open: 1 },
  { name: "all calls asked about", given: bothAsked, ...wait, open: 2 },
  {
    name: "an approved call that waits to run, beside one that is asked about",
    given: [...bothAsked, decided("c1", "approved")],
    ...go,
    open: 1,
  },
  {
    name: "an approved call that waits to run, though somebody else wrote last",
    given: [
      ...bothAsked,
      decided("c1", "approved"),
      { type: "approval_shown", approvalId: "apr_c2", by: "somebody", channel: "inbox" },
    ],
    ...go,
    open: 1,
  },
  {
    name: "an approved call that is asked about anew, as its definition changed",
    given: [
      ...one,
      asked("c1"),
      decided("c1", "approved"),
      asked("c1", { approvalId: "apr_new", toolDigest: "d2" }),
    ],
    ...wait,
    open: 1,
  },
  { name: "a rejected call", given: [...bothAsked, decided("c1", "rejected")], ...go, open: 1 },
  { name: "an expired call", given: [...bothAsked, decided("c1", "expired")], ...go, open: 1 },
  {
    name: "a call covered by the yes to all later ones",
    given: [
      ...bothAsked,
      decided("c1", "approved", { scope: "always" }),
      begun("c1"),
      finished("c1"),
    ],
    ...go,
  },
  {
    name: "a call that needs more than the yes to all later ones was",
    given: [
      ...two,
      asked("c1"),
      asked("c2", { approver: "person" }),
      decided("c1", "approved", { scope: "always", level: "client" }),
      begun("c1"),
      finished("c1"),
    ],
    ...wait,
    open: 1,
  },
  { name: "a call that was started", given: running, ...go },
  {
    name: "a call that was started, beside one that is asked about",
    given: [...bothAsked, decided("c1", "approved"), begun("c1")],
    ...go,
    open: 1,
  },
  {
    name: "an answered call, beside one that is asked about",
    given: [...bothAsked, decided("c1", "rejected"), answered("c1")],
    ...wait,
    open: 1,
  },
  { name: "calls that are all answered", given: [...one, begun("c1"), finished("c1")], ...go },
];

const doubts: Row[] = [
  { name: "a call in doubt that nobody was asked about", given: lost, ...go },
  { name: "a call in doubt that was asked about", given: lostAsked, ...wait, open: 1 },
  {
    name: "a call in doubt that is to run again",
    given: [...lostAsked, settled("c1", "approved")],
    ...go,
  },
  {
    name: "a call in doubt whose outcome was stated",
    given: [...lostAsked, settled("c1", "rejected")],
    ...go,
  },
  {
    name: "a call that ran again and is in doubt again",
    given: [...lostAsked, settled("c1", "approved"), begun("c1", 2), claimed(3)],
    ...go,
  },
  {
    name: "a question that another attempt went past, which no process of ours writes",
    given: [...lostAsked, begun("c1", 2)],
    ...go,
    open: 1,
  },
  { name: "an attempt that ended with an error", given: [...running, failedBody], ...go },
  {
    name: "an attempt that ended with an error and was asked about",
    given: [...running, failedBody, doubted("c1")],
    ...wait,
    open: 1,
  },
];

const nesting: Row[] = [
  {
    name: "a nested run whose proposer is to be asked",
    given: [...inside, asked("c2")],
    ...go,
    open: 1,
  },
  {
    name: "a nested run that waits, beside a call that waits",
    given: insideAsked,
    ...wait,
    open: 2,
  },
  {
    name: "a nested run with an approved call",
    given: [...insideAsked, within(decided("n1", "approved"))],
    ...go,
    open: 1,
  },
  {
    name: "a nested run that waits, beside an approved call",
    given: [...insideAsked, decided("c2", "approved")],
    ...go,
    open: 1,
  },
  {
    name: "a nested run that completed",
    given: [...insideAsked, within({ type: "run_completed", output: { from: "message" } })],
    ...go,
    open: 1,
  },
  {
    name: "a nested run that failed",
    given: [...insideAsked, within({ type: "run_failed", code: "x", message: "" })],
    ...go,
    open: 1,
  },
];

const ends: Row[] = [
  {
    name: "a failure that ended an activation",
    given: [...claim, stopped],
    status: "failed",
    work: true,
  },
  {
    name: "a failure inside, though a call waits",
    given: [...inside, asked("c2"), within(stopped)],
    status: "failed",
    work: true,
    open: 1,
  },
  { name: "a failure that somebody resumed", given: [...claim, stopped, claimed(2)], ...go },
  {
    name: "a run that completed",
    given: [...claim, responded([]), { type: "run_completed", output: { from: "message" } }],
    status: "completed",
  },
  {
    name: "a run that failed with a call that waited",
    given: [...one, asked("c1"), { type: "run_failed", code: "x", message: "" }],
    status: "failed",
  },
  {
    name: "a run that failed for good after a failure that ended an activation",
    given: [...claim, stopped, { type: "run_failed", code: "x", message: "" }],
    status: "failed",
  },
  {
    name: "a run that was cancelled while a nested one waited",
    given: [...insideAsked, { type: "run_cancelled", by: "somebody" }],
    status: "cancelled",
  },
  {
    name: "a run that was cancelled while a body ran, which says late what it did",
    given: [...running, { type: "run_cancelled", by: "somebody" }, finished("c1")],
    status: "cancelled",
  },
  {
    name: "a run that completed and still owes its session items",
    given: [
      started({ sessionId: "s" }),
      claimed(1),
      responded([]),
      { type: "run_completed", output: { from: "text", text: "Done.", message: true } },
    ],
    status: "completed",
    work: true,
  },
];

describeRows("where a run stands, by its calls", calls);
describeRows("where a run stands, by what is in doubt", doubts);
describeRows("where a run stands, by nested runs", nesting);
describeRows("where a run stands, by its end", ends);
