import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { diffLines } from "../../src/web/page/line-diff.ts";

const text = fc
  .array(fc.constantFrom("{", "}", '  "a": 1', '  "b": 2', ""), { maxLength: 12 })
  .map((lines) => lines.join("\n"));

describe("a difference of two texts", () => {
  it("has the old one without what was added, and the new one without what was removed", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const side = (other: string): string =>
          lines.flatMap((line) => (line.type === other ? [] : [line.text])).join("\n");
        expect(side("added")).toBe(before);
        expect(side("removed")).toBe(after);
      }),
    );
  });

  it("marks only what changed", () => {
    expect(diffLines("a\nb\nc", "a\nx\nc")).toEqual([
      { type: "same", text: "a" },
      { type: "removed", text: "b" },
      { type: "added", text: "x" },
      { type: "same", text: "c" },
    ]);
    fc.assert(
      fc.property(text, (same) => {
        expect(diffLines(same, same).every(({ type }) => type === "same")).toBe(true);
      }),
    );
  });

  it("of two long texts comes at once", () => {
    const long = (word: string): string => Array(5_000).fill(word).join("\n");
    expect(diffLines(long("a"), long("b"))).toHaveLength(10_000);
  });
});
