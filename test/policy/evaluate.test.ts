import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { JsonValue } from "../../src/lib/json.ts";
import { evaluatePolicy, possibleAnswers, type PolicyCall } from "../../src/policy/evaluate.ts";
import { policyRule, type PolicyRule } from "../../src/policy/policy.ts";
import { createPathResolver } from "../../src/policy/real-path.ts";

const plain = { fallback: "ask", resolvePath: (path: string) => path } as const;

function verdict(rules: PolicyRule[], call: Partial<PolicyCall>): string {
  const whole = { agent: "A", tool: "write_file", arguments: {}, ...call };
  return evaluatePolicy(rules, whole, plain).verdict;
}

describe("policy rules", () => {
  it.each<[string, PolicyRule[], Partial<PolicyCall>, string]>([
    ["falls to the default without a rule", [], {}, "ask"],
    [
      "allows what a rule names",
      [{ verdict: "allow", tool: "read_*" }],
      { tool: "read_me" },
      "allow",
    ],
    ["leaves what it does not name", [{ verdict: "allow", tool: "read_*" }], {}, "ask"],
    [
      "lets ask beat allow, and deny beat both",
      [
        { verdict: "allow", tool: "*" },
        { verdict: "deny", tool: "write_file" },
        { verdict: "ask", tool: "*" },
      ],
      {},
      "deny",
    ],
    ["matches a server only where there is one", [{ verdict: "allow", server: "*" }], {}, "ask"],
    [
      "matches a server by name",
      [{ verdict: "allow", server: ["a", "b"] }],
      { server: "b" },
      "allow",
    ],
    ...[["ada"], { name: "ada" }, 5, null, true].map(
      (to): [string, PolicyRule[], Partial<PolicyCall>, string] => [
        `denies in doubt where ${JSON.stringify(to)} stands for a text of a list`,
        [{ verdict: "deny", arguments: { to: { in: ["eve", "ada"] } } }],
        { arguments: { to } },
        "deny",
      ],
    ),
    [
      "does not deny another text than those of a list",
      [{ verdict: "deny", arguments: { to: { in: ["eve", 5] } } }],
      { arguments: { to: "ada" } },
      "ask",
    ],
    [
      "denies in doubt where a text stands for a number",
      [{ verdict: "deny", arguments: { level: { equals: 5 } } }],
      { arguments: { level: "5" } },
      "deny",
    ],
    [
      "frees nothing where a text stands for a number",
      [{ verdict: "allow", arguments: { level: { equals: 5 } } }],
      { arguments: { level: "5" } },
      "ask",
    ],
    ["matches agents", [{ verdict: "deny", agent: "B" }], { agent: "A" }, "ask"],
    [
      "takes a dot in a name for a dot",
      [{ verdict: "allow", tool: "a.b" }],
      { tool: "axb" },
      "ask",
    ],
    [
      "compares a member of the arguments",
      [{ verdict: "allow", arguments: { "to.city": { equals: "Oakland" } } }],
      { arguments: { to: { city: "Oakland" } } },
      "allow",
    ],
    [
      "does not free a call whose argument is not there",
      [{ verdict: "allow", arguments: { city: { equals: "Oakland" } } }],
      { arguments: {} },
      "ask",
    ],
    [
      "denies when a condition cannot be judged",
      [{ verdict: "deny", arguments: { amount: { min: 100 } } }],
      { arguments: { amount: "lots" } },
      "deny",
    ],
    [
      "denies when the arguments cannot be read",
      [{ verdict: "deny", arguments: { amount: { min: 100 } } }],
      { arguments: undefined },
      "deny",
    ],
    [
      "leaves a number outside the range",
      [{ verdict: "deny", arguments: { amount: { min: 100, max: 200 } } }],
      { arguments: { amount: 99 } },
      "ask",
    ],
    [
      "finds a pattern in a text",
      [{ verdict: "deny", arguments: { command: { matches: String.raw`\brm\b` } } }],
      { arguments: { command: "sudo rm -rf /" } },
      "deny",
    ],
    [
      "asks whether an argument is there",
      [{ verdict: "allow", arguments: { force: { exists: false } } }],
      { arguments: { path: "x" } },
      "allow",
    ],
  ])("%s", (_name, rules, call, expected) => {
    expect(verdict(rules, call)).toBe(expected);
  });

  it("refuses rules that say nothing or are no patterns", () => {
    const problems = [
      { verdict: "maybe" },
      { verdict: "deny", arguments: { a: {} } },
      { verdict: "deny", arguments: { a: { matches: "(" } } },
      { verdict: "deny", tols: "x" },
    ].map((rule) => policyRule().safeParse(rule).success);
    expect(problems).toEqual([false, false, false, false]);
  });
});

