import { beforeAll, describe, expect, it } from "vitest";

import { useTempDirectory } from "../support/temp-directory.ts";
import { compilerOn, nodeOn } from "./walk-absent.ts";
import { listBoth, type Exported } from "./walk-list.ts";
import { honoured, notHere, refused } from "./walk-table.ts";
import { knownTests, membersRead, type KnownTest } from "./walk-tests.ts";

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

/** Whose members an object has that is given to a function. */
const makersOf: Readonly<Record<string, readonly string[]>> = {
  Agent: ["Agent", "AgentOptions"],
  create: ["Agent", "AgentOptions"],
  clone: ["Agent", "AgentOptions", "Handoff"],
  tool: ["FunctionTool", "ToolOptions"],
  Runner: ["RunConfig"],
  run: ["IndividualRunOptions"],
  asTool: ["AgentToolOptions"],
  handoff: ["Handoff"],
};

const results = ["RunResult", "RunItem", "Usage", ...itemsToldOf()];
const events = ["RunAgentUpdated", "RunItem", "RunRawModel", "Run"];

/** What a program says of what it is given when it hands it to the kit, by the kit's method. */
const told: Readonly<Record<string, ReadonlySet<string>>> = {
  model: new Set(["ModelRequest"]),
  report: new Set(results),
  watch: new Set([...results, "StreamedRunResult", ...events.map((name) => `${name}StreamEvent`)]),
  hooks: new Set(["AgentHookEvents", "RunHookEvents"]),
};

function itemsToldOf(): string[] {
  const kinds = ["Message", "ToolCall", "Tool", "Handoff", "Reasoning", "Input", "Compaction"];
  return kinds.flatMap((kind) =>
    ["Item", "OutputItem", "CallItem", "CallOutputItem", "ApprovalItem"].map(
      (end) => `Run${kind}${end}`,
    ),
  );
}

function rowsOf(status: Row["status"], table: Readonly<Record<string, string>>): Row[] {
  return Object.entries(table).flatMap(([by, names]) =>
    names
      .split(/\s+/)
      .filter((name) => name !== "")
      .map((name) => ({ name, status, by })),
  );
}

/**
 * Whether a test shows a name, or a member that programs use: it is used where something runs. A
 * member is shown by a program on both libraries; a mere name may be one that is only compiled.
 */
function shows(test: KnownTest | undefined, { name, status }: Row): boolean {
  if (test === undefined) return false;
  const [type = "", member] = name.split(".");
  if (status === "refused")
    return !test.isTyped && (test.members.has(member ?? type) || test.words.has(member ?? type));
  if (member === undefined)
    return (test.isOnBoth || test.isTyped) && (test.words.has(type) || test.members.has(type));
  if (!test.isOnBoth) return false;
  const owners = [...(test.members.get(member) ?? [])];
  if (owners.some((owner) => owner === "" || makersOf[owner]?.includes(type) === true)) return true;
  return Object.entries(told).some(
    ([method, types]) =>
      types.has(type) && test.members.has(method) && membersRead(method).has(member),
  );
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

  it("is honoured by tests that are there and use it", () => {
    const wrong = rows
      .filter(({ status }) => status === "honoured" || status === "refused")
      .filter((row) => !shows(tests.get(row.by), row));
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
