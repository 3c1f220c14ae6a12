import { describe, expect, it } from "vitest";

import { createPathGlob, globProblem, matchesName } from "../../src/policy/glob.ts";
import { policyRule } from "../../src/policy/policy.ts";

describe("a glob of paths", () => {
  it.each<[string, string, boolean | undefined]>([
    ["/n/**/*.pem", "/n/.ssh/id.pem", true],
    ["/n/**/*.pem", "/n/id.pem", true],
    ["/n/*.pem", "/n/.pem", true],
    ["/n/*.pem", "/n/a/b.pem", false],
    ["/n/**", "/n/a/.b/c", true],
    ["/n/**", "/n", undefined],
    ["/n/**", "/m/a", false],
    ["**", "/n", true],
    ["/n/{a,b}/?.txt", "/n/b/x.txt", true],
    ["/n/{a,b{c,d}}", "/n/bd", true],
    ["/n/[!a-c].txt", "/n/d.txt", true],
    ["/n/[a-c].txt", "/n/d.txt", false],
    ["/n/a (1).txt", "/n/a (1).txt", true],
    [String.raw`/n/\*`, "/n/*", true],
    [String.raw`/n/\*`, "/n/a", false],
    ["/n/a.b", "/n/axb", false],
    ["/n/[", "/n/[", true],
  ])("%s and %s: %s", (glob, path, expected) => {
    expect(createPathGlob(glob).test(path)).toBe(expected);
  });

  it("takes no time for stars in a row", () => {
    const glob = `/${"a*".repeat(100)}b/${"**/a/".repeat(50)}b`;
    expect(createPathGlob(glob).test(`/${"a".repeat(5_000)}${"/a".repeat(2_000)}`)).toBe(false);
    expect(matchesName(`${"a*".repeat(100)}b`, "a".repeat(5_000))).toBe(false);
  });

  it.each(["!(a)", "+(a|b)", "{a,b}".repeat(20)])("%s is refused when rules are read", (glob) => {
    expect(globProblem(glob)).toMatch(/parentheses|alternatives/);
    const rule = { verdict: "deny", arguments: { path: { path: glob } } };
    expect(policyRule().safeParse(rule).success).toBe(false);
  });
});
