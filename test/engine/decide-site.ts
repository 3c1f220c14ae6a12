import type { Entry } from "../../src/agents/entries.ts";
import type { Command } from "../../src/engine/decide.ts";
import type { Run } from "../../src/engine/state.ts";
import type { ApprovalKind, ApproverLevel } from "../../src/engine/vocabulary.ts";
import type { JsonObject } from "../../src/lib/json.ts";
import { fold } from "../support/journal.ts";

/** How the request `a` stands when somebody decides on it. */
export const standings = [
  "open",
  "approved",
  "rejected",
  "expired",
  "started",
  "asked_again",
  "cancelled",
  "covered_by_yes",
  "covered_by_no",
] as const;
export type Standing = (typeof standings)[number];

const START = Date.parse("2026-01-01T00:00:00.000Z");

/**
 * A run with one request `a`, and on its tool two further ones, `b` and `c`, where `others` says so.
 * Requests about the run itself have no call.
 */
export function siteOf({
  kind = "tool_call",
  standing = "open",
  approver = "client",
  others = [],
}: {
  kind?: ApprovalKind;
  standing?: Standing;
  approver?: ApproverLevel;
  others?: readonly ApproverLevel[];
} = {}): Run {
  const entries: Entry[] = [];
  const add = (entry: JsonObject): void => {
    const seq = entries.length;
    entries.push({ ...entry, seq, at: new Date(START + seq).toISOString() } as unknown as Entry);
  };
  const epoch = 1;
  const isOfCall = kind === "tool_call" || kind === "outcome_unknown";
  const propose = (callId: string): void =>
    add({ type: "call_proposed", epoch, callId, name: "pay", arguments: '{"amount":5}' });
  const request = (approvalId: string, callId: string, more: JsonObject): void => {
    const of = isOfCall
      ? { callId, tool: "pay", toolDigest: "d1", argumentsDigest: `of ${callId}` }
      : {};
    const base = { type: "approval_requested", epoch, approvalId, agent: "A", ...of };
    add({ ...base, kind, approver, ...more });
  };
  const say = (approvalId: string, decision: string, more: JsonObject = {}): void => {
    const by = { by: "ada", channel: "terminal", level: "person" };
    add({ type: "approval_decided", approvalId, decision, ...by, scope: "once", ...more });
  };
  const start = { input: "x", maxTurns: 10 };
  add({
    type: "run_started",
    epoch: 0,
    format: 2,
    runId: "run_1",
    driver: "agents",
    agent: "A",
    source: "test#A",
    start,
  });
  add({ type: "run_claimed", format: 2, owner: "o", epoch });
  const ids = ["b", "c"].slice(0, others.length);
  for (const callId of ["z", "a", ...ids]) propose(`call ${callId}`);
  if (standing.startsWith("covered")) {
    request("z", "call z", {});
    say("z", standing === "covered_by_yes" ? "approved" : "rejected", { scope: "always" });
  }
  if (kind === "outcome_unknown")
    add({ type: "tool_started", epoch, callId: "call a", attempt: 1 });
  request("a", "call a", {});
  for (const [index, id] of ids.entries()) {
    request(id, `call ${id}`, { approver: others[index] ?? "client" });
  }
  if (standing === "approved" || standing === "rejected" || standing === "expired") {
    say("a", standing);
  }
  if (standing === "started") {
    if (kind === "tool_call") say("a", "approved");
    add({ type: "tool_started", epoch, callId: "call a", attempt: 2 });
  }
  if (standing === "asked_again") request("a2", "call a", {});
  if (standing === "cancelled") add({ type: "run_cancelled" });
  return fold(entries);
}

/** A yes of a person in a store, and what differs. */
export function yesTo(approvalId: string, changes: Partial<Command> = {}): Command {
  return {
    approvalId,
    decision: "approved",
    by: "ada",
    channel: "terminal",
    level: "person",
    counts: "first",
    ...changes,
  };
}
