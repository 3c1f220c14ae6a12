import fc from "fast-check";
import type { Conversation } from "../../src/agents/conversation.ts";
import { isAnswered } from "../../src/engine/frames.ts";
import { describe, expect, it } from "vitest";

import type { Entry } from "../../src/agents/entries.ts";
import { entrySchema } from "../support/entry-schema.ts";
import { apply, createFold, fold, openApprovals, type RunFold } from "../support/journal.ts";
import { anyEntries } from "../support/entry-arbitrary.ts";

const seed = 20_260_102;
const settings = { seed, numRuns: 1_000 };

function foldInParts(parts: readonly Entry[][]): RunFold {
  const state = createFold();
  for (const part of parts) for (const entry of part) apply(state, entry);
  return state;
}

/** What must hold whatever the entries are. */
function checkInvariants(state: RunFold): void {
  for (const frame of state.frames.values()) {
    const { turn, responses, turns } = frame.data as Conversation;
    const open = (turn?.calls ?? []).filter((call) => !isAnswered(call));
    if (frame.end === undefined) expect(turn?.open ?? 0).toBe(open.length);
    expect(responses).toHaveLength(turns);
    expect(state.live.has(frame.key)).toBe(frame.end === undefined);
    const parent = frame.path.slice(0, -1);
    const parentKey = parent.length === 0 ? "" : JSON.stringify(parent);
    if (frame.path.length > 0) expect(state.frames.has(parentKey)).toBe(true);
  }
  for (const { approvalId, path } of openApprovals(state)) {
    expect(state.approvals.get(approvalId)?.decision).toBeUndefined();
    expect(state.live.has(path.length === 0 ? "" : JSON.stringify(path))).toBe(true);
  }
}

describe(`the fold of any entries (seed ${seed})`, () => {
  it("is of entries that the schema admits", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        for (const entry of entries) expect(() => entrySchema.parse(entry)).not.toThrow();
      }),
      { ...settings, numRuns: 100 },
    );
  });

  it("throws never, whatever follows what", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        checkInvariants(fold(entries));
      }),
      settings,
    );
  });

  it("is the same from any split", () => {
    fc.assert(
      fc.property(anyEntries, fc.nat(), fc.nat(), (entries, one, other) => {
        const [first = 0, second = 0] = [one, other]
          .map((place) => place % (entries.length + 1))
          .toSorted((a, b) => a - b);
        const parts = [
          entries.slice(0, first),
          entries.slice(first, second),
          entries.slice(second),
        ];
        expect(foldInParts(parts)).toEqual(fold(entries));
      }),
      settings,
    );
  });

  it("leaves the entries as they are", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const before = structuredClone(entries);
        fold(entries);
        expect(entries).toEqual(before);
      }),
      settings,
    );
  });

  it("counts entries, and says when the last one was written", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const state = fold(entries);
        expect(state.length).toBe(entries.length);
        expect(state.updatedAt).toBe(entries.at(-1)?.at);
      }),
      { ...settings, numRuns: 100 },
    );
  });
});
