/**
 * Loaded into a server before anything else (`node --import`), it stands between it and SQLite:
 *
 * - while the file named by `SQLITE_FAULT` holds `{ "code", "from" }`, every commit fails with that
 *   code, as on a full disk, from the first one on whose transaction wrote the text `from`: in a
 *   statement, or in what a statement was given;
 * - the text of every prepared statement that runs is added to the file named by `SQLITE_LOG`.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { DatabaseSync, StatementSync } from "node:sqlite";

const { SQLITE_FAULT: faultFile, SQLITE_LOG: logFile } = process.env;

/** What the statements of the transaction at hand are, and what they were given. */
let written = "";
let isFailing = false;

function readFault(): { code: number; from: string } | undefined {
  try {
    return JSON.parse(readFileSync(faultFile ?? "", "utf8"));
  } catch {
    return undefined;
  }
}

function failIfWanted(): void {
  const fault = readFault();
  isFailing = fault !== undefined && (isFailing || written.includes(fault.from));
  if (!isFailing) return;
  throw Object.assign(new Error("A fault was asked for"), { errcode: fault?.code });
}

if (faultFile !== undefined) {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (text) {
    if (text === "BEGIN IMMEDIATE") written = "";
    if (text === "COMMIT") failIfWanted();
    exec.call(this, text);
  };
}

for (const method of ["all", "get", "run"] as const) {
  const run: (this: StatementSync, ...parameters: never[]) => unknown =
    StatementSync.prototype[method];
  Object.defineProperty(StatementSync.prototype, method, {
    value(this: StatementSync, ...parameters: never[]) {
      const text = this.sourceSQL.replaceAll(/\s+/g, " ").trim();
      written += `${text} ${parameters.join(" ")}\n`;
      if (logFile !== undefined) appendFileSync(logFile, `${text}\n`);
      return run.apply(this, parameters);
    },
  });
}
