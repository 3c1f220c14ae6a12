import type { MaybePromise } from "../lib/pending.ts";
import { isEngineEntry, type StoredFields } from "./entries.ts";
import { kindIn } from "./entry-kinds.ts";
import type { Call, ProcessName, Run } from "./state.ts";

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

/** Errors of an attempt whose body ran: a guardrail of its output tripped, or threw. */
const codesAfterBody: ReadonlySet<string> = new Set(["guardrail_tripped", "guardrail_failed"]);

/** Whether the body had done its work by the time of the error. */
export function isAfterBody({ code }: { code: string }): boolean {
  return codesAfterBody.has(code);
}

/** Errors that end an activation, once all that is open is settled. */
export const endingCodes: ReadonlySet<string> = new Set(["tool_failed", "guardrail_failed"]);

/** What is known of an attempt, for whoever decides what came of it: how it ended, and who made it. */
export async function describeAttempt(
  call: Call,
  { starter, isDead }: { starter: Starter | undefined; isDead: boolean },
): Promise<string> {
  const again = isDead ? ". The process ended each of the last times that it was run" : "";
  return `${describeEnd(call.error)}${again}${await describeStarter(call, starter)}`;
}

function describeEnd(error: Call["error"]): string {
  if (error === undefined) return "and its outcome was not recorded";
  const how = isAfterBody(error) ? "did its work, and a guardrail of its output failed" : "failed";
  return `and ${how}: ${error.message}`;
}

/** Empty where nothing is known. */
async function describeStarter(
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

/** The rule by which a call is run again whose tool says that this does no harm. */
export const IDEMPOTENT = "idempotent";

/** The code of the failure of a run that was put aside for it. */
export const PROCESS_DIED = "process_died";

/** How many processes a step may take with it before nobody tries it again unasked. */
const MOST_DEATHS = 2;

/** Entries that a step begins with, each time anew: they bring the run no further. */
const beginnings: ReadonlySet<string> = new Set([
  "run_claimed",
  "run_left",
  "approval_shown",
  "session_saving",
]);

/** Takes down who went on with the run, until something comes of that or somebody says something. */
export function noteTry(run: Run, entry: StoredFields): void {
  if (isEngineEntry(entry) && entry.type === "run_claimed") {
    const before = entry.by === undefined ? run.tries : [];
    const isNew = before.at(-1)?.instance !== entry.process?.instance;
    run.tries = entry.process === undefined || !isNew ? before : [...before, entry.process];
    return;
  }
  const isRepeat = isEngineEntry(entry) && entry.type === "tool_started" && entry.attempt > 1;
  if (isRepeat || beginnings.has(entry.type)) return;
  run.tries = kindIn(run, entry) === "word" ? [] : run.tries.slice(-1);
}

/** Who made the attempts of a call that have no end, the last one included. */
export function lostWith({ lost, started, error }: Call): readonly ProcessName[] {
  if (started?.process === undefined || started.isLeft === true || error !== undefined) return lost;
  return [...lost, started.process];
}

/** Whether a step took the processes with it that tried it, so that a person says whether it is tried again. */
export async function isDeadly(
  tries: readonly ProcessName[],
  starter: Starter | undefined,
): Promise<boolean> {
  if (starter === undefined || tries.length < MOST_DEATHS) return false;
  const alive = await Promise.all(tries.map(async (each) => starter.isAlive(each)));
  return alive.filter((each) => each !== true).length >= MOST_DEATHS;
}
