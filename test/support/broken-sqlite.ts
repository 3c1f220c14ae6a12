import { DatabaseSync, StatementSync } from "node:sqlite";

import { vi } from "vitest";

/** What the driver does when it is called: fails with this code instead, or after it has done it. */
export interface Break {
  /** How many calls are left alone before. */
  after: number;
  code: number;
  when: "instead" | "afterwards";
}

/**
 * Breaks one call of the SQLite driver in this process, until `vi.restoreAllMocks()`.
 *
 * @returns whether there was such a call, and how many there were
 */
export function breakSqlite({ after, code, when }: Break): { calls: number } {
  const count = { calls: 0 };
  const breaking = <T>(work: () => T): T => {
    count.calls += 1;
    if (count.calls !== after + 1) return work();
    if (when === "afterwards") work();
    throw Object.assign(new Error("A fault was asked for"), { errcode: code });
  };
  const exec = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, text) {
    return breaking(() => exec.call(this, text));
  });
  for (const method of ["all", "get", "run"] as const) {
    const original: (this: StatementSync, ...parameters: never[]) => unknown =
      StatementSync.prototype[method];
    vi.spyOn(StatementSync.prototype, method).mockImplementation(function (
      this: StatementSync,
      ...parameters: unknown[]
    ) {
      return breaking(() => original.apply(this, parameters as never[])) as never;
    });
  }
  return count;
}
