import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A test by its title, and the text of it. */
export interface KnownTest {
  /** `file > title`; of a program that is only compiled its file. */
  readonly name: string;
  readonly text: string;
}

const START = /^[ \t]*(?:parity|it|test)(?:\.\w+(?:\([\s\S]*?\))?)?\(\s*(["'`])((?:(?!\1).)*)\1/gm;

/** The tests below `test/`, by what their rows in a table call them. */
export function knownTests(): Map<string, KnownTest> {
  const folder = join(import.meta.dirname, "..");
  const files = globSync("**/*.{test,typed}.ts", { cwd: folder });
  const tests = files.flatMap((file) => testsIn(file.replaceAll("\\", "/"), folder));
  const typed = globSync("parity/typed/*.ts", { cwd: folder }).map((file) => ({
    name: file.replaceAll("\\", "/"),
    text: readFileSync(join(folder, file), "utf8"),
  }));
  return new Map([...tests, ...typed].map((test) => [test.name, test]));
}

function testsIn(file: string, folder: string): KnownTest[] {
  const text = readFileSync(join(folder, file), "utf8");
  const starts = [...text.matchAll(START)];
  return starts.map((start, index) => ({
    name: `${file} > ${start[2] ?? ""}`,
    text: text.slice(start.index, starts[index + 1]?.index ?? text.length),
  }));
}
