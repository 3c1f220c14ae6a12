import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { describe, expect, it, vi } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { holdpoint, runProgram } from "../support/command.ts";
import { useGates } from "../support/gate.ts";
import { useMcpServers } from "../support/mcp-client.ts";
import { unpackOldVersion } from "./old-version.ts";
import { createSqliteProbe } from "../support/sqlite-probe.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const patience = { timeout: 20_000 };
const takenOver = "this store is of a newer holdpoint now, and nothing was written";

describe("a store of the version before", () => {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();
  const makeGate = useGates();

  const openSite = async () => {
    const directory = await tempDirectory();
    const gate = await makeGate();
    const { file, effects } = await writePaymentsFile(directory, { gate: gate.url });
    const command = await unpackOldVersion(directory);
    const path = join(directory, "runs.db");
    const args = ["--store", path, "--agents", file];
    const probe = await createSqliteProbe(directory, { logs: true });
    const old = await startServer({ args, command, env: probe.env });
    const countEntries = (): unknown => {
      const database = new DatabaseSync(path, { readOnly: true });
      const row = database.prepare("SELECT count(*) AS entries FROM entries").get();
      database.close();
      return row?.["entries"];
    };
    /** Resolves once the old server does nothing but look whether the file changed. */
    const oldIsIdle = async (): Promise<void> => {
      await vi.waitFor(async () => {
        const statements = (await readFile(probe.logFile, "utf8")).trim().split("\n");
        expect(new Set(statements.slice(-5))).toEqual(new Set(["PRAGMA data_version"]));
      }, patience);
    };
    return { directory, gate, effects, command, path, args, old, countEntries, oldIsIdle };
  };

  it("is copied before it is changed, and the copy is named", async () => {
    const { directory, command, path, old, countEntries } = await openSite();
    const { run_id } = await old.startPaused({ input: 'pay {"amount": 1}' });
    const entries = countEntries();
    const first = await holdpoint(["runs", "--store", path]);
    const copies = (await readdir(directory)).filter((name) => name.includes(".before-v9-"));
    expect(copies).toEqual([expect.stringMatching(/^runs\.db\.before-v9-\d{4}-\d\d-\d\d$/)]);
    const copy = join(directory, copies[0] ?? "");
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(run_id) });
    expect(first.stderr.trim().split("\n")).toEqual([
      expect.stringContaining(`as it was before it is kept in "${copy}"`),
    ]);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    expect(await holdpoint(["runs", "--store", path])).toMatchObject({ exitCode: 0, stderr: "" });
    expect(countEntries()).toBe(entries);
    // The version before can go on with the copy, and with nothing else.
    const listed = await runProgram(process.execPath, [command, "runs", "--store", copy]);
    expect(listed).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(run_id) });
    const refused = await runProgram(process.execPath, [command, "runs", "--store", path]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr.trim().split("\n")).toEqual([
      `holdpoint: Cannot use the store "${path}": its schema version is 9, and this program knows up to 2. Update holdpoint, or use another path`,
    ]);
  });

  it("is written to no more by a process that still has it open, and the run goes on elsewhere", async () => {
    const { args, effects, old, path, countEntries, oldIsIdle } = await openSite();
    const { run_id, approval } = await old.startPaused({ input: 'pay {"amount": 1}' });
    await holdpoint(["runs", "--store", path]);
    const entries = countEntries();
    expect(await old.failure("approve", { ...approval })).toContain("Its log says more");
    expect(await old.failure("reject", { approval_id: approval.approval_id })).toContain(
      "INTERNAL",
    );
    expect(await old.failure("run_agent", { input: "hello" })).toContain("INTERNAL");
    const said = (): number => old.stderr().split(takenOver).length - 1;
    await vi.waitFor(() => expect(said()).toBe(3), patience);
    await oldIsIdle();
    expect(countEntries()).toBe(entries);

    const server = await startServer({ args });
    const approved = await server.call("approve", { ...approval });
    expect(approved).toMatchObject({ outcome: "approved", run: { run_id, status: "completed" } });
    expect(await readEffects(effects)).toEqual([{ amount: 1, pid: server.pid }]);
    await oldIsIdle();
    expect(await old.call("list_runs")).toMatchObject({ runs: [{ run_id, status: "completed" }] });
    // It has tried nothing by itself.
    expect(said()).toBe(3);
  });

  it("is taken over from a process that is in the middle of a call, which is asked about", async () => {
    const { args, effects, gate, old, path, countEntries, oldIsIdle } = await openSite();
    const { run_id, approval } = await old.startPaused({ input: 'pay {"amount": 100}' });
    await old.call("approve", { ...approval, wait_seconds: 0 });
    await gate.arrived;
    await holdpoint(["runs", "--store", path]);
    const entries = countEntries();
    gate.open();
    await vi.waitFor(() => expect(old.stderr()).toContain(takenOver), patience);
    await oldIsIdle();
    expect(countEntries()).toBe(entries);

    const server = await startServer({ args });
    await vi.waitFor(async () => {
      expect(await server.call("get_run", { run_id, wait_seconds: 5 })).toMatchObject({
        status: "awaiting_approval",
        pending_approvals: [{ action: 'run again: pay {"amount":100}' }],
      });
    }, patience);
    expect(await readEffects(effects)).toEqual([{ amount: 100, pid: old.pid }]);
  });
});
