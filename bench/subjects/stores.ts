// The stores beside each other: appends, cycles of an approval, and who goes on when a worker is gone.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { Agent, createPostgresRunStore, tool, Usage } from "../build/index.js";
import { sha256 } from "../build/lib/digest.js";
import type { RunId } from "../build/lib/ids.js";
import { createAgentRegistry } from "../build/runs/agent-registry.js";
import type { RunStore } from "../build/runs/run-store.js";
import { createRunService, type RunService } from "../build/runs/run-service.js";
import { openSqliteRunStore } from "../build/stores/sqlite.js";
import { quantile, type Figures } from "../harness.ts";
import { createAgentsModel, OUTPUT, TOOL } from "../scripted.ts";
import { openSwallowing } from "../../test/support/swallowing-proxy.ts";

const LIMIT = { timeoutMs: 60_000 };
const silent = { info() {}, warn() {} };
const by = { by: "bench", channel: "terminal", level: "person" } as const;
const childFile = fileURLToPath(new URL("../child.ts", import.meta.url));

/** Where a measurement's store is. */
export interface Where {
  directory: string;
  /** Absent for SQLite. */
  url?: string;
}

/** A schema of its own, so that nothing of another measurement is in it. */
export function toPlace({ directory, url }: Where): string {
  if (url === undefined) return join(directory, "runs.db");
  const place = new URL(url);
  place.searchParams.set("schema", `bench_${randomUUID().replaceAll("-", "")}`);
  return place.href;
}

export async function openPlace(place: string): Promise<RunStore> {
  return place.startsWith("postgres")
    ? createPostgresRunStore({ url: place })
    : openSqliteRunStore({ path: place });
}

function createAgent(execute: () => string | Promise<string>, needsApproval = true): Agent {
  const act = tool({
    name: TOOL,
    description: "Does it.",
    parameters: z.object({ key: z.string() }),
    needsApproval,
    execute,
  });
  return new Agent({
    name: "Bench",
    model: createAgentsModel({ turns: 2 }, () => new Usage()),
    tools: [act],
  });
}

async function openService(
  place: string,
  agent: Agent,
  options: { maxRunsAtOnce?: number } = {},
): Promise<RunService> {
  const registry = createAgentRegistry([{ agent, source: "bench#Bench" }], {});
  return createRunService({ store: await openPlace(place), registry, log: silent, ...options });
}

interface Append extends Where {
  /** Runs that are written to at once by each process. */
  writers: number;
  processes: number;
  seconds: number;
}

/** Entries of 1 kB, one a commit, all of them on disk before the next one. */
export async function append(options: Append): Promise<Figures> {
  const { writers, processes, seconds } = options;
  const place = toPlace(options);
  // The tables are there before the others come.
  const store = await openPlace(place);
  if (processes === 1) {
    const found = await appendFor({ store, writers, seconds, name: "one" });
    await store.close();
    return found;
  }
  const parts = await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const part = { place, writers, seconds, name: `process_${index}` };
      return lastLine(startChild("appendPart", part).stdout);
    }),
  );
  await store.close();
  const all = (name: string): number[] => parts.map((part) => part[name] ?? Number.NaN);
  return {
    p50Ms: quantile(all("p50Ms"), 0.5),
    p99Ms: Math.max(...all("p99Ms")),
    perSecond: all("perSecond").reduce((sum, each) => sum + each, 0),
  };
}

/** One of the processes of `append`. */
export async function appendPart({
  place,
  ...rest
}: Omit<Append, "url" | "directory"> & {
  place: string;
  name: string;
}): Promise<Figures> {
  const store = await openPlace(place);
  const found = await appendFor({ store, ...rest });
  await store.close();
  return found;
}

async function appendFor({
  store,
  writers,
  seconds,
  name,
}: {
  store: RunStore;
  writers: number;
  seconds: number;
  name: string;
}): Promise<Figures> {
  const costs: number[] = [];
  // What is done the first time is no part of it.
  const write = async (runId: RunId, until: number, found: number[]): Promise<void> => {
    let before: string | undefined;
    for (let seq = 0; performance.now() < until; seq += 1) {
      const begin = performance.now();
      before = await appendOne(store, runId, { seq, before });
      found.push(performance.now() - begin);
    }
  };
  await write(`${name}_warm` as RunId, performance.now() + 300, []);
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: writers }, (_, writer) =>
      write(`${name}_${writer}` as RunId, begin + seconds * 1_000, costs),
    ),
  );
  return {
    p50Ms: quantile(costs, 0.5),
    p99Ms: quantile(costs, 0.99),
    perSecond: (costs.length * 1_000) / (performance.now() - begin),
  };
}

async function appendOne(
  store: RunStore,
  runId: RunId,
  { seq, before }: { seq: number; before: string | undefined },
): Promise<string> {
  const at = new Date().toISOString();
  const prev = before === undefined ? {} : { prev: sha256(before) };
  const line = JSON.stringify({ seq, at, type: "input_added", items: [OUTPUT], ...prev });
  const summary = {
    runId,
    length: seq + 1,
    agent: "Bench",
    source: "bench#Nobody",
    status: "running" as const,
    createdAt: at,
    updatedAt: at,
    runnable: false,
    isOver: false,
  };
  await store.append({ runId, fromSeq: seq, lines: [line], summary, isRepeatable: false });
  return line;
}

