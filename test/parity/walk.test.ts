import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { listBoth, type Exported } from "./walk-list.ts";
import { honoured, outOfScope, refused, todo } from "./walk-table.ts";
import { knownTests } from "./walk-tests.ts";

interface Row {
  name: string;
  status: "honoured" | "refused" | "out of scope" | "todo";
  /** A test, a sentence, or what is missing. */
  by: string;
}

const rows: Row[] = [
  ...rowsOf("honoured", honoured),
  ...rowsOf("refused", refused),
  ...rowsOf("out of scope", outOfScope),
  ...rowsOf("todo", todo),
];

/** What is here under another name: its members have rows all the same. */
const otherwise = { IndividualRunOptions: "RunOptions" };

function rowsOf(status: Row["status"], table: Readonly<Record<string, string>>): Row[] {
  return Object.entries(table).flatMap(([by, names]) =>
    names
      .split(/\s+/)
      .filter((name) => name !== "")
      .map((name) => ({ name, status, by })),
  );
}

/** What every program tells of its results and requests without naming it. */
const told = ["kit.ts", "transcript.ts"]
  .map((file) => readFileSync(join(import.meta.dirname, file), "utf8"))
  .join("\n");

function names(text: string, word: string): boolean {
  return text.split(/[^\w$]+/).includes(word);
}

/** Names of exports and, with a dot, of their members. */
function namesOf(exported: readonly Exported[]): Set<string> {
  return new Set(
    exported.flatMap(({ name, members }) => [
      name,
      ...members.map((member) => `${name}.${member}`),
    ]),
  );
}

describe("what @openai/agents declares", () => {
  let theirs: Set<string>;
  let here: Set<string>;
  const byName = new Map(rows.map((row) => [row.name, row]));
  const tests = knownTests();

  beforeAll(() => {
    const { original, ours } = listBoth();
    theirs = namesOf(original);
    here = namesOf(ours);
    for (const [name, own] of Object.entries(otherwise)) {
      const members = ours.find((one) => one.name === own)?.members ?? [];
      for (const one of namesOf([{ name, isValue: false, members }])) here.add(one);
    }
  }, 120_000);

  it("has a row for every name and every member", () => {
    const isSaid = (name: string): boolean => {
      const [export_ = ""] = name.split(".");
      const whole = byName.get(export_);
      return byName.has(name) || (whole !== undefined && !here.has(export_));
    };
    expect(theirs.size).toBeGreaterThan(1_000);
    expect([...theirs].filter((name) => !isSaid(name))).toEqual([]);
  });

  it("has no row for what is not declared, and none twice", () => {
    expect(rows.map(({ name }) => name).filter((name) => !theirs.has(name))).toEqual([]);
    const names = rows.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("is honoured by tests that are there and name it", () => {
    const wrong = rows
      .filter(({ status }) => status === "honoured" || status === "refused")
      .filter(({ name, by }) => {
        const test = tests.get(by);
        const word = name.split(".").at(-1) ?? "";
        if (test === undefined) return true;
        return !names(test.text, word) && !(test.text.includes("kit.") && names(told, word));
      });
    expect(wrong).toEqual([]);
  });

  it("is here where it is honoured", () => {
    const wrong = rows.filter(({ status, name }) => status === "honoured" && !here.has(name));
    expect(wrong).toEqual([]);
  });

  it("is out of scope for a reason that is one sentence", () => {
    const wrong = rows.filter(
      ({ status, by }) => status === "out of scope" && !/^[A-Z][^.]{20,200}\.$/.test(by),
    );
    expect(wrong).toEqual([]);
  });

  it("is to be done in fewer and fewer places", () => {
    const open = rows.filter(({ status }) => status === "todo");
    expect(open.length).toBeLessThanOrEqual(OPEN);
  });
});

/** How many rows say "todo"; whoever honours or refuses one makes it smaller. */
const OPEN = 512;
