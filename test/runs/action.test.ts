import { describe, expect, it } from "vitest";

import { sha256Hex } from "../../src/lib/digest.ts";
import { foldedCall, foldedLine } from "../../src/runs/action.ts";

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

describe("foldedCall", () => {
  const subject = "mail.send";
  const long = "a".repeat(20_000);

  it.each<[string, object]>([
    ["behind a long text", { note: long, amount: 999_999, to: "attacker" }],
    ["before one", { amount: 999_999, to: "attacker", note: long }],
    ["between several", { a: long, amount: 999_999, b: long, to: "attacker", c: long }],
  ])("names every member, and shows short values whole, %s", (_, value) => {
    const { text, truncated } = foldedCall({ subject, json: JSON.stringify(value) }, 500);
    expect(text.length).toBeLessThanOrEqual(500);
    expect(truncated).toBe(true);
    for (const name of Object.keys(value)) expect(text).toContain(`"${name}":`);
    expect(text).toContain('"amount":999999');
    expect(text).toContain('"to":"attacker"');
  });

  it("tells two apart that differ in what is folded", () => {
    const json = (end: string): string => JSON.stringify({ note: long + end });
    const fold = (end: string) => foldedCall({ subject, json: json(end) }, 500).text;
    expect(fold("a")).not.toBe(fold("b"));
  });

  it("names every one of many members, though that takes more room", () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`member ${n}`, long]));
    const { text } = foldedCall({ subject, json: JSON.stringify(many) }, 500);
    for (const name of Object.keys(many)) expect(text).toContain(`"${name}":`);
  });

  it("leaves alone what fits, and what is no object", () => {
    expect(foldedCall({ subject, json: '{"a":1}' }, 500)).toEqual({
      text: 'mail.send {"a":1}',
      truncated: false,
    });
    expect(foldedCall({ subject, json: `not json ${long}` }, 500).text).toHaveLength(500);
  });
});
