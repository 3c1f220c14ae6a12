import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What SQLite answers, https://sqlite.org/rescode.html. */
export const resultCodes = { readOnly: 8, ioError: 10, corrupt: 11, full: 13 } as const;

/** Lets the SQLite of one server fail on demand, and tells which statements it runs. */
export interface SqliteProbe {
  /** Of the server; see `sqlite-process.ts`. */
  readonly env: Record<string, string>;
  /** File with one statement a line. */
  readonly logFile: string;
  /** Every commit fails, from the first one on that writes `from`: a statement's, or an entry's text. */
  fail(code: number, from?: string): Promise<void>;
  work(): Promise<void>;
}

export async function createSqliteProbe(
  directory: string,
  { logs = false }: { logs?: boolean } = {},
): Promise<SqliteProbe> {
  const faultFile = join(directory, "fault");
  const logFile = join(directory, "statements");
  if (logs) await writeFile(logFile, "");
  return {
    logFile,
    env: {
      NODE_OPTIONS: `--import ${new URL("sqlite-process.ts", import.meta.url).href}`,
      SQLITE_FAULT: faultFile,
      ...(logs ? { SQLITE_LOG: logFile } : {}),
    },
    async fail(code, from = "") {
      // Whole at once: the server may look at it at any time.
      await writeFile(`${faultFile}.new`, JSON.stringify({ code, from }));
      await rename(`${faultFile}.new`, faultFile);
    },
    work: async () => rm(faultFile, { force: true }),
  };
}
