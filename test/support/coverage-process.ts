/**
 * Loaded into a server before anything else (`node --import`), it counts which functions run, and
 * how often the journal is read. Each `SIGUSR2`, and each call of the function that it leaves at
 * `Symbol.for("holdpoint.test.coverage")`, writes what ran since the last one to the file
 * `<COVERAGE_FILE>.<n>`, and then says `coverage <n>` on stderr.
 */
import { writeFileSync, writeSync } from "node:fs";
import { Session, type Profiler } from "node:inspector";
import { StatementSync } from "node:sqlite";

import type { CoverageFile } from "./function-budget.ts";

const file = process.env["COVERAGE_FILE"] ?? "";
const session = new Session();
let taken = 0;
let reads: string[] = [];

function take(): void {
  // The session is of this thread: the answer is there when the call returns.
  session.post("Profiler.takePreciseCoverage", (error, answer) => {
    if (error !== null) throw error;
    const functions = answer.result.flatMap((script) => ranFunctions(script));
    const content: CoverageFile = { functions, reads };
    writeFileSync(`${file}.${taken}`, JSON.stringify(content));
  });
  reads = [];
  writeSync(2, `coverage ${taken}\n`);
  taken += 1;
}

function ranFunctions({ url, functions }: Profiler.ScriptCoverage): CoverageFile["functions"] {
  return functions.flatMap(({ functionName, ranges }) => {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return [];
    // The module itself.
    if (functionName === "" && whole.startOffset === 0) return [];
    const { startOffset: start, endOffset: end, count } = whole;
    return [{ url, name: functionName, start, end, count }];
  });
}

for (const method of ["all", "get", "iterate"] as const) {
  const run: (this: StatementSync, ...parameters: never[]) => unknown =
    StatementSync.prototype[method];
  Object.defineProperty(StatementSync.prototype, method, {
    value(this: StatementSync, ...parameters: never[]) {
      const text = this.sourceSQL.replaceAll(/\s+/g, " ").trim();
      // The last line alone is looked at by who appends: what is new stands in its chain.
      const isRead = /\bline\b.* FROM entries\b/i.test(text) && !text.endsWith("LIMIT 1");
      if (isRead) reads.push(text);
      return run.apply(this, parameters);
    },
  });
}
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
process.on("SIGUSR2", take);
Object.assign(globalThis, { [Symbol.for("holdpoint.test.coverage")]: take });
