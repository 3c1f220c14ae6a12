import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { Clock } from "../../src/lib/clock.ts";
import type { RunStore } from "../../src/runs/run-store.ts";

/** A store whose methods all answer with promises, also where they could answer at once. */
export type SettledStore = {
  [K in keyof RunStore]: K extends "watch"
    ? RunStore[K]
    : RunStore[K] extends (...args: infer Args) => infer Result
      ? (...args: Args) => Promise<Awaited<Result>>
      : RunStore[K];
};

export interface OpenOptions {
  clock?: Clock;
}

/** Opens a fresh, empty store. */
export type OpenRunStore = (options?: OpenOptions) => Promise<SettledStore>;

type StoreOpened = Pick<RunStore, "location">;

/** Opens what a store holds once more, as another process does; the store may be closed. */
export type ConnectRunStore = (store: StoreOpened, options?: OpenOptions) => Promise<SettledStore>;

/** What `openPlace` opens a store by in another process. */
export type PlaceOf = (store: StoreOpened) => Promise<string>;

export function settled(store: RunStore): SettledStore {
  const wrapped = new Proxy(store, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function" || key === "watch") return value;
      return async (...args: unknown[]): Promise<unknown> => Reflect.apply(value, target, args);
    },
  });
  return wrapped as unknown as SettledStore;
}

/** A clock that stands still until it is moved. */
export function createStillClock(): Clock & { pass(seconds: number): void } {
  let now = Date.now();
  return {
    now: () => now,
    pass(seconds) {
      now += seconds * 1_000;
    },
  };
}

export interface StoreProcess {
  /** Settles when it has loaded everything and waits for `go`, or has ended. */
  ready: Promise<void>;
  go(): void;
  /** Stops it, lets it go on, or ends it without warning. */
  kill(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
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
    kill: (signal) => void child.kill(signal),
    finished: once(child, "close").then(([exitCode]: (number | null)[]) => {
      const last = output.join("").trim().split("\n").at(-1) ?? "";
      const report: object = last.startsWith("{") ? JSON.parse(last) : {};
      return { exitCode: exitCode ?? null, ...report };
    }),
  };
}
