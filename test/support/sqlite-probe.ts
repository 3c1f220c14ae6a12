import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** What SQLite answers, https://sqlite.org/rescode.html. */
export const resultCodes = { readOnly: 8, ioError: 10, corrupt: 11, full: 13 } as const;

/** Lets the SQLite of one server fail on demand, and tells which statements it runs. */
export interface SqliteProbe {
  /** Of the server; see `sqlite-process.ts`. */
  readonly env: Record<string, string>;
  /** File with one statement a line. */
  readonly logFile: string;
  /** From now on every commit but the first `after` fails. */
  fail(code: number, after?: number): Promise<void>;
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
    fail: async (code, after = 0) => writeFile(faultFile, `${code} ${after}`),
    work: async () => rm(faultFile, { force: true }),
  };
}
