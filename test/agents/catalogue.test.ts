import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { notApplicable, type NotApplicable } from "./not-applicable.ts";

/** The catalogue's sections, first and last number. A section is added with its tests. */
const sections: readonly { name: string; from: number; to: number }[] = [
  { name: "basic pause, approve, reject", from: 1, to: 20 },
  { name: "policies", from: 21, to: 35 },
  { name: "identity and replay", from: 36, to: 54 },
  { name: "serialization", from: 55, to: 79 },
  { name: "turns, limits, finishing", from: 80, to: 91 },
  { name: "handoffs and nesting", from: 92, to: 105 },
  { name: "events, hooks and guardrails", from: 119, to: 125 },
  { name: "traces and cancelling", from: 126, to: 128 },
  { name: "failures and size", from: 138, to: 140 },
];

const ids = sections.flatMap(({ from, to }) =>
  Array.from({ length: to - from + 1 }, (_, index) => toId(from + index)),
);

function toId(number: number): string {
  return `T-${String(number).padStart(2, "0")}`;
}

interface Coverage {
  ids: readonly string[];
  /** The text of all test files. */
  tests: string;
  reasons: readonly NotApplicable[];
}

/** Scenarios with neither a test nor a reason, and reasons that a test proves wrong. */
function findGaps({ ids: wanted, tests, reasons }: Coverage): string[] {
  const isTested = (id: string): boolean => tests.includes(`"${id} `);
  const excused = reasons.filter(({ part }) => part === undefined).map(({ id }) => id);
  const missing = wanted.filter((id) => !isTested(id) && !excused.includes(id));
  const stale = excused.filter((id) => isTested(id));
  return [
    ...missing.map((id) => `${id} has neither a test nor a reason why not`),
    ...stale.map((id) => `${id} has a test, and a reason why it has none`),
  ];
}

describe("the catalogue of scenarios", () => {
  it("has a test, or a reason why not, for each", () => {
    const folder = join(import.meta.dirname, "..");
    const files = globSync("**/*.test.ts", { cwd: folder }).map((path) => join(folder, path));
    const tests = files.map((path) => readFileSync(path, "utf8")).join("\n");
    expect(findGaps({ ids, tests, reasons: notApplicable })).toEqual([]);
  });

  it("gives its reasons once, and in words", () => {
    const given = notApplicable.map(({ id, part = "" }) => `${id} ${part}`);
    expect(new Set(given).size).toBe(given.length);
    for (const { id, reason } of notApplicable) {
      expect(id).toMatch(/^T-\d{2,3}$/);
      expect(reason).toMatch(/^(Cannot arise|Not built yet): .*\.$/);
    }
  });

  it("turns red for a scenario that nobody thought of, and for a reason that is none", () => {
    // Spelt so that this file does not count as the test it speaks of.
    const quote = String.fromCodePoint(34);
    const tests = `it(${quote}T-01 pauses${quote}); it(${quote}T-03 rejects${quote});`;
    const reason = "Cannot arise: never.";
    const check = (reasons: NotApplicable[]): string[] =>
      findGaps({ ids: ["T-01", "T-02", "T-03"], tests, reasons });
    expect(check([])).toEqual(["T-02 has neither a test nor a reason why not"]);
    expect(check([{ id: "T-02", part: "half", reason }])).toHaveLength(1);
    expect(check([{ id: "T-02", reason }])).toEqual([]);
    expect(
      check([
        { id: "T-02", reason },
        { id: "T-03", reason },
      ]),
    ).toEqual(["T-03 has a test, and a reason why it has none"]);
    expect(
      check([
        { id: "T-02", reason },
        { id: "T-03", part: "half", reason },
      ]),
    ).toEqual([]);
  });
});
