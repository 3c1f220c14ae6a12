import type { EntryDraft } from "../../src/agents/entries.ts";
import type { CallKind } from "../../src/engine/vocabulary.ts";
import {
  answered,
  asked,
  begun,
  claimed,
  decided,
  finished,
  handedOff,
  responded,
  started,
} from "../support/sample-entries.ts";
import { doubted, go, describeRows, wait, type Row } from "./status-rows.ts";

const claim = [started(), claimed(1)];
const one = [...claim, responded(["c1"])];
const oldOne = [started({ format: 1 }), claimed(1), responded(["c1", "c2"])];

/** A response with a call of each kind: `c1`, `c2` and so on. */
function kinds(...each: CallKind[]): EntryDraft {
  const entries = each.map((kind, index): [string, CallKind] => [`c${index + 1}`, kind]);
  return responded(
    entries.map(([callId]) => callId),
    { kinds: Object.fromEntries(entries) },
  );
}

function aboutRun(kind: "budget" | "model_outcome_unknown"): EntryDraft {
  return {
    type: "approval_requested",
    approvalId: "apr_run",
    kind,
    agent: "clerk",
    approver: "client",
  };
}

const agreed = (decision: "approved" | "rejected"): EntryDraft =>
  decided("", decision, { approvalId: "apr_run" });

const kindsOfCalls: Row[] = [
  { name: "a handoff alone", given: [...claim, kinds("handoff")], ...go },
  { name: "two handoffs", given: [...claim, kinds("handoff", "handoff")], ...go },
  {
    name: "a handoff beside a call that is asked about",
    given: [...claim, kinds("tool", "handoff"), asked("c1")],
    ...wait,
    open: 1,
  },
  {
    name: "a handoff beside a call that was answered",
    given: [
      ...claim,
      kinds("tool", "handoff"),
      asked("c1"),
      decided("c1", "rejected"),
      answered("c1"),
    ],
    ...go,
  },
  {
    name: "a handoff beside a call in doubt that was asked about",
    given: [...claim, kinds("tool", "handoff"), begun("c1"), claimed(2), doubted("c1")],
    ...wait,
    open: 1,
  },
  {
    name: "a handoff that was made, beside one that was not",
    given: [...claim, kinds("handoff", "handoff"), handedOff("c1")],
    ...go,
  },
  {
    name: "a name that stands for nothing, beside a call that is asked about",
    given: [...claim, kinds("tool", "unknown"), asked("c1")],
    ...go,
    open: 1,
  },
  {
    name: "an agent's call that has not begun, beside a call that is asked about",
    given: [...claim, kinds("tool", "agent"), asked("c1")],
    ...go,
    open: 1,
  },
  { name: "calls of format 1, which have no kind", given: oldOne, ...go },
  {
    name: "a call of format 1 without kind, beside one that is asked about",
    given: [...oldOne, asked("c1")],
    ...wait,
    open: 1,
  },
  {
    name: "a call of format 1 without kind, beside an approved one",
    given: [...oldOne, asked("c1"), decided("c1", "approved")],
    ...go,
  },
  {
    name: "an approved call of format 1, beside one that is asked about",
    given: [...oldOne, asked("c1"), asked("c2"), decided("c1", "approved")],
    ...go,
    open: 1,
  },
  {
    name: "a call of format 1 in doubt, beside one that is asked about",
    given: [...oldOne, begun("c1"), claimed(2), asked("c2")],
    ...go,
    open: 1,
  },
  {
    name: "a call of format 1 without kind, once the other one is answered",
    given: [...oldOne, asked("c1"), decided("c1", "rejected"), answered("c1")],
    ...go,
  },
];

const proposer: Row[] = [
  {
    name: "more turns that were asked for",
    given: [...one, begun("c1"), finished("c1"), aboutRun("budget")],
    ...wait,
    open: 1,
  },
  ...(["approved", "rejected"] as const).map((decision) => ({
    name: `more turns that were ${decision}`,
    given: [...one, begun("c1"), finished("c1"), aboutRun("budget"), agreed(decision)],
    ...go,
  })),
  {
    name: "a model that is being asked",
    given: [...claim, { type: "model_requested", from: 0 }],
    ...go,
  },
  {
    name: "a model call in doubt that nobody was asked about",
    given: [...claim, { type: "model_requested", from: 0 }, claimed(2)],
    ...go,
  },
  {
    name: "a model call in doubt that was asked about",
    given: [
      ...claim,
      { type: "model_requested", from: 0 },
      claimed(2),
      aboutRun("model_outcome_unknown"),
    ],
    ...wait,
    open: 1,
  },
  ...(["approved", "rejected"] as const).map((decision) => ({
    name: `a model call in doubt whose repetition was ${decision}`,
    given: [
      ...claim,
      { type: "model_requested", from: 0 } as const,
      claimed(2),
      aboutRun("model_outcome_unknown"),
      agreed(decision),
    ],
    ...go,
  })),
  {
    name: "a response that breaks a rule, beside a call that is asked about",
    given: [...claim, responded(["c1", ""]), asked("c1")],
    ...go,
    open: 1,
  },
];

const sessions: Row[] = [
  {
    name: "a session that is owed items, though every call waits",
    given: [started({ sessionId: "s" }), claimed(1), responded(["c1"]), asked("c1")],
    ...go,
    open: 1,
  },
  {
    name: "a session that has what there is",
    given: [
      started({ sessionId: "s" }),
      claimed(1),
      responded(["c1"]),
      asked("c1"),
      { type: "session_saving", from: 0, to: 2, before: 0 },
      { type: "session_saved", to: 2 },
    ],
    ...wait,
    open: 1,
  },
  {
    name: "a session that is owed the outcome of a call, beside one that waits",
    given: [
      started({ sessionId: "s" }),
      claimed(1),
      responded(["c1", "c2"]),
      asked("c2"),
      { type: "session_saved", to: 3 },
      begun("c1"),
      finished("c1"),
    ],
    ...go,
    open: 1,
  },
];

describeRows("where a run stands, by kinds of calls", kindsOfCalls);
describeRows("where a run stands, by its agents", proposer);
describeRows("where a run stands, by what its session is owed", sessions);