/** From the start of a run to its end, with one approval in between: decided as soon as it is asked. */
export async function cycle(options: Where & { cycles: number }): Promise<Figures> {
  const service = await openService(
    toPlace(options),
    createAgent(() => OUTPUT),
  );
  const costs: number[] = [];
  const once = async (): Promise<void> => {
    const begin = performance.now();
    await finish(service, await service.start({ input: "Go" }));
    costs.push(performance.now() - begin);
  };
  for (let warm = 0; warm < 5; warm += 1) await once();
  costs.length = 0;
  const begin = performance.now();
  for (let count = 0; count < options.cycles; count += 1) await once();
  const perSecond = (options.cycles * 1_000) / (performance.now() - begin);
  await service.close();
  return { p50Ms: quantile(costs, 0.5), p99Ms: quantile(costs, 0.99), perSecond };
}

async function finish(service: RunService, runId: RunId): Promise<void> {
  let report = await service.wait(runId, LIMIT);
  while (report.status === "awaiting_approval") {
    for (const { approvalId, kind } of report.approvals) {
      const isDoubt = kind === "outcome_unknown";
      const stated = { decision: "rejected", message: "It was not done", ...by } as const;
      await service.decide(approvalId, isDoubt ? stated : { decision: "approved", ...by });
    }
    report = await service.wait(runId, LIMIT);
  }
  if (report.status !== "completed") throw new Error(`It is ${report.status}`);
}

/** From a decision to the tool's body in another process. */
export async function waking(options: Where & { rounds: number }): Promise<Figures> {
  const place = toPlace(options);
  const desk = await openDesk(place);
  const worker = await startWorker(place, "act");
  const costs: number[] = [];
  for (let round = 0; round < options.rounds + 3; round += 1) {
    const runId = await desk.start({ input: "Go" });
    const { approvals } = await desk.wait(runId, LIMIT);
    const begin = Date.now();
    await desk.decide(approvals[0]!.approvalId, { decision: "approved", ...by });
    const actedAt = Number(await worker.said());
    // The first ones are not counted: it is new to them.
    if (round >= 3) costs.push(actedAt - begin);
    await finish(desk, runId);
  }
  worker.kill("SIGKILL");
  await desk.close();
  return { p50Ms: quantile(costs, 0.5), p99Ms: quantile(costs, 0.99) };
}

/** Starts runs and decides, and goes on with none. */
export async function openDesk(place: string): Promise<RunService> {
  return openService(
    place,
    createAgent(() => OUTPUT),
    { maxRunsAtOnce: 0 },
  );
}

/** One run that waits for a person. */
export async function openWaiting(place: string): Promise<void> {
  const service = await openService(
    place,
    createAgent(() => OUTPUT),
  );
  await service.wait(await service.start({ input: "Go" }), LIMIT);
  await service.close();
}

type Gone = "killed" | "stopped" | "lost host";

/**
 * From the moment at which a worker is gone, in the middle of a call, to another's question what
 * came of it. `stopped` stands still, its connections too; of a `lost host` nothing comes any more,
 * and nobody says so.
 */
export async function takeover({
  how,
  rounds,
  ...where
}: Where & { how: Gone; rounds: number }): Promise<Figures> {
  const place = toPlace(where);
  const desk = await openDesk(place);
  const costs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const way = how === "lost host" ? await openSwallowing(place) : undefined;
    const first = await startWorker(way?.url ?? place, "hold");
    const runId = await desk.start({ input: "Go" });
    const { approvals } = await desk.wait(runId, LIMIT);
    await desk.decide(approvals[0]!.approvalId, { decision: "approved", ...by });
    await first.said();
    const second = await startWorker(place, "act");
    // It has looked for work, and found none: nothing of this is its first time.
    await delay(500);
    way?.swallow();
    const begin = performance.now();
    first.kill(how === "stopped" ? "SIGSTOP" : "SIGKILL");
    const { status, approvals: asked } = await desk.wait(runId, LIMIT);
    costs.push(performance.now() - begin);
    if (status !== "awaiting_approval" || asked[0]?.kind !== "outcome_unknown") {
      throw new Error(`It is ${status}`);
    }
    first.kill("SIGKILL");
    await finish(desk, runId);
    second.kill("SIGKILL");
    way?.close();
  }
  await desk.close();
  return { p50Ms: quantile(costs, 0.5), mostMs: Math.max(...costs) };
}

interface Worker {
  /** The next line that it prints. */
  said(): Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

async function startWorker(place: string, task: "act" | "hold"): Promise<Worker> {
  const child = startChild("work", { place, task });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const said = async (): Promise<string> => String((await lines.next()).value);
  await said();
  return { said, kill: (signal) => void child.kill(signal) };
}

/** A worker of its own process: says that it is there, and when its tool's body begins. */
export async function work({
  place,
  task,
}: {
  place: string;
  task: "act" | "hold";
}): Promise<never> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const agent = createAgent(async () => {
    say(String(Date.now()));
    if (task === "hold") await delay(600_000);
    return OUTPUT;
  });
  const service = await openService(place, agent);
  service.recover();
  say("ready");
  await delay(600_000);
  throw new Error("Nobody ended this worker");
}

function startChild(task: string, parameters: object) {
  return spawn(process.execPath, [childFile, "stores", task, JSON.stringify(parameters)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

async function lastLine(stdout: NodeJS.ReadableStream): Promise<Figures> {
  let output = "";
  stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  await once(stdout, "close");
  return JSON.parse(output.trim().split("\n").at(-1) ?? "{}") as Figures;
}
