import { expect, it } from "vitest";

import { argumentFacts } from "../../../src/runs/hold/argument-facts.ts";
import { headlineOf, tellingMembers } from "../../../src/runs/hold/headline.ts";
import { membersOf } from "../../../src/runs/hold/members.ts";
import { byWeight, type Fact } from "../../../src/runs/hold/presentation.ts";
import { holdLines } from "../../../src/runs/hold/words.ts";

function factsOf(args: object) {
  return argumentFacts(membersOf(JSON.stringify(args)));
}

it.each([
  [{ "to\u200b": "ada@example.com" }, String.raw`(\u{200b})`],
  [{ order: { "\u001b[8m hidden": true } }, String.raw`(\u{1b})`],
])(
  "the name of an argument that cannot be read as it is, is of a high risk: %j",
  (args, written) => {
    expect(factsOf(args)).toContainEqual(
      expect.objectContaining({ weight: "high", text: expect.stringContaining(written) }),
    );
    expect(factsOf(args)[0]?.text).toContain("The name of an argument");
  },
);

it("what stands behind a long gap is told", () => {
  expect(factsOf({ to: `ada@example.com${" ".repeat(400)}eve@evil.example` })).toContainEqual({
    text: "to has 400 spaces in a row, and behind them: “eve@evil.example”",
    weight: "normal",
    badge: "long gap",
  });
  const code = "if (a) {\n    return 1;\n}\n\n\n\nfunction b() {}";
  expect(factsOf({ code }).filter(({ badge }) => badge === "long gap")).toEqual([]);
});

const people = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `p${at}@part${at % 5}.example`);

it("a list is one member of the headline, with how many more there are", () => {
  const headline = (args: object): string =>
    headlineOf({ name: "send", template: undefined, members: membersOf(JSON.stringify(args)) });
  expect(headline({ to: people(10), subject: "News" })).toBe(
    "send to p0@part0.example and 9 more, News",
  );
  expect(headline({ to: people(1) })).toBe("send to p0@part0.example");
  const [telling] = tellingMembers(membersOf(JSON.stringify({ to: people(3) })));
  expect(telling?.at).toBe("to[0]");
});

it("many addresses further down are one fact, which says where they are", () => {
  expect(factsOf({ to: people(3) }).map((each) => each.text)).toEqual([
    "Names an address further down: p1@part1.example (to[1])",
    "Names an address further down: p2@part2.example (to[2])",
  ]);
  expect(factsOf({ to: people(10) })).toEqual([
    {
      text: "Names 9 addresses further down, at part1.example, part2.example, part3.example and 2 other places",
      weight: "plain",
    },
  ]);
});

it("of very many facts the heaviest are shown, and how many more there are", () => {
  const fact = (at: number): Fact => ({
    text: `Fact ${at}`,
    weight: at === 29 ? "high" : "normal",
  });
  const facts = byWeight(Array.from({ length: 30 }, (_, at) => fact(at)));
  const presentation = {
    ...{ headline: "send", title: "Send it", members: [], idle: "It waits" },
    facts,
    tier: "high",
    typed: { name: "tool", text: "send" },
  } as const;
  const lines = holdLines({ presentation, path: ["Clerk"] });
  expect(lines.slice(0, 2)).toEqual(["HIGH RISK: send", "!! Fact 29"]);
  expect(lines).toContain(" - 18 more facts like these, none heavier");
  expect(lines).toHaveLength(16);
});

it.each([
  [{ mode: "0777" }, true],
  [{ fileMode: 511 }, true],
  [{ options: { permissions: "a+rwx" } }, true],
  [{ file_mode: "rw-rw-rw-" }, true],
  [{ mode: "0o666" }, true],
  [{ mode: "0644" }, false],
  [{ mode: 420 }, false],
  [{ mode: "u+w" }, false],
  [{ permissions: "rwxr-xr-x" }, false],
  [{ mode: "append" }, false],
  [{ share: "127" }, false],
  [{ scope: "222" }, false],
])("a mode by which everybody may write opens to others: %j %s", (args, isTold) => {
  expect(factsOf(args).some(({ badge }) => badge === "opens")).toBe(isTold);
});

it.each([
  [{ document: "contracts/2026/../../payroll/x.csv" }, true],
  [{ name: "a/%2e%2e/%2e%2e/etc/passwd" }, true],
  [{ url: "https://files.example/a/../b" }, true],
  [{ path: "../other/notes.md" }, true],
  [{ range: "main..dev" }, false],
  [{ document: "contracts/v1..v2.pdf" }, false],
  [{ body: "See a/../b of the notes" }, false],
])("a path that leads upwards out of a folder is told: %j %s", (args, isTold) => {
  expect(factsOf(args).some(({ badge }) => badge === "wrong folder")).toBe(isTold);
});
