import { beforeAll, describe, expect, it } from "vitest";

import { measureWay, toTable, type Way, type WayShape } from "./support/function-budget.ts";
import { readSources, type FileShape } from "./support/source-shape.ts";

const MAX_FILE_LINES = 300;
const MAX_FUNCTION_LINES = 60;
/** Of a function on a way: one that grew by taking others in is no shorter way. */
const MAX_BRANCHES = 12;

let sources: FileShape[];

beforeAll(() => {
  sources = readSources();
}, 120_000);

// What the ways take today, 381 functions in 104 files and 686 in 152, and may not grow beyond. The
// aim is 120 functions in 40 files for an approval, and 250 in 55 for a run: an evening of reading.
// Beside other work a process takes a few ways more, such as a second look for what others wrote.
const ways: { way: Way; says: string; functions: number; files: number; reads?: number }[] = [
  {
    way: "approve",
    says: "one approval, from the MCP call to the tool's body",
    functions: 394,
    files: 107,
    reads: 2,
  },
  { way: "run", says: "a whole run: start, pause, approve, complete", functions: 708, files: 157 },
];

describe.each(ways)("the way of $says", ({ way, functions, files, reads }) => {
  let shape: WayShape;
  let table: string;

  beforeAll(async () => {
    shape = await measureWay(way, sources);
    table = toTable(shape, MAX_BRANCHES);
  }, 120_000);

  it("keeps to its functions and files", () => {
    const counted = { functions: shape.functionCount, files: shape.files.length };
    const over = Object.entries({ functions, files }).flatMap(([name, most]) => {
      const count = counted[name as keyof typeof counted];
      return count > most ? [`${count} ${name}, at most ${most}`] : [];
    });
    expect(over, `${over.join(", ")}\n${table}`).toEqual([]);
  });

  it.runIf(reads !== undefined)("reads the journal no more often than it may", () => {
    expect(shape.reads.length, shape.reads.join("\n")).toBeLessThanOrEqual(reads ?? 0);
  });

  it("has no function of many branches", () => {
    const branched = shape.files.flatMap(({ path, functions: ran }) =>
      ran
        .filter(({ branches }) => branches > MAX_BRANCHES)
        .map(({ name, line, branches }) => `${path}:${line} ${name}: ${branches} branches`),
    );
    expect(branched, branched.join("\n")).toEqual([]);
  });

  it("is the way that was meant", () => {
    const paths = shape.files.map(({ path }) => path);
    expect(paths.some((path) => path.startsWith("mcp/"))).toBe(true);
    expect(paths.some((path) => /^stores\/.*sqlite/.test(path))).toBe(true);
    expect(paths.filter((path) => path.startsWith("models/"))).toEqual([]);
  });
});

describe("every source file", () => {
  it(`has at most ${MAX_FILE_LINES} lines`, () => {
    const long = sources
      .filter(({ lines }) => lines > MAX_FILE_LINES)
      .map(({ path, lines }) => `${path}: ${lines} lines`);
    expect(long, long.join("\n")).toEqual([]);
  });

  it(`has functions of at most ${MAX_FUNCTION_LINES} lines`, () => {
    const long = sources.flatMap(({ path, functions }) =>
      functions
        .filter(({ lines }) => lines > MAX_FUNCTION_LINES)
        .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines} lines`),
    );
    expect(long, long.join("\n")).toEqual([]);
  });
});
