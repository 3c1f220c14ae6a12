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

  it.each([
    ["a Cyrillic letter in a Latin word", "p\u0430ypal.com", "p[U+0430]ypal.com"],
    [
      "a Latin letter in a Cyrillic word",
      "\u043f\u0430ro\u043b\u044c\u043d\u044b\u0439",
      "\u043f\u0430[U+0072][U+006F]\u043b\u044c\u043d\u044b\u0439",
    ],
    [
      "a word of nothing but twins",
      "pay \u0430\u0440\u0440\u04cf\u0435.com",
      "pay [U+0430][U+0440][U+0440][U+04CF][U+0435].com",
    ],
    ["a Greek capital in a Latin word", "B\u0391NK", "B[U+0391]NK"],
    ["drawn letters", "\u{1d429}ay", "[U+1D429]ay"],
    ["wide letters among others", "p\uff41y", "p[U+FF41]y"],
    ["a letter behind a hidden one", "p\u200b\u0430y", "p\\u{200b}[U+0430]y"],
    ["an empty Braille cell", "a\u2800b", "a[U+2800]b"],
    ["a space that does not break", "1\u00a0000", "1[U+00A0]000"],
    ["a wide space", "a\u3000b", "a[U+3000]b"],
    [
      "wide spaces in a row",
      "\u6771\u3000\u3000\u3000\u4eac",
      "\u6771[U+3000][U+3000][U+3000]\u4eac",
    ],
    ["other spaces", "a\u2003b\u202fc", "a[U+2003]b[U+202F]c"],
    ["private use", "a\ue000\u{f0000}", "a[U+E000][U+F0000]"],
    ["what is no character", "a\ufdd0", "a[U+FDD0]"],
    ["a slash that is none", "example.com\u2215evil", "example.com[U+2215]evil"],
  ])("marks %s by number", (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(visibleText(shown)).toBe(shown);
  });

  it.each([
    [
      "words of other scripts",
      "\u043f\u0440\u0438\u0432\u0435\u0442, \u03ba\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1, world",
    ],
    [
      "escapes of JSON before them",
      String.raw`{"text":"\n\u041f\tok"}`.replace(
        String.raw`\u041f`,
        "\u043f\u0440\u0438\u0432\u0435\u0442",
      ),
    ],
    ["accents and composed letters", "na\u00efve, nai\u0308ve, k\u0131z\u0131l, stra\u00dfe"],
    ["wide signs in their own text", "\u6771\u4eac\u3000\u5927\u962a\uff0f\u4eac\u90fd"],
    ["signs by themselves", "a \u2212 b, 5 \u2010 6, m\u00b2, \u00bd, 10 \u20ac"],
  ])("leaves %s as they are", (_name, text) => {
    expect(visibleText(text)).toBe(text);
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
