import { spawn } from "node:child_process";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { z } from "zod";

import { Agent, run, RunState, tool, Usage } from "../build/index.js";
import { createAgentRegistry } from "../build/runs/agent-registry.js";
import { sha256 } from "../build/lib/digest.js";
import type { RunId } from "../build/lib/ids.js";
import type { RunStore } from "../build/runs/run-store.js";
import { createRunService, type RunService } from "../build/runs/run-service.js";
import { openSqliteRunStore } from "../build/stores/sqlite.js";
import { medianRun, quantile, rssMb, writtenBytes, type Figures } from "../harness.ts";
import { fileBytes, loadText, saveText } from "../save.ts";
import { createKiller, type Crash } from "./crashing.ts";
import { createAgentsModel, OUTPUT, TOOL, type Script } from "../scripted.ts";

/** @param needsApproval true, or from which call on its tool asks */
function createAgent(
  script: Script,
  needsApproval: boolean | number,
  told: () => unknown = () => {},
): Agent {
  const look = tool({
    name: TOOL,
    description: "Looks something up.",
    parameters: z.object({ key: z.string() }),
    needsApproval:
      typeof needsApproval === "boolean"
        ? needsApproval
        : (_context, { key }) => Number(key.split(" ")[1]) >= needsApproval,
    execute() {
      told();
      return OUTPUT;
    },
  });
  const model = createAgentsModel(script, () => new Usage({ requests: 1 }));
  return new Agent({ name: "Bench", model, tools: [look] });
}

const silent = { info() {}, warn() {} };

async function openService(
  path: string,
  agent: Agent,
  stateDirectory?: string,
): Promise<RunService> {
  const registry = createAgentRegistry([{ agent, source: "bench#Bench" }], {});
  const store = await openSqliteRunStore({ path, stateDirectory });
  return createRunService({ store, registry, log: silent });
}

const yes = { decision: "approved", by: "bench", channel: "terminal", level: "person" } as const;
const LIMIT = { timeoutMs: 60_000 };

interface Approvals {
  turns: number;
  directory: string;
  /** Whether every approval is given and carried out by a service that has just been opened. */
  reopened?: boolean;
  /** Whether each commit is sealed, and noted outside of the store. */
  anchored?: boolean;
}

/** As the server does: decide, wait for the next pause. */
export async function approvals({
  turns,
  directory,
  reopened,
  anchored = false,
}: Approvals): Promise<Figures> {
  const path = join(directory, "runs.db");
  const state = anchored ? join(directory, "state") : undefined;
  const agent = createAgent({ turns: turns + 1 }, true);
  let service = await openService(path, agent, state);
  const before = await writtenBytes();
  const start = performance.now();
  const cpuBefore = process.threadCpuUsage();
  const runId = await service.start({ input: "Go", maxTurns: null });
  let report = await service.wait(runId, LIMIT);
  let given = 0;
  while (report.status === "awaiting_approval") {
    if (reopened === true) {
      await service.close();
      service = await openService(path, agent, state);
    }
    for (const { approvalId } of report.approvals) await service.decide(approvalId, yes);
    given += 1;
    report = await service.wait(runId, LIMIT);
  }
  const ms = performance.now() - start;
  const { user, system } = process.threadCpuUsage(cpuBefore);
  const diskBytes = (await writtenBytes()) - before;
  if (report.status !== "completed" || given !== turns) throw new Error(`It is ${report.status}`);
  const bytes = (await service.journal(runId)).reduce((sum, { line }) => sum + line.length, 0);
  await service.close();
  return {
    ms,
    cpuMs: (user + system) / 1_000,
    bytes,
    fileBytes: await fileBytes(path),
    diskBytes,
  };
}

export async function approvalsText({ turns, directory }: Approvals): Promise<Figures> {
  const path = join(directory, "state.json");
  const agent = createAgent({ turns: turns + 1 }, true);
  const before = await writtenBytes();
  let bytes = 0;
  const start = performance.now();
  let result = await run(agent, "Go", { maxTurns: null });
  while (result.interruptions.length > 0) {
    const text = result.state.toString();
    bytes += text.length;
    await saveText(path, text);
    const state = await RunState.fromString(agent, await loadText(path));
    for (const item of state.getInterruptions()) state.approve(item);
    result = await run(agent, state, { maxTurns: null });
  }
  const ms = performance.now() - start;
  const diskBytes = (await writtenBytes()) - before;
  return { ms, bytes, fileBytes: await fileBytes(path), diskBytes };
}

