import { DatabaseSync } from "node:sqlite";

import { Client } from "pg";
import { vi } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import { breakSqlite } from "./broken-sqlite.ts";
import type { PlaceKind } from "./places.ts";

/** What goes wrong with one call of a driver: instead of it, or when it has been done. */
export interface Fault {
  name: string;
  when: "instead" | "afterwards";
  /** What SQLite says. */
  code: number;
}

const IO_ERROR = 10;
const FULL = 13;

/** The faults that are tried on a kind of store. */
export function faults(kind: PlaceKind): readonly Fault[] {
  const lost: Fault[] = [
    { name: "fails before it is done", when: "instead", code: IO_ERROR },
    { name: "fails once it is done", when: "afterwards", code: IO_ERROR },
  ];
  if (kind === "PostgreSQL") return lost;
  return [...lost, { name: "finds the disk full", when: "instead", code: FULL }];
}

/** Breaks one call of the driver in this process, until `vi.restoreAllMocks()`. */
export function breakDriver(
  kind: PlaceKind,
  fault: Pick<Fault, "when" | "code"> & { after: number },
): { calls: number } {
  return kind === "PostgreSQL" ? breakPostgres(fault) : breakSqlite(fault);
}

/** Keeps a file from being written to until the result is called, as one that writes does. */
export function holdFile(path: string): () => void {
  const holder = new DatabaseSync(path);
  holder.exec("BEGIN IMMEDIATE");
  return () => {
    holder.exec("ROLLBACK");
    holder.close();
  };
}

/** The connection is lost at one query: what was asked is not sent, or its answer does not come. */
function breakPostgres({ after, when }: { after: number; when: Fault["when"] }): { calls: number } {
  const count = { calls: 0 };
  const query: (this: Client, ...given: unknown[]) => unknown = Client.prototype.query;
  vi.spyOn(Client.prototype, "query").mockImplementation(function (
    this: Client,
    ...given: unknown[]
  ): never {
    // With a callback it is the pool's own, which has another way to tell.
    if (given.some((each) => typeof each === "function")) return query.apply(this, given) as never;
    count.calls += 1;
    if (count.calls !== after + 1) return query.apply(this, given) as never;
    const lose = async (): Promise<never> => {
      if (when === "afterwards") await query.apply(this, given);
      // As a backend that is ended: nothing more comes over this connection.
      void this.end().catch(() => undefined);
      throw new Error("Connection terminated unexpectedly");
    };
    return lose() as never;
  });
  return count;
}

/** Asks again as long as the store is at fault, as a person does who is told to. */
export async function insist<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof HoldpointError) || error.code !== "store_unavailable") throw error;
    }
  }
}
