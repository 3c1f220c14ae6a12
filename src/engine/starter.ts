import type { MaybePromise } from "./journal-store.ts";
import type { Call, ProcessName } from "./state.ts";

/** What a store knows of processes: this one, and whether others live. */
export interface Starter {
  /** This process, as others can ask about it. */
  readonly process: ProcessName;
  /** `unknown` where that cannot be told from here. */
  isAlive(process: ProcessName): MaybePromise<boolean | "unknown">;
}

/**
 * Who is still at an attempt that has no recorded end: as long as that process lives, running the
 * call again could be the second time.
 */
export async function livingStarter(
  { started, error }: Call,
  starter: Starter | undefined,
): Promise<ProcessName | undefined> {
  const process = started?.process;
  if (process === undefined || error !== undefined || starter === undefined) return undefined;
  return (await starter.isAlive(process)) === true ? process : undefined;
}

/** What is known of who started an attempt; empty where nothing is. */
export async function describeStarter(
  { started, error }: Call,
  starter: Starter | undefined,
): Promise<string> {
  const process = started?.process;
  if (process === undefined || error !== undefined || starter === undefined) return "";
  const { pid, host } = process;
  switch (await starter.isAlive(process)) {
    case true:
      return `. Its process is still there (pid ${pid} on ${host}, at it since ${started?.at ?? ""}): it may still do it. End that process, then running it again is offered`;
    case false:
      return `. Its process is gone (pid ${pid} on ${host})`;
    case "unknown":
      return `. Its process was last seen on ${host} (pid ${pid}): look there whether it goes on`;
  }
}

/** Why a call is not run again now. */
export function stillAt({ pid, host }: ProcessName): string {
  return `the process that started it is still there (pid ${pid} on ${host}) and may still do it. End that process and approve then, or say what came of it by rejecting with a text`;
}
