/**
 * Loaded into a server before anything else (`node --import`), it stands between it and SQLite:
 *
 * - while the file named by `SQLITE_FAULT` holds `<result code> <n>`, every commit but the first
 *   `n` fails with that code, as on a full disk;
 * - the text of every prepared statement that runs is added to the file named by `SQLITE_LOG`.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";

const { SQLITE_FAULT: faultFile, SQLITE_LOG: logFile } = process.env;

let passed = 0;

function readFault(): { code: number; after: number } | undefined {
  try {
    const [code = 0, after = 0] = readFileSync(faultFile ?? "", "utf8")
      .split(" ")
      .map(Number);
    return { code, after };
  } catch {
    return undefined;
  }
}

function failIfWanted(): void {
  const fault = readFault();
  if (fault === undefined) passed = 0;
  else if (passed < fault.after) passed += 1;
  else throw Object.assign(new Error("A fault was asked for"), { errcode: fault.code });
}

if (faultFile !== undefined) {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (text) {
    if (text === "COMMIT") failIfWanted();
    exec.call(this, text);
  };
}

if (logFile !== undefined) {
  for (const method of ["all", "get", "run"] as const) {
    const run: (this: StatementSync, ...parameters: never[]) => unknown =
      StatementSync.prototype[method];
    Object.defineProperty(StatementSync.prototype, method, {
      value(this: StatementSync, ...parameters: never[]) {
        appendFileSync(logFile, `${this.sourceSQL.replaceAll(/\s+/g, " ").trim()}\n`);
        return run.apply(this, parameters);
      },
    });
  }
}
