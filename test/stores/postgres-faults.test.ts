import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";

import { Client } from "pg";
import { afterEach, describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { ConflictError } from "../../src/lib/errors.ts";
import { loadDriver } from "../../src/postgres/driver.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { openPostgresRunStore } from "../../src/stores/postgres.ts";
import { nextOf, startOf } from "../support/journal-lines.ts";
import { startOwnServer } from "../support/own-server.ts";
import { findPrograms, PASSWORD } from "../support/postgres-server.ts";
import { hasPostgres, makeSchemaUrl, postgresUrl, psql } from "../support/postgres.ts";

/** How often connections are cut; `HOLDPOINT_TEST_KILLS=1000` is the whole. */
const KILLS = Number(process.env["HOLDPOINT_TEST_KILLS"] ?? 40);
const runId = "run_a" as RunId;

describe.skipIf(!hasPostgres())("PostgreSQL", { timeout: 120_000 + KILLS * 1_000 }, () => {
  const opened: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  const open = async (url: string): Promise<RunStore> => {
    const store = await openPostgresRunStore({ url });
    opened.push(store);
    return store;
  };
  /** A way to a server that can be blocked; counts how often it was taken. */
  const openProxy = async (url: string) => {
    const target = new URL(url);
    const sockets = new Set<Socket>();
    const state = { taken: 0, mode: "open" as "open" | "refuses" | "swallows" };
    const server = createServer((near) => {
      state.taken += 1;
      near.on("error", () => undefined);
      if (state.mode === "refuses") return void near.destroy();
      const far = connect(Number(target.port), target.hostname);
      far.on("error", () => undefined);
      sockets.add(near).add(far);
      near.on("data", (data) => state.mode === "swallows" || far.write(data));
      far.on("data", (data) => state.mode === "swallows" || near.write(data));
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const cut = (): void => sockets.forEach((socket) => socket.destroy());
    const close = async (): Promise<void> => {
      cut();
      server.close();
    };
    opened.push({ close });
    const near = new URL(url);
    near.port = String((server.address() as AddressInfo).port);
    return { url: near.href, state, cut };
  };

  it("is told of in one sentence that neither repeats a password nor writes, whatever is wrong", async () => {
    const good = await makeSchemaUrl();
    const wrong = new URL(good);
    wrong.password = "canary-9c41-wrong";
    const elsewhere = new URL(good);
    elsewhere.pathname = "/no_such_database";
    const cases: [string, string, RegExp][] = [
      [wrong.href, "store_unavailable", /refuses this user or password/],
      [elsewhere.href, "store_unavailable", /there is no such database/],
      [`${good}&schema=A;B`.replace(/schema=t_\w+&/, ""), "invalid_input", /must be a name/],
      [`postgres://u:a/${PASSWORD}@localhost/x`, "invalid_input", /cannot be read/],
      [`postgres://u:${PASSWORD}@[/x`, "invalid_input", /cannot be read/],
    ];
    for (const [url, code, message] of cases) {
      const error: unknown = await openPostgresRunStore({ url }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(String((error as Error).stack)).not.toContain("canary");
    }
  });

  it("does not answer, and that is said after a few seconds", async () => {
    const proxy = await openProxy(await makeSchemaUrl());
    proxy.state.mode = "refuses";
    const refused = openPostgresRunStore({ url: proxy.url });
    await expect(refused).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("does not answer"),
    });
    // One attempt at a time, less and less often: not one for each millisecond.
    expect(proxy.state.taken).toBeLessThan(30);
  });

  it("leaves tables of a newer version, and of other programs, as they are", async () => {
    const url = await makeSchemaUrl();
    await (await open(url)).append(startOf(runId));
    await psql(url, "UPDATE holdpoint_version SET version = 99");
    await Promise.all(opened.splice(0).map((each) => each.close()));
    const refused = { code: "state_incompatible" };
    await expect(openPostgresRunStore({ url })).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining("newer holdpoint"),
    });
    const foreign = await makeSchemaUrl();
    const schema = new URL(foreign).searchParams.get("schema");
    await psql(foreign, `CREATE SCHEMA ${schema}; CREATE TABLE ${schema}.theirs (x integer)`);
    await expect(openPostgresRunStore({ url: foreign })).rejects.toMatchObject(refused);
    const tables = await psql(
      foreign,
      `SELECT relname FROM pg_class
      JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = '${schema}'`,
    );
    expect(tables).toEqual([{ relname: "theirs" }]);
  });

  it("names the package that is missing", async () => {
    const missing = loadDriver(() => Promise.reject(new Error("Cannot find package 'pg'")));
    await expect(missing).rejects.toMatchObject({
      message: expect.stringContaining("npm install pg"),
    });
  });

  it("is shown without its password", async () => {
    const store = await open(await makeSchemaUrl());
    expect(store.location).toMatch(/^postgres:\/\/\w+@[\w.]+:\d+\/\w+\?schema=t_\w+$/);
  });

  it("keeps runs of tenants apart, keys and all", async () => {
    const url = await makeSchemaUrl();
    const [one, two] = await Promise.all(
      ["one", "two"].map((tenant) => openPostgresRunStore({ url, tenant })),
    );
    opened.push(one!, two!);
    const batch = startOf(runId, { idempotencyKey: "key", sessionId: "ses" });
    await one!.append(batch);
    await two!.append(batch);
    expect((await two!.listRuns({ limit: 9 })).runs).toHaveLength(1);
    await two!.append(nextOf(runId, batch.lines));
    expect(await one!.read(runId)).toEqual(batch.lines);
  });

  it("has every entry once that was acknowledged, and none twice, while its backends are ended", async () => {
    // A database of its own: all connections to it are ended.
    const url = new URL(await postgresUrl());
    const name = `d_${randomUUID().replaceAll("-", "")}`;
    await psql(url.href, `CREATE DATABASE ${name}`);
    const killer = new Client({ connectionString: url.href });
    await killer.connect();
    url.pathname = `/${name}`;
    const store = await open(url.href);
    let isOver = false;
    let killed = 0;
    const goesOn = (): boolean => !isOver;
    const isEnough = (): boolean => killed >= KILLS;
    const kill = async (): Promise<void> => {
      while (goesOn()) {
        // In the middle of something, where one is.
        const { rowCount } = await killer.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = $1 AND state = 'active' ORDER BY random() LIMIT 1`,
          [name],
        );
        killed += rowCount ?? 0;
      }
    };
    const killing = kill();
    const write = async (id: string): Promise<{ conflicts: number; lines: string[] }> => {
      let conflicts = 0;
      const first = startOf(id);
      const lines: string[] = [];
      while (!isEnough() || lines.length < 3) {
        const batch = lines.length === 0 ? first : nextOf(id, lines);
        try {
          await store.append({ ...batch, waitMs: 60_000 });
          lines.push(...batch.lines);
        } catch (error) {
          if (!(error instanceof ConflictError)) throw error;
          conflicts += 1;
        }
      }
      return { conflicts, lines };
    };
    const written = await Promise.all(["run_1", "run_2", "run_3", "run_4"].map(write));
    isOver = true;
    await killing;
    await killer.end();
    for (const [index, { conflicts, lines }] of written.entries()) {
      // Nobody else writes: what is told of as written by another is a false doubt.
      expect(conflicts).toBe(0);
      expect(await store.read(`run_${index + 1}` as RunId)).toEqual(lines);
    }
    expect(killed).toBeGreaterThanOrEqual(KILLS);
  });

  it("is waited for by many together with few attempts, and all go on when it answers again", async () => {
    const proxy = await openProxy(await makeSchemaUrl());
    const store = await open(proxy.url);
    await store.append(startOf(runId));
    proxy.state.mode = "refuses";
    proxy.cut();
    const before = proxy.state.taken;
    const appends = Array.from({ length: 500 }, (_, index) =>
      store.append({ ...startOf(`run_${index}`), waitMs: 60_000 }),
    );
    await expect(store.read(runId)).rejects.toMatchObject({ code: "store_unavailable" });
    const attempts = proxy.state.taken - before;
    proxy.state.mode = "open";
    await Promise.all(appends.map(async (append) => append));
    // Eight were under way at once; then one tries for all, and the line that listens.
    expect(attempts).toBeLessThan(50);
    expect((await store.listRuns({ limit: 600 })).runs).toHaveLength(501);
  });

  it("is given up by a statement whose answer is swallowed, and what was done is done once", async () => {
    const proxy = await openProxy(await makeSchemaUrl());
    const store = await open(proxy.url);
    const first = startOf(runId);
    await store.append(first);
    proxy.state.mode = "swallows";
    const next = nextOf(runId, first.lines);
    const appending = store.append({ ...next, waitMs: 60_000 });
    const others = await open(await urlBehind(proxy.url));
    await others.append(startOf("run_b"));
    proxy.state.mode = "open";
    proxy.cut();
    await appending;
    expect(await others.read(runId)).toEqual([...first.lines, ...next.lines]);
  });

  const urlBehind = async (url: string): Promise<string> => {
    const direct = new URL(url);
    direct.port = new URL(await postgresUrl()).port;
    return direct.href;
  };

  it("keeps leases of those who lost their connection only", async () => {
    const proxy = await openProxy(await makeSchemaUrl());
    const owner = await open(proxy.url);
    const other = await open(await urlBehind(proxy.url));
    await owner.append(startOf(runId));
    const request = { sources: ["code"], limit: 9, leaseMs: 600_000 };
    expect(await owner.claim({ ...request, owner: "own_a" })).toHaveLength(1);
    proxy.cut();
    expect(await other.claim({ ...request, owner: "own_b" })).toEqual([]);
    // Whoever renews has a connection again, and so has the line that says that it lives.
    await owner.renew("own_a", { leaseMs: 600_000, runIds: [runId] });
    expect(await other.claim({ ...request, owner: "own_b" })).toEqual([]);
    // This one looks twice, and long enough to be sure.
    expect(await other.claimRun(runId, { owner: "own_b", leaseMs: 600_000 })).toBe(false);
  });

  it("tells whether who began a call lives, and of who is gone that it cannot know", async () => {
    const url = await makeSchemaUrl();
    const owner = await open(url);
    const other = await open(await urlBehind(url));
    const { process } = owner.starter!;
    expect(await other.starter!.isAlive(process)).toBe(true);
    await owner.close();
    expect(await other.starter!.isAlive(process)).toBe("unknown");
  });

  it.skipIf(findPrograms() === undefined)(
    "loses nothing that it acknowledged when all of it is killed under load",
    async () => {
      const server = await startOwnServer();
      const store = await openPostgresRunStore({ url: server.url });
      const claimed = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 600_000 };
      await store.append(startOf("run_0"));
      await store.claim(claimed);
      let isOver = false;
      const goesOn = (): boolean => !isOver;
      const write = async (id: string): Promise<string[]> => {
        const lines: string[] = [];
        while (goesOn() || lines.length < 2) {
          const batch = lines.length === 0 ? startOf(id) : nextOf(id, lines);
          await store.append({ ...batch, waitMs: 60_000 });
          lines.push(...batch.lines);
        }
        return lines;
      };
      const writing = ["run_1", "run_2", "run_3"].map(write);
      // Some of each are in.
      while ((await store.read("run_3" as RunId)).length < 3) await nextTurn();
      await server.kill();
      await server.start();
      const after = store.append({ ...startOf("run_after"), waitMs: 60_000 });
      await after;
      isOver = true;
      for (const [index, lines] of (await Promise.all(writing)).entries()) {
        expect(await store.read(`run_${index + 1}` as RunId)).toEqual(lines);
      }
      // Its leases were lost with it; who had them has them again.
      const renewed = await store.renew("own_a", {
        leaseMs: 600_000,
        runIds: ["run_0" as RunId],
      });
      expect(renewed).toEqual(["run_0"]);
      await store.close();
    },
  );
});
