import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";

import { describe, expect, it, vi } from "vitest";

import { readEffects, writePaymentsFile } from "../support/agent-files.ts";
import { useMcpServers, type McpServerProcess } from "../support/mcp-client.ts";
import { createSqliteProbe, resultCodes, type SqliteProbe } from "../support/sqlite-probe.ts";
import { useTempDirectory } from "../support/temp-directory.ts";
import { isThorough } from "../support/thorough.ts";

const payment = { input: 'pay {"amount": 1}' };
/** How long a lock is held by somebody else. */
const lockedSeconds = isThorough ? [3, 7, 30] : [3, 7];
const patience = { timeout: 20_000 };

interface Site {
  server: McpServerProcess;
  probe: SqliteProbe;
  path: string;
  effects: string;
}

describe("a store that fails", () => {
  const tempDirectory = useTempDirectory();
  const startServer = useMcpServers();

  const openSite = async (): Promise<Site> => {
    const directory = await tempDirectory();
    const { file, effects } = await writePaymentsFile(directory);
    const probe = await createSqliteProbe(directory);
    const path = join(directory, "runs.db");
    const server = await startServer({ args: ["--store", path, "--agents", file], env: probe.env });
    return { server, probe, path, effects };
  };

  it.each([
    ["full disk", resultCodes.full, "STORE_UNAVAILABLE", "the disk is full. Free some space"],
    ["read-only file", resultCodes.readOnly, "STORE_UNAVAILABLE", "it is read-only. Let this user"],
    ["broken disk", resultCodes.ioError, "STORE_UNAVAILABLE", "the disk reported an error"],
    ["damaged file", resultCodes.corrupt, "STORE_CORRUPT", "it is damaged. It was left as it is"],
  ])("takes no decision on a %s, and says why", async (_name, code, name, reason) => {
    const { server, probe, path, effects } = await openSite();
    const { run_id, approval } = await server.startPaused(payment);
    await probe.fail(code);
    const refusal = await server.failure("approve", { ...approval });
    expect(refusal).toContain(`${name}: Cannot use the store "${path}": ${reason}`);
    expect(await server.failure("run_agent", payment)).toContain(reason);
    expect(await server.call("get_run", { run_id })).toMatchObject({ status: "awaiting_approval" });
    expect(await readEffects(effects)).toEqual([]);
    await probe.work();
    expect(await server.call("approve", { ...approval })).toMatchObject({
      outcome: "approved",
      run: { status: "completed" },
    });
    expect(await readEffects(effects)).toHaveLength(1);
  });

  it.each([
    ["before it is claimed", "INSERT INTO leases"],
    ["when it is claimed", '"type":"run_claimed"'],
    ["when the call is started", '"type":"tool_started"'],
  ])("stops an approved run %s, and the run goes on by itself afterwards", async (_when, from) => {
    const { server, probe, effects } = await openSite();
    const { run_id, approval } = await server.startPaused(payment);
    await probe.fail(resultCodes.full, from);
    expect(await server.call("approve", { ...approval, wait_seconds: 0 })).toMatchObject({
      outcome: "approved",
      run: { run_id, status: "running" },
    });
    await vi.waitFor(() => expect(server.stderr()).toContain("the disk is full"), patience);
    expect(await readEffects(effects)).toEqual([]);
    await probe.work();
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toHaveLength(1);
  });

  it.each([
    ["full disk", resultCodes.full],
    ["read-only file", resultCodes.readOnly],
    ["broken disk", resultCodes.ioError],
  ])("keeps the outcome of a call on a %s, and asks nobody about it", async (_name, code) => {
    const { server, probe, effects } = await openSite();
    const { run_id, approval } = await server.startPaused(payment);
    await probe.fail(code, '"type":"tool_finished"');
    await server.call("approve", { ...approval, wait_seconds: 0 });
    const said = "the store cannot be written: ";
    await vi.waitFor(() => expect(server.stderr()).toContain(said), patience);
    expect(await readEffects(effects)).toHaveLength(1);
    expect(await server.call("get_run", { run_id })).toMatchObject({ status: "running" });
    await probe.work();
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toHaveLength(1);
    expect(server.stderr().split(said)).toHaveLength(2);
    expect(server.stderr()).toContain("the store can be written again");
  });

  it.each(lockedSeconds)(
    "that another process keeps locked for %i s keeps nobody from looking, and refuses nothing",
    async (seconds) => {
      const { server, path, effects } = await openSite();
      const { run_id, approval } = await server.startPaused(payment);
      const other = new DatabaseSync(path, { timeout: 10_000 });
      other.exec("BEGIN IMMEDIATE");
      const approved = server.call("approve", { ...approval });
      const started = server.call("run_agent", payment);
      expect(await server.call("list_pending_approvals", { run_id })).toMatchObject({ count: 1 });
      expect(await readEffects(effects)).toEqual([]);
      await delay(seconds * 1_000);
      expect(await server.call("get_run", { run_id })).toMatchObject({
        status: "awaiting_approval",
      });
      other.exec("ROLLBACK");
      other.close();
      expect(await approved).toMatchObject({ run: { status: "completed" } });
      expect(await started).toMatchObject({ status: "awaiting_approval" });
      expect(await readEffects(effects)).toHaveLength(1);
    },
    60_000,
  );

  it("that is locked while an approved call runs gets its outcome, once, afterwards", async () => {
    const directory = await tempDirectory();
    const { file, effects } = await writePaymentsFile(directory);
    const path = join(directory, "runs.db");
    const server = await startServer({ args: ["--store", path, "--agents", file] });
    const { run_id, approval } = await server.startPaused(payment);
    const other = new DatabaseSync(path, { timeout: 10_000 });
    const approved = server.call("approve", { ...approval, wait_seconds: 0 });
    await vi.waitFor(async () => expect(await readEffects(effects)).toHaveLength(1), patience);
    await approved;
    for (;;) {
      try {
        other.exec("BEGIN IMMEDIATE");
        break;
      } catch {
        await delay(1);
      }
    }
    await delay(7_000);
    other.exec("ROLLBACK");
    other.close();
    expect(await server.call("get_run", { run_id, wait_seconds: 20 })).toMatchObject({
      status: "completed",
    });
    expect(await readEffects(effects)).toHaveLength(1);
  });

  it("because it is no database is refused at the start, and left as it is", async () => {
    const directory = await tempDirectory();
    const path = join(directory, "runs.db");
    const bytes = Buffer.from("no database ".repeat(1_000));
    await writeFile(path, bytes);
    const started = startServer({ args: ["--store", path] });
    await expect(started).rejects.toThrow(`Cannot use the store "${path}": it is not an SQLite`);
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(directory)).toEqual(["runs.db"]);
  });
});
