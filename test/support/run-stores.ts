import { spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";

import type { Lease, RunStore } from "../../src/runs/run-store.ts";

export type OpenRunStore = () => Promise<RunStore>;

/** A lease of this process that does not expire. */
export function leaseOf(owner: string, changes: Partial<Lease> = {}): Lease {
  return { owner, pid: process.pid, host: hostname(), expiresAt: 9_000_000_000_000, ...changes };
}

/** The id of a process that has just ended. */
export async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ["--eval", ""], { stdio: "ignore" });
  await once(child, "exit");
  return child.pid ?? 0;
}

export interface StoreProcess {
  /** Settles when it has loaded everything and waits for `go`, or has ended. */
  ready: Promise<void>;
  go(): void;
  /** Its exit code, and the error that ended it, if one did. */
  finished: Promise<{ exitCode: number | null; code?: unknown; message?: unknown }>;
}

/** Starts `store-process.ts` with these arguments. */
export function startStoreProcess(args: readonly string[]): StoreProcess {
  const script = fileURLToPath(new URL("store-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const output: string[] = [];
  child.stdout.setEncoding("utf8").on("data", (text: string) => output.push(text));
  return {
    ready: Promise.race([once(child.stdout, "data"), once(child, "close")]).then(() => undefined),
    go: () => void child.stdin.end(),
    finished: once(child, "close").then(([exitCode]: (number | null)[]) => {
      const last = output.join("").trim().split("\n").at(-1) ?? "";
      const report: object = last.startsWith("{") ? JSON.parse(last) : {};
      return { exitCode: exitCode ?? null, ...report };
    }),
  };
}