describe("paths", () => {
  let folder = "";
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "holdpoint-policy-")));
    mkdirSync(join(folder, "notes"));
    mkdirSync(join(folder, "secret"));
    writeFileSync(join(folder, "notes", "a.txt"), "");
    symlinkSync(join(folder, "secret"), join(folder, "notes", "way-out"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const judge = (path: JsonValue, pattern?: string): string => {
    const condition = { under: "notes", ...(pattern === undefined ? {} : { path: pattern }) };
    const rules: PolicyRule[] = [{ verdict: "allow", arguments: { path: condition } }];
    const call = { agent: "A", tool: "write_file", arguments: { path } };
    const resolvePath = createPathResolver(folder);
    return evaluatePolicy(rules, call, { fallback: "ask", resolvePath }).verdict;
  };

  it.each<[JsonValue, string | undefined, string]>([
    ["notes/a.txt", undefined, "allow"],
    ["notes/new/b.txt", undefined, "allow"],
    ["notes/../secret/key", undefined, "ask"],
    ["notes/way-out/key", undefined, "ask"],
    ["notes-elsewhere/a.txt", undefined, "ask"],
    ["/etc/passwd", undefined, "ask"],
    ["notes/a\0.txt", undefined, "ask"],
    [["notes/a.txt", "notes/b.txt"], undefined, "allow"],
    [["notes/a.txt", "secret/key"], undefined, "ask"],
    [[], undefined, "ask"],
    [7, undefined, "ask"],
    ["notes/a.txt", "*.txt", "allow"],
    ["notes/a.md", "*.txt", "ask"],
    ["notes/deep/a.txt", "**/*.txt", "allow"],
  ])("judges %j under notes with pattern %s", (path, pattern, expected) => {
    expect(judge(path, pattern)).toBe(expected);
  });
});

describe("paths outside a folder", () => {
  const resolvePath = (path: string): string => path;
  const rule = (of: PolicyRule["verdict"], part: "under" | "outside"): PolicyRule => ({
    verdict: of,
    arguments: { path: { [part]: "/in" } },
  });

  it.each<[PolicyRule, JsonValue, string]>([
    [rule("deny", "outside"), "/in/a", "ask"],
    [rule("deny", "outside"), "/out/a", "deny"],
    [rule("deny", "outside"), ["/in/a", "/out/a"], "deny"],
    [rule("deny", "outside"), 7, "deny"],
    [rule("allow", "outside"), "/out/a", "allow"],
    [rule("allow", "outside"), ["/in/a", "/out/a"], "ask"],
    [rule("deny", "under"), ["/in/a", "/out/a"], "deny"],
    [rule("allow", "under"), ["/in/a", "/out/a"], "ask"],
  ])("%j judges %j: %s", (given, path, expected) => {
    const call = { agent: "A", tool: "t", arguments: { path } };
    expect(evaluatePolicy([given], call, { fallback: "ask", resolvePath }).verdict).toBe(expected);
  });
});

describe("what calls of a tool can come to", () => {
  const names = (rules: PolicyRule[]): string[] =>
    possibleAnswers(rules, { server: "s", tool: "t" }, "ask").map(({ verdict: of }) => of);

  it.each<[PolicyRule[], string[]]>([
    [[], ["ask"]],
    [[{ verdict: "allow" }], ["allow"]],
    [[{ verdict: "allow", agent: "A" }], ["allow", "ask"]],
    [
      [{ verdict: "allow" }, { verdict: "deny", arguments: { a: { exists: true } } }],
      ["deny", "allow"],
    ],
    [[{ verdict: "allow" }, { verdict: "deny" }], ["deny"]],
    [[{ verdict: "deny", server: "other" }], ["ask"]],
  ])("under %j is %j", (rules, expected) => {
    expect(names(rules)).toEqual(expected);
  });
});

describe("any policy", () => {
  const name = fc.constantFrom("a", "b", "a*", "*");
  const value = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom("x", "y"), fc.boolean());
  const condition = fc.oneof(
    fc.record({ equals: value }),
    fc.record({ min: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ exists: fc.boolean() }),
    fc.record({ matches: fc.constantFrom("x", "y") }),
  );
  const rule: fc.Arbitrary<PolicyRule> = fc
    .record(
      {
        verdict: fc.constantFrom("allow", "ask", "deny"),
        tool: name,
        agent: name,
        arguments: fc.dictionary(fc.constantFrom("p", "q"), condition, { maxKeys: 2 }),
      },
      { requiredKeys: ["verdict"] },
    )
    .map((made) => policyRule().parse(made));
  const call: fc.Arbitrary<PolicyCall> = fc.record({
    agent: fc.constantFrom("a", "b"),
    tool: fc.constantFrom("a", "b"),
    arguments: fc.option(fc.dictionary(fc.constantFrom("p", "q"), value), { nil: undefined }),
  });
  const strictness = ["allow", "ask", "deny"];
  const judge = (rules: PolicyRule[], of: PolicyCall): number =>
    strictness.indexOf(evaluatePolicy(rules, of, plain).verdict);

  it("answers the same in every order of its rules", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), call, (rules, of) => {
        expect(judge(rules.toReversed(), of)).toBe(judge(rules, of));
      }),
    );
  });

  it("is never loosened by one more ask or deny", () => {
    const strict = rule.filter(({ verdict: of }) => of !== "allow");
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), strict, call, (rules, more, of) => {
        const before = judge(rules, of);
        // The default asks, so a rule that asks may only free what fell to no rule: never.
        expect(judge([...rules, more], of)).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it("that asks is never freed by one more ask, whatever the default", () => {
    const asks = rule.map((made): PolicyRule => ({ ...made, verdict: "ask" }));
    const defaults = fc.constantFrom<PolicyRule["verdict"]>("allow", "ask", "deny");
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 6 }),
        asks,
        call,
        defaults,
        (rules, more, of, fallback) => {
          const options = { ...plain, fallback };
          const before = evaluatePolicy(rules, of, options).verdict;
          const after = evaluatePolicy([...rules, more], of, options).verdict;
          expect(after === "allow" && before !== "allow").toBe(false);
        },
      ),
    );
  });

  it("denies whatever the arguments when a rule denies the tool", () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 6 }), call, (rules, of) => {
        expect(judge([...rules, { verdict: "deny", tool: of.tool }], of)).toBe(2);
      }),
    );
  });
});
