import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { verifyLines } from "../support/journal.ts";
import { startSchema, type EntryType } from "../../src/agents/entries.ts";
import { entrySchema } from "../support/entry-schema.ts";
import { kindOf, placeDrafts } from "../support/journal.ts";
import { anyDraft, anyEntries } from "../support/entry-arbitrary.ts";
import {
  asked,
  begun,
  claimed,
  finished,
  placed,
  responded,
  started,
} from "../support/sample-entries.ts";

const seed = 20_260_103;
const at = "2026-01-01T00:00:00.000Z";

describe("entries", () => {
  it(`are read as they were written, all types of them (seed ${seed})`, () => {
    const types = new Set<EntryType>();
    fc.assert(
      fc.property(fc.array(anyDraft, { maxLength: 20 }), (drafts) => {
        const stored = placeDrafts(drafts, { length: 0, last: undefined, at });
        for (const { entry } of stored) types.add(entry.type);
        const lines = stored.map(({ line }) => line);
        const read = verifyLines(lines);
        expect(read.map(({ line }) => line)).toEqual(lines);
        expect(read.map(({ entry }) => entry)).toEqual(stored.map(({ entry }) => entry));
      }),
      { seed, numRuns: 200 },
    );
    const all = entrySchema.options.map((option) => option.shape.type.value);
    expect([...types].toSorted()).toEqual([...all].toSorted());
  });

  it(`lose nothing that they say to the schema (seed ${seed})`, () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        for (const entry of entries) expect(entrySchema.parse(entry)).toEqual(entry);
      }),
      { seed, numRuns: 100 },
    );
  });

  it("let items pass unread, whatever a provider put into them", () => {
    const item = {
      type: "reasoning",
      id: "rs_1",
      encrypted_content: "x",
      providerData: { a: [1] },
    };
    const [entry] = placed([responded([], { output: [item as never] })]);
    expect(entrySchema.parse(entry)).toEqual(entry);
    const [line] = placeDrafts([responded([], { output: [item as never] })], {
      length: 0,
      last: undefined,
      at,
    }).map((stored) => stored.line);
    expect(verifyLines([line ?? ""])[0]?.entry).toMatchObject({ output: [item] });
  });

  const wrong: { name: string; draft: object; field: string }[] = [
    { name: "a number below 0", draft: { ...started(), seq: -1 }, field: "seq" },
    { name: "a time that is none", draft: { ...started(), at: "yesterday" }, field: "at" },
    { name: "a time zone", draft: { ...started(), at: "2026-01-01T00:00:00+01:00" }, field: "at" },
    { name: "a path that is none", draft: { ...begun("c1"), path: "c1" }, field: "path" },
    { name: "no agent", draft: { ...started(), agent: undefined }, field: "agent" },
    { name: "epoch 0", draft: claimed(0), field: "epoch" },
    { name: "output that is no list", draft: { ...responded([]), output: {} }, field: "output" },
    { name: "items that are none", draft: { ...responded([]), output: ["x"] }, field: "output.0" },
    { name: "usage that is none", draft: { ...responded([]), usage: 3 }, field: "usage" },
    {
      name: "usage that cannot be added",
      draft: { ...responded([]), usage: { requestUsageEntries: null } },
      field: "usage.requestUsageEntries",
    },
    { name: "an unknown kind", draft: { ...asked("c1"), kind: "guess" }, field: "kind" },
    { name: "an unknown approver", draft: { ...asked("c1"), approver: "me" }, field: "approver" },
    { name: "attempt 0", draft: begun("c1", 0), field: "attempt" },
    { name: "an unknown outcome", draft: { ...finished("c1"), outcome: "ok" }, field: "outcome" },
    {
      name: "an output that is a number",
      draft: { ...finished("c1"), output: 3 },
      field: "output",
    },
  ];

  it.each(wrong)("are refused with $name", ({ draft, field }) => {
    const result = entrySchema.safeParse({ seq: 0, at, epoch: 0, ...draft });
    expect(result.error?.issues[0]?.path.join(".")).toBe(field);
  });

  it("have a start that the driver can begin with", () => {
    const fields = (start: object) =>
      startSchema().safeParse(start).error?.issues[0]?.path.join(".");
    expect(fields({ input: "x", maxTurns: null })).toBeUndefined();
    expect(fields({ input: "x", maxTurns: 1.5 })).toBe("maxTurns");
    expect(fields({ maxTurns: 1 })).toBe("input");
  });

  it("tell what happened, and words from outside, apart from what is meant to happen", () => {
    const all = entrySchema.options.map((option) => option.shape.type.value);
    const ofKind = (kind: string) => all.filter((type) => kindOf({ type }) === kind).toSorted();
    expect(ofKind("outcome")).toEqual(["model_responded", "session_saved", "tool_finished"]);
    expect(ofKind("word")).toEqual([
      "approval_decided",
      "approval_shown",
      "input_added",
      "input_cleared",
      "run_cancelled",
      "run_released",
    ]);
  });

  it("carry an epoch where they are intentions, and nowhere else", () => {
    for (const option of entrySchema.options) {
      const type = option.shape.type.value;
      expect([type, "epoch" in option.shape]).toEqual([type, kindOf({ type }) === "intention"]);
    }
  });
});
