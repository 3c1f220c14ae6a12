import { describe, expect, it } from "vitest";

import { visibleLine, visibleText } from "../../src/runs/shown-text.ts";

describe("visibleText", () => {
  it.each([
    ["an ANSI sequence", "\u001b[2K\u001b[1Gpay 1", String.raw`\u{1b}[2K\u{1b}[1Gpay 1`],
    ["an 8-bit control sequence", "\u009b2Kpay 1", String.raw`\u{9b}2Kpay 1`],
    ["a carriage return", "pay 900\rpay 1", String.raw`pay 900\u{d}pay 1`],
    ["a backspace", "pay 9\b1", String.raw`pay 9\u{8}1`],
    ["a bell and a null", "\u0007\u0000", String.raw`\u{7}\u{0}`],
    ["delete", "\u007f", String.raw`\u{7f}`],
    ["a next line", "\u0085", String.raw`\u{85}`],
    ["a right-to-left override", "exe.\u202egpj", String.raw`exe.\u{202e}gpj`],
    ["bidi isolates", "\u2066a\u2069", String.raw`\u{2066}a\u{2069}`],
    ["bidi marks", "\u200e\u200f\u061c", String.raw`\u{200e}\u{200f}\u{61c}`],
    ["zero-width characters", "a\u200bb\u200cc\u200dd", String.raw`a\u{200b}b\u{200c}c\u{200d}d`],
    ["a byte order mark", "\ufeffa", String.raw`\u{feff}a`],
    ["a word joiner", "a\u2060b", String.raw`a\u{2060}b`],
    ["a soft hyphen", "pay\u00adroll", String.raw`pay\u{ad}roll`],
    ["Hangul fillers", "\u3164\u115f\u1160\uffa0", String.raw`\u{3164}\u{115f}\u{1160}\u{ffa0}`],
    ["a grapheme joiner", "a\u034fb", String.raw`a\u{34f}b`],
    ["line and paragraph separators", "a\u2028b\u2029", String.raw`a\u{2028}b\u{2029}`],
    ["annotation marks", "\ufff9a\ufffb", String.raw`\u{fff9}a\u{fffb}`],
    ["a variation selector", "a\ufe0f", String.raw`a\u{fe0f}`],
    ["tag characters", "a\u{e0041}\u{e0001}", String.raw`a\u{e0041}\u{e0001}`],
    ["a lone surrogate", "a\ud800b", String.raw`a\u{d800}b`],
  ])("writes out %s", (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it("leaves what can be seen, and line breaks and tabs, as they are", () => {
    const text = "Zürich, Łódź, 東京, القاهرة, 😀\n\tnext";
    expect(visibleText(text)).toBe(text);
  });
});

describe("visibleLine", () => {
  it("also writes out line breaks and tabs", () => {
    expect(visibleLine("a\n\tb\r\n")).toBe(String.raw`a\n\tb\u{d}\n`);
  });
});
