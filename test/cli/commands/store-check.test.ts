import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { holdpoint } from "../../support/command.ts";
import { startOwnServer } from "../../support/own-server.ts";
import { hasPostgres, makeSchemaUrl, psql } from "../../support/postgres.ts";
import { findPrograms, PASSWORD, type PostgresServer } from "../../support/postgres-server.ts";

const receiver = join(findPrograms() ?? "", "pg_receivewal");

/** Its output, with the exit code; the password is looked for by whatever runs commands. */
async function check(url: string): Promise<{ exitCode: number | null; text: string }> {
  const { exitCode, stdout, stderr } = await holdpoint(["store", "check", url]);
  return { exitCode, text: stdout + stderr };
}

describe.skipIf(!hasPostgres())("store check", { timeout: 60_000 }, () => {
  const tablesOf = async (url: string): Promise<unknown[]> => {
    const schema = new URL(url).searchParams.get("schema");
    return psql(
      url,
      `SELECT relname AS name FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = '${schema}' ORDER BY 1`,
    );
  };

  it("finds nothing wrong with a database that is as it should be, and makes nothing there", async () => {
    const url = await makeSchemaUrl();
    expect(await check(url)).toMatchObject({
      exitCode: 0,
      text: expect.stringMatching(/no tables yet.*fsync on.*stays kept/s),
    });
    expect(await tablesOf(url)).toEqual([]);
  });

  it("says that tables are of a newer version, of an older one, or of another program", async () => {
    const url = await makeSchemaUrl();
    expect(await holdpoint(["store", "migrate", url])).toMatchObject({ exitCode: 0 });
    await psql(url, "UPDATE holdpoint_version SET version = 99");
    const newer = { exitCode: 1, text: expect.stringContaining("Start the new version") };
    expect(await check(url)).toMatchObject(newer);
    await psql(url, "UPDATE holdpoint_version SET version = 1");
    const older = { exitCode: 1, text: expect.stringContaining("Run holdpoint store migrate") };
    expect(await check(url)).toMatchObject(older);

    const theirs = await makeSchemaUrl();
    const schema = new URL(theirs).searchParams.get("schema");
    await psql(theirs, `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.theirs (x integer)`);
    const foreign = { exitCode: 1, text: expect.stringContaining("of another program") };
    expect(await check(theirs)).toMatchObject(foreign);
    expect(await tablesOf(theirs)).toEqual([{ name: "theirs" }]);
  });

  it.skipIf(findPrograms() === undefined)(
    "says what a crash or a failover can take back",
    async () => {
      const server = await startOwnServer();
      await set(server, "synchronous_commit = off");
      expect(await check(server.url)).toMatchObject({
        exitCode: 1,
        text: expect.stringContaining("synchronous_commit is off"),
      });
      await set(server, "fsync = off");
      const lossy = await check(server.url);
      expect(lossy).toMatchObject({ exitCode: 1, text: expect.stringContaining("fsync is off") });
      const refused = await holdpoint(["runs", "--store", server.url]);
      expect(refused).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("runs with fsync = off"),
      });
      expect(await tablesOf(`${server.url}?schema=holdpoint`)).toEqual([]);
    },
  );

  it.skipIf(!existsSync(receiver))("names a standby that lags behind", async () => {
    const server = await startOwnServer();
    const directory = mkdtempSync(join(tmpdir(), "holdpoint-standby-"));
    const args = ["-h", "127.0.0.1", "-p", `${server.port}`, "-U", "tester", "-D", directory];
    const env = { ...process.env, PGPASSWORD: PASSWORD, PGAPPNAME: "other_site" };
    const standby = spawn(receiver, args, { env, stdio: "ignore" });
    onTestFinished(() => {
      standby.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    });
    const named = async (): Promise<void> => {
      const { exitCode, text } = await check(server.url);
      expect(text).toContain("Standby other_site is asynchronous: a failover to it takes back");
      expect(exitCode).toBe(1);
    };
    await vi.waitFor(named, { timeout: 20_000 });
  });
});

async function set({ url }: PostgresServer, setting: string): Promise<void> {
  await psql(url, `ALTER SYSTEM SET ${setting}`);
  await psql(url, "SELECT pg_reload_conf()");
  const [name = "", value] = setting.split(" = ");
  const isSet = async (): Promise<void> =>
    expect(await psql(url, `SHOW ${name}`)).toEqual([{ [name]: value }]);
  await vi.waitFor(isSet, { timeout: 10_000 });
}
