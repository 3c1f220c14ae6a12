import { describe, expect, it } from "vitest";

import { sha256Hex } from "../../src/lib/digest.ts";
import { foldedLine } from "../../src/runs/folded-line.ts";

describe("foldedLine", () => {
  it("leaves a line that fits", () => {
    expect(foldedLine("pay 1", 5)).toEqual({ text: "pay 1", truncated: false });
  });

  it("cuts a longer one, and says its length and digest", () => {
    const long = `pay ${"1".repeat(600)}`;
    const { text, truncated } = foldedLine(long, 500);
    expect(truncated).toBe(true);
    expect(text).toHaveLength(500);
    expect(text).toMatch(/^pay 1+ \.\.\. \(604 characters, sha256 [0-9a-f]{12}\)$/);
    expect(text).toContain(sha256Hex(long).slice(0, 12));
  });

  it("differs where only the part that is not shown differs", () => {
    const start = "x".repeat(600);
    expect(foldedLine(`${start}a`, 500)).not.toEqual(foldedLine(`${start}b`, 500));
  });

  it("counts what is written out, so that padding cannot push the end away", () => {
    const { text, truncated } = foldedLine(`pay 1${"\u200b".repeat(100)}`, 500);
    expect(truncated).toBe(true);
    expect(text.length).toBeLessThanOrEqual(500);
  });

  it("does not cut a character in two", () => {
    const { text } = foldedLine("😀".repeat(300), 500);
    expect(text).not.toMatch(/\p{Cs}/u);
  });
});
