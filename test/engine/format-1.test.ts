import { describe, expect, it } from "vitest";

import { placeDrafts } from "../support/journal.ts";
import { verifyLines } from "../support/journal.ts";
import type { Entry } from "../../src/agents/entries.ts";
import { fold, rootFrame, type RunFold } from "../support/journal.ts";
import { asked, begun, claimed, decided, responded, started } from "../support/sample-entries.ts";

const at = "2026-01-01T00:00:00.000Z";

/** An entry of format 1 that ends a call. */
function ended(fields: Record<string, unknown>): object {
  return { type: "tool_finished", callId: "c1", output: "x", ...fields };
}

/** As a program of format 1 stored them: no epochs, no driver. */
function stored(...drafts: object[]): Entry[] {
  return [started({ format: 1 }), ...drafts].map((draft, seq) => {
    // Where a driver begins stood beside the rest.
    const { driver: _driver, start, ...rest } = draft as { driver?: string; start?: object };
    return { ...rest, ...start, seq, at } as Entry;
  });
}

function callOf(state: RunFold) {
  return rootFrame(state)?.calls.get("c1");
}

const proposed = [claimed(1), responded(["c1"])];
const approved = [...proposed, asked("c1"), decided("c1", "approved")];
const running = [...approved, begun("c1")];

describe("a run of format 1", () => {
  it.each(["rejected", "expired", "denied", "invalid"])("has %s as an answer", (outcome) => {
    const state = fold(stored(...proposed, ended({ outcome })));
    expect(callOf(state)?.finished).toMatchObject({ type: "call_answered", outcome, epoch: 1 });
  });

  it("has what a body did as its outcome", () => {
    const state = fold(stored(...running, ended({ outcome: "ran", attempt: 1 })));
    expect(callOf(state)?.finished).toMatchObject({ type: "tool_finished", outcome: "ran" });
  });

  it("has the output of a nested run as collected", () => {
    const state = fold(
      stored(...proposed, started({ path: ["c1"], agent: "helper" }), ended({ outcome: "ran" })),
    );
    expect(callOf(state)?.finished).toMatchObject({ type: "call_answered", outcome: "collected" });
  });

  it.each(["denied", "rejected", "invalid", "expired"])(
    "lets the body count that ran when an overtaken process wrote %s",
    (outcome) => {
      const taken = [...approved, claimed(2), begun("c1")];
      const overwritten = [...taken, ended({ outcome })];
      expect(callOf(fold(stored(...overwritten)))?.finished).toBeUndefined();
      const paid = ended({ outcome: "ran", attempt: 1, output: "Paid." });
      const state = fold(stored(...overwritten, paid));
      expect(callOf(state)?.finished).toMatchObject({ type: "tool_finished", output: "Paid." });
    },
  );

  it("keeps what a person stated of a body without an outcome", () => {
    const doubt = asked("c1", { approvalId: "apr_2", kind: "outcome_unknown" });
    const said = decided("c1", "rejected", { approvalId: "apr_2" });
    const state = fold(stored(...running, claimed(2), doubt, said, ended({ outcome: "stated" })));
    expect(callOf(state)?.finished).toMatchObject({ type: "call_answered", outcome: "stated" });
  });

  it("keeps a denial of what was to be run again", () => {
    const doubt = asked("c1", { approvalId: "apr_2", kind: "outcome_unknown" });
    const again = decided("c1", "approved", { approvalId: "apr_2" });
    const state = fold(stored(...running, claimed(2), doubt, again, ended({ outcome: "denied" })));
    expect(callOf(state)?.finished).toMatchObject({ type: "call_answered", outcome: "denied" });
  });

  it("goes on in format 2 from the claim that says so", () => {
    const claim = { ...claimed(2), format: 2 };
    const late = { type: "call_answered", callId: "c1", outcome: "denied", epoch: 1 };
    const state = fold(stored(...approved, claim, late));
    expect(state.format).toBe(2);
    expect(callOf(state)?.finished).toBeUndefined();
  });

  it("does not say what its calls are", () => {
    expect(callOf(fold(stored(...proposed)))?.kind).toBeUndefined();
    const state = fold(
      stored(...proposed.slice(0, 1), { ...claimed(2), format: 2 }, responded(["c1"])),
    );
    expect(callOf(state)?.kind).toBe("tool");
  });

  it("is checked by its own form, and format 2 by its own", () => {
    const [start, ...rest] = stored(...proposed, ended({ outcome: "denied" }));
    const drafts = [start, ...rest].map((entry) => {
      const { seq: _seq, at: _at, ...draft } = entry as Entry;
      return draft;
    });
    const lines = placeDrafts(drafts as never, { length: 0, last: undefined, at }).map(
      ({ line }) => line,
    );
    expect(verifyLines(lines)).toHaveLength(4);
    const newer = placeDrafts([started(), ...drafts.slice(1)] as never, {
      length: 0,
      last: undefined,
      at,
    }).map(({ line }) => line);
    expect(() => verifyLines(newer)).toThrow("entry 3 (tool_finished) has an invalid field");
  });
});
