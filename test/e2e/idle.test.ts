import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  Agent,
  createAgentRegistry,
  createRunService,
  createSqliteRunStore,
} from "../../src/index.ts";
import { createScriptedModel, message } from "../../src/testing.ts";
import { childEnv } from "../support/command.ts";
import { multiplyRun, shapes, writeIdleRuns, type Shape } from "../support/idle-runs.ts";
import { useOldPackage } from "../support/old-package.ts";
import { isThorough } from "../support/thorough.ts";

const RUNS = 100;
/** How long nothing may happen: some looks at the store, or ten seconds with the whole suite. */
const QUIET_MS = isThorough ? 10_000 : 1_000;
/** How long a process may take to do what was left to do, once. */
const SETTLE_MS = 40_000;

const old = useOldPackage();

describe.concurrent("a hundred runs that wait", { timeout: 120_000 }, () => {
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdpoint-idle-"));
    await writeIdleRuns(old, directory);
  }, 60_000);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const rows = Object.entries(shapes).map(([shape, says]) => ({ shape: shape as Shape, says }));
  it.for(rows)("with $says cost no claim and no write", async ({ shape }, { onTestFinished }) => {
    const path = join(directory, `${shape}.db`);
    multiplyRun(path, { shape, count: RUNS, isRunnable: true });
    const server = await serve(path);
    onTestFinished(() => server.end());
    const watcher = watch(path);
    onTestFinished(() => watcher.close());
    const before = await watcher.untilQuiet();
    expect(before.runs).toEqual([{ status: "awaiting_approval", runs: RUNS }]);
    expect(before.open).toBe(RUNS);

    // Whoever looks only when somebody wrote looks now, at all of them.
    await runSomethingElse(path);
    const poked = watcher.look();
    await delay(QUIET_MS);
    const after = watcher.look();
    expect(after.dataVersion, server.stderr()).toBe(poked.dataVersion);
    expect(after.claims).toBe(before.claims);
    expect(after.entries).toBe(before.entries);
    expect(after.leases).toEqual([]);
    expect(after.open).toBe(RUNS);
  });

  it("for a tool that is defined otherwise now are asked about anew, once", async ({
    onTestFinished,
  }) => {
    const own = join(directory, "anew");
    await mkdir(own);
    await writeIdleRuns(old, own);
    const path = join(own, "Changed.db");
    multiplyRun(path, { shape: "Changed", count: 3, isRunnable: false });
    const server = await serve(path);
    onTestFinished(() => server.end());
    const watcher = watch(path);
    onTestFinished(() => watcher.close());
    const { open } = await watcher.untilQuiet();
    expect(open).toBe(3);
    const asked = { requests: 2, digests: 2 };
    expect(watcher.requests(), server.stderr()).toEqual([asked, asked, asked]);
  });
});

interface Look {
  /** Of SQLite: another number once anybody else wrote anything. */
  dataVersion: number;
  /** How many runs there are of each status. */
  runs: { status: string; runs: number }[];
  /** Of the runs that wait. */
  entries: number;
  claims: number;
  leases: unknown[];
  /** Open approvals. */
  open: number;
}

/** A connection that only looks. */
function watch(path: string) {
  const database = new DatabaseSync(path, { readOnly: true });
  const one = (text: string): number => Number(database.prepare(text).get()?.["value"]);
  const waiting = "run_id IN (SELECT run_id FROM runs WHERE agent <> 'Elsewhere')";
  const look = (): Look => ({
    dataVersion: Number(database.prepare("PRAGMA data_version").get()?.["data_version"]),
    runs: database
      .prepare(`SELECT status, count(*) AS runs FROM runs WHERE ${waiting} GROUP BY status`)
      .all()
      .map(({ status, runs }) => ({ status: String(status), runs: Number(runs) })),
    entries: one(`SELECT count(*) AS value FROM entries WHERE ${waiting}`),
    claims: one(
      `SELECT count(*) AS value FROM entries WHERE line LIKE '%"run_claimed"%' AND ${waiting}`,
    ),
    leases: database.prepare("SELECT run_id FROM leases").all(),
    open: one("SELECT count(*) AS value FROM approvals WHERE is_open = 1"),
  });
  return {
    look,
    /** How often each run asked, and about how many definitions. */
    requests: () =>
      database
        .prepare(
          `SELECT count(*) AS requests, count(DISTINCT line ->> '$.toolDigest') AS digests
          FROM entries WHERE line ->> '$.type' = 'approval_requested' GROUP BY run_id`,
        )
        .all()
        .map((row) => ({ ...row })),
    close: () => database.close(),
    /** Resolves once nobody has written for a while. @throws Error when that does not come */
    async untilQuiet(): Promise<Look> {
      const limit = Date.now() + SETTLE_MS;
      let last = look();
      let since = Date.now();
      while (Date.now() - since < 1_500) {
        await delay(50);
        const now = look();
        if (now.dataVersion !== last.dataVersion) since = Date.now();
        last = now;
        if (Date.now() > limit) {
          throw new Error(`Somebody writes and writes: ${JSON.stringify(last)}`);
        }
      }
      return last;
    },
  };
}

async function serve(path: string): Promise<{ stderr(): string; end(): Promise<void> }> {
  const script = fileURLToPath(new URL("./idle-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, path], { env: childEnv(), stdio: "pipe" });
  const closed = once(child, "close");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  await Promise.race([once(child.stdout, "data"), closed]);
  if (child.exitCode !== null) throw new Error(`The process ended: ${stderr}`);
  return {
    stderr: () => stderr,
    async end() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}

/** A run of other agents in the same store, from its start to its end. */
async function runSomethingElse(path: string): Promise<void> {
  const model = createScriptedModel([[message("Done.")]]);
  const agent = new Agent({ name: "Elsewhere", model });
  const service = createRunService({
    store: await createSqliteRunStore({ path }),
    registry: createAgentRegistry([{ agent, source: "test#Elsewhere" }], {}),
    log: { info() {}, warn() {} },
  });
  const runId = await service.start({ input: "Hello." });
  expect(await service.wait(runId, { timeoutMs: 20_000 })).toMatchObject({ status: "completed" });
  await service.close(5_000);
}
