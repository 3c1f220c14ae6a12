import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { createPattern, patternProblem } from "../../src/policy/linear-pattern.ts";
import { policyRule } from "../../src/policy/policy.ts";

describe("a pattern", () => {
  it.each([
    [String.raw`\brm\b`, "sudo rm -rf /"],
    [String.raw`\brm\b`, "farm"],
    ["^a{2,3}b?$", "aaa"],
    ["^a{2,3}b?$", "aaaa"],
    ["^(?:a|b|)+$", ""],
    ["^(?<name>x)y$", "xy"],
    [String.raw`^[\]\\a-c^-]+$`, "]\\ab^-"],
    ["^[^a]$", "\u{1f600}"],
    ["^.$", "\n"],
    [String.raw`^\p{L}\u{fc}\x41\u0042$`, "x\u{fc}AB"],
    [String.raw`^\ud83d\ude00$`, "\u{1f600}"],
    ["(?:a*)*b", "aaac"],
    ["a.*?b", "xaxxb"],
    ["^$", ""],
    [String.raw`\Bx`, "yx"],
    [String.raw`\d{3}-\d{4}`, "call 555-1234"],
    ["(?i:Secret)s", "SECRETs"],
    ["(?i:Secret)s", "SECRETS"],
  ])("%s finds in %j what JavaScript finds", (source, text) => {
    expect(createPattern(source).test(text)).toBe(new RegExp(source, "u").test(text));
  });

  it("finds whatever JavaScript finds", () => {
    const atom = fc.constantFrom(
      "a",
      "b",
      "[ab]",
      "[^a]",
      ".",
      String.raw`\w`,
      "^",
      "$",
      "\\b",
      "",
    );
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie("pattern"), tie("pattern")).map(([one, two]) => `${one}${two}`),
        fc.tuple(tie("pattern"), tie("pattern")).map(([one, two]) => `(?:${one}|${two})`),
        fc
          .tuple(tie("pattern"), fc.constantFrom("*", "+", "?", "{2}", "{1,2}", "{0,}", "*?"))
          .map(([one, times]) => `(?:${one})${times}`),
      ),
    }));
    const text = fc.array(fc.constantFrom("a", "b", "-", "\n"), { maxLength: 6 });
    fc.assert(
      fc.property(pattern, text, (source, parts) => {
        const whole = parts.join("");
        expect(createPattern(source).test(whole)).toBe(new RegExp(source, "u").test(whole));
      }),
      { numRuns: 500 },
    );
  });

  // None of these ever ends in an engine that goes back.
  it.each([
    ["^([a-z0-9]+[._-]?)+@internal$", `${"a".repeat(10_000)}!`],
    ["^(a|a)*$", `${"a".repeat(10_000)}b`],
    ["(x+x+)+y", "x".repeat(10_000)],
    ["^(?:(?:a?){30}){2}a{30}$", "a".repeat(29)],
  ])("%s is matched in one go", (source, text) => {
    expect(createPattern(source).test(text)).toBe(false);
  });

  it.each([
    ["(?=a)", "looks ahead"],
    ["(?<!a)b", "looks ahead or behind"],
    [String.raw`(a)\1`, "repeats what a group matched"],
    ["(?:(?:a{999}){999}){999}", "too large"],
    ["a{0,99999999}", "too large"],
    ["(", "is not a regular expression"],
    [`${"(".repeat(500)}${")".repeat(500)}`, "nested too deeply"],
    ["a".repeat(3_000), "more than 2000 characters"],
  ])("%s is refused when rules are read", (source, why) => {
    expect(patternProblem(source)).toContain(why);
    const rule = { verdict: "deny", arguments: { text: { matches: source } } };
    const { error } = policyRule().safeParse(rule);
    expect(error?.issues.map(({ message }) => message).join()).toContain(why);
  });
});
