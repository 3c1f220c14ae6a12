import { readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, it } from "vitest";

import { useTempDirectory } from "../support/temp-directory.ts";
import { compilerOn, nodeOn } from "./walk-absent.ts";
import { listBoth, type Exported } from "./walk-list.ts";
import { honoured, notHere, refused } from "./walk-table.ts";
import { knownTests } from "./walk-tests.ts";

interface Row {
  name: string;
  status: "honoured" | "refused" | "not here";
  /** A test, or a sentence. */
  by: string;
}

const rows: Row[] = [
  ...rowsOf("honoured", honoured),
  ...rowsOf("refused", refused),
  ...rowsOf("not here", notHere),
];

/** What programs give: the library reads it, so that what is not honoured must be refused. */
const given = new Set([
  "AgentOptions",
  "AgentToolOptions",
  "CallModelInputFilter",
  "FunctionTool",
  "IndividualRunOptions",
  "Model",
  "ModelSettings",
  "RunConfig",
  "RunErrorHandlers",
  "Session",
  "ToolOptions",
]);

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

const tempDirectory = useTempDirectory();

describe("what @openai/agents declares", () => {
  let theirs: Set<string>;
  let here: Set<string>;
  let values: Set<string>;
  const byName = new Map(rows.map((row) => [row.name, row]));
  const tests = knownTests();

  beforeAll(() => {
    const { original, ours } = listBoth();
    theirs = namesOf(original);
    here = namesOf(ours);
    values = new Set(original.filter(({ isValue }) => isValue).map(({ name }) => name));
  }, 300_000);

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

  it("is not here where it says so, with a sentence, and is nothing that programs give", () => {
    const wrong = rows
      .filter(({ status }) => status === "not here")
      .filter(
        ({ name, by }) =>
          here.has(name) ||
          given.has(name.split(".")[0] ?? "") ||
          !/^[A-Z][^.]{20,200}\.$/.test(by),
      );
    expect(wrong).toEqual([]);
  });

  it("is refused by the compiler where it is not here, by its name", async () => {
    const names = rows.filter(({ status }) => status === "not here").map(({ name }) => name);
    const said = await compilerOn([...names, "Agent", "Agent.name"], await tempDirectory());
    const silent = names.filter((name) => {
      const word = name.split(".").at(-1) ?? "";
      return said.get(name)?.includes(`'${word}'`) !== true;
    });
    expect(silent).toEqual([]);
    expect([said.get("Agent"), said.get("Agent.name")]).toEqual([undefined, undefined]);
  }, 300_000);

  it("is refused by Node where it is a value and not here, by its name", async () => {
    const names = rows
      .filter(({ status, name }) => status === "not here" && values.has(name))
      .map(({ name }) => name);
    const said = await nodeOn([...names, "Agent"], await tempDirectory());
    const silent = names.filter((name) => said.get(name)?.includes(`'${name}'`) !== true);
    expect(silent).toEqual([]);
    expect(names.length).toBeGreaterThan(50);
    expect(said.get("Agent")).toBe("");
  }, 300_000);
});
