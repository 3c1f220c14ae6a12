import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import {
  createAgentRegistry,
  createRunService,
  type ApprovalReport,
  type RunReport,
  type RunService,
} from "../../src/index.ts";
import { childEnv } from "./command.ts";
import { openPlace } from "./open-place.ts";
import type { PlaceKind } from "./places.ts";
import { makeSchemaUrl } from "./postgres.ts";

/** Functions of the user in which a process can be stopped. */
export type Place =
  | "input guardrail"
  | "output guardrail"
  | "needsApproval"
  | "policy"
  | "asking policy"
  | "isEnabled"
  | "unknown tool formatter"
  | "rejection formatter"
  | "body";

/** What one process of a site is to do; its agent calls `pay` with one amount after the other. */
export interface Play {
  name: "first" | "second";
  store: string;
  /** Gets a line an effect. */
  effects: string;
  /** Gets the input of each model request. */
  requests: string;
  /** Lets the process go on from where it holds, once it is there. */
  wakeFile: string;
  /** Below 100 a call always waits for a person. */
  amounts: readonly number[];
  /** Whether amounts from 100 on wait for a person too. */
  isGated?: boolean;
  isIdempotent?: boolean;
  /** Where it holds, and says no afterwards. */
  holdsAt?: Place;
  /** Whether it holds as soon as the model has answered; otherwise once it is told `arm`. */
  isArmedAtOnce?: boolean;
  /** Whether amounts from 100 on wait for the word `go` before they count. */
  waitsInBody?: boolean;
}

/** An entry as it is stored. */
export type StoredJson = Record<string, unknown> & { type: string };

export interface WorkerProcess {
  /** Resolves with the rest of the line that begins so. @throws Error when it ends without one */
  said(word: string): Promise<string>;
  tell(word: "start" | "arm" | "go"): void;
  /** Stops it where it holds. */
  stop(): void;
  /** Lets it go on. */
  wake(): Promise<void>;
  /** Lets it finish what it is at, to the end of the process. */
  close(): Promise<void>;
  /** The inputs that models were sent by it. */
  requests(): StoredJson[][];
}

type Own = Omit<Play, "store" | "effects" | "requests" | "wakeFile">;

/** One store, a desk on it that runs nothing, and processes that run its agents. */
export interface OvertakenSite {
  readonly desk: RunService;
  start(play: Own): Promise<WorkerProcess>;
  effects(): string[];
  /** Removes everything, and ends whoever still lives. */
  close(): Promise<void>;
}