export async function turns({ turns }: { turns: number }): Promise<Figures> {
  let ends: number[] = [];
  const agent = createAgent({ turns }, false, () => ends.push(performance.now()));
  const ratios: number[] = [];
  const once = async (): Promise<void> => {
    ends = [];
    await run(agent, "Go", { maxTurns: null });
    const lasted = ends.slice(1).map((end, index) => end - (ends[index] ?? 0));
    ratios.push(quantile(lasted.slice(-25), 0.5) / quantile(lasted.slice(75, 100), 0.5));
  };
  const ms = await medianRun(turns, once);
  // Of half the runs, so that the compiler is done with most.
  const late = quantile(ratios.slice(ratios.length / 2), 0.5);
  return { cpuMsPerTurn: ms / turns, ...(turns < 200 ? {} : { lateOverEarly: late }) };
}

export async function crowd({ runs, ...script }: Script & { runs: number }): Promise<Figures> {
  const agent = createAgent(script, false);
  await run(createAgent({ turns: 5 }, false), "Go");
  const start = performance.now();
  const latencies = await Promise.all(
    Array.from({ length: runs }, async () => {
      await run(agent, "Go", { maxTurns: null });
      return performance.now() - start;
    }),
  );
  const ms = performance.now() - start;
  const idealMs = script.turns * (script.modelMs ?? 0);
  return {
    timesIdeal: ms / idealMs,
    runsPerSecond: (runs * 1_000) / ms,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    rssMb: rssMb(),
  };
}

/** The same through a store, as a server does: started at once, each waited for. */
export async function crowdStored({
  runs,
  directory,
  ...script
}: Script & { runs: number; directory: string }): Promise<Figures> {
  const service = await openService(join(directory, "runs.db"), createAgent(script, false));
  await service.wait(await service.start({ input: "Go", maxTurns: null }), LIMIT);
  const before = await writtenBytes();
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const usedBefore = process.cpuUsage();
  const start = performance.now();
  const reports = await Promise.all(
    Array.from({ length: runs }, async () => {
      const runId = await service.start({ input: "Go", maxTurns: null });
      const { status } = await service.wait(runId, { timeoutMs: 600_000 });
      return { status, ms: performance.now() - start };
    }),
  );
  const ms = performance.now() - start;
  lag.disable();
  const { user, system } = process.cpuUsage(usedBefore);
  await service.close();
  const lost = reports.filter(({ status }) => status !== "completed").length;
  if (lost > 0) throw new Error(`${lost} of ${runs} runs did not complete`);
  return {
    timesIdeal: ms / (script.turns * (script.modelMs ?? 0)),
    cpuMsPerTurn: (user + system) / 1_000 / (runs * script.turns),
    p99Ms: quantile(
      reports.map((report) => report.ms),
      0.99,
    ),
    lagMs: lag.max / 1_000_000,
    diskKbPerRun: ((await writtenBytes()) - before) / 1_000 / runs,
    rssMb: rssMb(),
  };
}

/** What a page of 100 pending approvals costs in a store with this many runs. */
export async function listing({
  runs,
  turns,
  directory,
}: {
  runs: number;
  /** In which turn the pending ones asked. */
  turns: number;
  directory: string;
}): Promise<Figures> {
  const path = join(directory, "runs.db");
  const store = await openSqliteRunStore({ path });
  await fill(store, runs);
  const registry = createAgentRegistry(
    [{ agent: createAgent({ turns: 1_000 }, turns), source: "bench#Bench" }],
    {},
  );
  const service = createRunService({ store, registry, log: silent });
  const start = async (): Promise<void> => {
    const runId = await service.start({ input: "Go", maxTurns: null });
    await service.wait(runId, { timeoutMs: 600_000 });
  };
  await Promise.all(Array.from({ length: 100 }, start));
  await service.close();
  const reader = await openService(path, createAgent({ turns: 2 }, true));
  const costs: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const start = performance.now();
    const before = process.threadCpuUsage();
    const { approvals } = await reader.pending({ limit: 100 });
    const { user, system } = process.threadCpuUsage(before);
    cpu.push((user + system) / 1_000);
    costs.push(performance.now() - start);
    if (approvals.length !== 100) throw new Error(`${approvals.length} approvals are pending`);
  }
  await reader.close();
  return { firstMs: costs[0] ?? 0, medianMs: quantile(costs, 0.5), cpuMs: quantile(cpu, 0.5) };
}

/** Runs that are over, each with three entries of 1 kB. */
async function fill(store: RunStore, runs: number): Promise<void> {
  const at = new Date().toISOString();
  for (let number = 0; number < runs; number += 1) {
    const runId = `run_${number}` as RunId;
    const lines: string[] = [];
    for (let seq = 0; seq < 3; seq += 1) {
      const before = lines.at(-1);
      const prev = before === undefined ? {} : { prev: sha256(before) };
      lines.push(JSON.stringify({ seq, at, type: "input_added", items: [OUTPUT], ...prev }));
    }
    const summary = {
      runId,
      length: 3,
      agent: "Bench",
      source: "bench#Bench",
      status: "completed" as const,
      createdAt: at,
      updatedAt: at,
      runnable: false,
      isOver: true,
    };
    await store.append({ runId, fromSeq: 0, lines, summary, pending: [], isRepeatable: true });
  }
}