export async function openOvertakenSite(kind: PlaceKind = "SQLite"): Promise<OvertakenSite> {
  const directory = await mkdtemp(join(tmpdir(), "holdpoint-overtaken-"));
  const store = kind === "SQLite" ? join(directory, "runs.db") : await makeSchemaUrl();
  const effects = join(directory, "effects.txt");
  await writeFile(effects, "");
  const log = { info() {}, warn() {} };
  const registry = createAgentRegistry([], {});
  const desk = createRunService({
    store: await openPlace(store),
    registry,
    log,
  });
  const ends: (() => Promise<void>)[] = [];
  return {
    desk,
    async start(own) {
      const requests = join(directory, `${own.name}-requests.jsonl`);
      const wakeFile = join(directory, `${own.name}-may-go-on`);
      const { worker, end } = startWorker({ ...own, store, effects, requests, wakeFile });
      ends.push(end);
      await worker.said("ready");
      return worker;
    },
    effects: () => linesOf(effects),
    async close() {
      await Promise.all(ends.map((end) => end()));
      await desk.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function startWorker(play: Play): { worker: WorkerProcess; end: () => Promise<void> } {
  const script = fileURLToPath(new URL("overtaken-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(play)], {
    env: childEnv(),
    stdio: "pipe",
  });
  const closed = once(child, "close");
  let output = "";
  let errors = "";
  let heard = Promise.withResolvers<void>();
  const hear = (): void => {
    heard.resolve();
    heard = Promise.withResolvers<void>();
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    hear();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  child.stdin.on("error", () => {});
  let isOver = false;
  void closed.then(() => {
    isOver = true;
    hear();
  });
  const said = async (word: string): Promise<string> => {
    for (;;) {
      const line = output.split("\n").find((each) => each === word || each.startsWith(`${word} `));
      if (line !== undefined) return line.slice(word.length + 1);
      if (isOver) throw new Error(`${play.name} never said "${word}": ${output}${errors}`);
      await heard.promise;
    }
  };
  const tell = (word: string): void => void child.stdin.write(`${word}\n`);
  const worker: WorkerProcess = {
    said,
    tell,
    stop: () => void child.kill("SIGSTOP"),
    async wake() {
      await writeFile(play.wakeFile, "");
      child.kill("SIGCONT");
    },
    async close() {
      tell("close");
      await said("closed");
      await closed;
    },
    requests: () => linesOf(play.requests).map((line) => JSON.parse(line) as StoredJson[]),
  };
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await closed;
  };
  return { worker, end };
}

function linesOf(file: string): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

const person = { by: "Ada", channel: "terminal", level: "person" } as const;

/** Polls until the run waits for exactly one decision that fits, and gives it. */
export async function untilAsked(
  { desk }: OvertakenSite,
  runId: string,
  fits: (approval: ApprovalReport) => boolean = () => true,
): Promise<ApprovalReport> {
  const { approvals } = await until(desk, runId, (report) => {
    const [approval, ...others] = report.approvals;
    return approval !== undefined && others.length === 0 && fits(approval);
  });
  const [approval] = approvals;
  if (approval === undefined) throw new Error("Nothing waits");
  return approval;
}

export async function approve({ desk }: OvertakenSite, { approvalId }: ApprovalReport) {
  return desk.decide(approvalId, { ...person, decision: "approved" });
}

export async function reject(
  { desk }: OvertakenSite,
  { approvalId }: ApprovalReport,
  message?: string,
) {
  return desk.decide(approvalId, {
    ...person,
    decision: "rejected",
    ...(message === undefined ? {} : { message }),
  });
}

/** How long a run may take to come where a test waits for it. */
const LIMIT_MS = 40_000;

/** Looks at a run whenever somebody wrote, until it is as wanted. */
export async function until(
  desk: RunService,
  runId: string,
  isThere: (report: RunReport) => boolean,
): Promise<RunReport> {
  const id = runId as RunReport["runId"];
  const limit = Date.now() + LIMIT_MS;
  for (;;) {
    const report = await desk.get(id);
    if (isThere(report)) return report;
    if (Date.now() > limit) {
      throw new Error(`The run came to ${JSON.stringify(report)}, and no further`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The entries of a run, as they are stored. */
export async function entriesOf({ desk }: OvertakenSite, runId: string): Promise<StoredJson[]> {
  const stored = await desk.journal(runId as RunReport["runId"]);
  return stored.map(({ line }) => JSON.parse(line) as StoredJson);
}

/** What a model was told that came of a call; "" when it was told nothing. */
export function outputOf(input: readonly StoredJson[] | undefined, callId: string): string {
  const results = (input ?? []).filter(
    (item) => item.type === "function_call_result" && item["callId"] === callId,
  );
  if (results.length > 1) throw new Error(`${callId} has ${results.length} outputs`);
  return results.length === 0 ? "" : JSON.stringify(results[0]?.["output"]);
}

/**
 * Entries that count: all but intentions of a claim that had been overtaken when they were stored,
 * which change nothing.
 */
export function standingEntries(entries: readonly StoredJson[]): StoredJson[] {
  let epoch = 0;
  return entries.filter((entry) => {
    if (entry.type === "run_claimed") epoch = Number(entry["epoch"]);
    return entry["epoch"] === undefined || entry["epoch"] === epoch;
  });
}

/** Entries that answer a call without running it, and count. */
export function standingAnswers(entries: readonly StoredJson[]): StoredJson[] {
  return standingEntries(entries).filter(
    ({ type, outcome }) =>
      type === "call_answered" ||
      (type === "tool_finished" && !["ran", "failed"].includes(String(outcome))),
  );
}