/** From a decision in this process to the tool's body. */
export async function decideHere({ directory }: { directory: string }): Promise<Figures> {
  let startedAt = 0;
  const agent = createAgent({ turns: 1_000 }, true, () => {
    startedAt = performance.now();
  });
  const service = await openService(join(directory, "runs.db"), agent);
  const costs: number[] = [];
  let report = await service.wait(await service.start({ input: "Go", maxTurns: null }), LIMIT);
  for (let round = 0; round < 40; round += 1) {
    const begin = performance.now();
    for (const { approvalId } of report.approvals) await service.decide(approvalId, yes);
    report = await service.wait(report.runId, LIMIT);
    costs.push(startedAt - begin);
  }
  await service.close();
  return { medianMs: quantile(costs, 0.5), p95Ms: quantile(costs, 0.95) };
}

/** The same where another process has the agent, and nobody calls it. */
export async function decideElsewhere({ directory }: { directory: string }): Promise<Figures> {
  const path = join(directory, "runs.db");
  const script = fileURLToPath(new URL("../servers/owner.ts", import.meta.url));
  const owner = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(owner.stdout)[Symbol.asyncIterator]();
  const store = await openSqliteRunStore({ path });
  const desk = createRunService({ store, registry: createAgentRegistry([], {}), log: silent });
  const costs: number[] = [];
  for (let round = 0; round < 25; round += 1) {
    // The owner says when it waits, and when its tool runs.
    await lines.next();
    const { approvals } = await desk.pending({ limit: 1 });
    // At any moment of the owner's poll.
    await new Promise((resolve) => setTimeout(resolve, (round * 37) % 200));
    const begin = Date.now();
    for (const { approvalId } of approvals) await desk.decide(approvalId, yes);
    const { value } = await lines.next();
    costs.push(Number(value) - begin);
  }
  owner.kill("SIGKILL");
  await desk.close();
  return { medianMs: quantile(costs, 0.5), p95Ms: quantile(costs, 0.95) };
}

/** Goes on with its one run whenever somebody else has decided; for `decideElsewhere`. */
export async function ownRuns(path: string): Promise<void> {
  const say = (text: string): void => void process.stdout.write(`${text}\n`);
  const agent = createAgent({ turns: 1_000 }, true, () => say(String(Date.now())));
  const service = await openService(path, agent);
  service.recover();
  const runId = await service.start({ input: "Go", maxTurns: null });
  let seen = "";
  const look = async (): Promise<void> => {
    const { approvals } = await service.get(runId);
    const waiting = approvals[0]?.approvalId ?? seen;
    if (waiting !== seen) say("waits");
    seen = waiting;
  };
  service.onChange(() => void look());
  await look();
}

/** One run with one gated call: until it dies, or from wherever it died to its end. */
export async function crash(options: Crash): Promise<Figures> {
  const killer = createKiller(options);
  const act = tool({
    name: TOOL,
    description: "Does it.",
    parameters: z.object({ key: z.string() }),
    needsApproval: true,
    execute: () => killer.act(),
  });
  const model = createAgentsModel({ turns: 2 }, () => new Usage());
  const agent = new Agent({ name: "Bench", model, tools: [act] });
  const store = await openSqliteRunStore({ path: join(options.directory, "runs.db") });
  const told: RunStore = {
    ...store,
    async append(batch) {
      await store.append(batch);
      batch.lines.forEach((_, index) => killer.reached(`${batch.fromSeq + index}`));
    },
  };
  const registry = createAgentRegistry([{ agent, source: "bench#Bench" }], {});
  const service = createRunService({ store: told, registry, log: silent });
  service.recover();
  const { runs } = await service.list({ limit: 1 });
  const runId = runs[0]?.runId ?? (await service.start({ input: "Go" }));
  const before = killer.effects();
  for (;;) {
    const report = await service.wait(runId, LIMIT);
    if (report.status !== "awaiting_approval") {
      await service.close();
      return { effects: killer.effects(), completed: report.status === "completed" ? 1 : 0 };
    }
    for (const { approvalId, kind } of report.approvals) {
      // Who is asked what came of a call looks, and says so.
      const isDone = kind === "outcome_unknown" && before > 0;
      const stated = { ...yes, decision: "rejected", message: "It was done" } as const;
      await service.decide(approvalId, isDone ? stated : yes);
    }
  }
}
