import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { RunId } from "../../src/lib/ids.ts";
import { TAKEN_OVER } from "../../src/sqlite/guard-text.ts";
import { migrateSchema } from "../../src/sqlite/schema.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { atMinute, startOf } from "../support/journal-lines.ts";

describe("a file of schema 2", () => {
  let directory = "";
  let path = "";
  let said: string[] = [];
  const log = { info: (text: string) => void said.push(text), warn: () => {} };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "holdpoint-"));
    path = join(directory, "holdpoint.db");
    said = [];
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const asOld = (statements: string): void => {
    const database = new DatabaseSync(path);
    if (database.prepare("PRAGMA user_version").get()?.["user_version"] === 0) {
      migrateSchema(database, path, 2);
    }
    database.exec(statements);
    database.close();
  };
  const addRun = (id: string, status: string, runnable: number, line = '{"type":"note"}'): string =>
    `INSERT INTO runs (run_id, length, agent, source, status, created_at, updated_at, runnable)
       VALUES ('${id}', 1, 'clerk', 'code', '${status}', '${atMinute(0)}', '${atMinute(0)}', ${runnable});
     INSERT INTO entries (run_id, seq, line) VALUES ('${id}', 0, '${line}');`;

  it("keeps what can go on apart from what is over", async () => {
    asOld(
      [
        addRun("run_running", "running", 1),
        addRun("run_waiting", "awaiting_approval", 0),
        addRun("run_resumable", "failed", 0, '{"type":"model_failed"}'),
        addRun("run_nested", "failed", 0, '{"type":"run_failed","path":["call_1"]}'),
        addRun("run_failed", "failed", 0, '{"type":"run_failed"}'),
        addRun("run_damaged", "failed", 0, "no JSON"),
        addRun("run_done", "completed", 0),
      ].join("\n"),
    );
    const store = await openSqliteRunStore({ path, log });
    const request = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 5_000 };
    expect(await store.claim(request)).toMatchObject([{ runId: "run_running", runnable: true }]);
    expect(await store.removeBefore({ before: atMinute(1), limit: 9 })).toMatchObject({ runs: 2 });
    expect(await store.getRun("run_failed" as RunId)).toBeUndefined();
    expect(await store.getRun("run_done" as RunId)).toBeUndefined();
    await store.close();
  });

  it("keeps deadlines, and leases until they end", async () => {
    asOld(`${addRun("run_a", "running", 1)}
      INSERT INTO approvals (approval_id, run_id, created_at, expires_at, is_open)
        VALUES ('apr_a', 'run_a', '${atMinute(0)}', '${atMinute(5)}', 1);
      INSERT INTO leases (run_id, owner, pid, host, expires_at)
        VALUES ('run_a', 'own_old', 1, 'here', ${Date.parse(atMinute(1))});`);
    let now = Date.parse(atMinute(0));
    const store = await openSqliteRunStore({ path, log, clock: { now: () => now } });
    const request = { sources: ["code"], owner: "own_a", limit: 9, leaseMs: 5_000 };
    expect(await store.nextDue()).toMatchObject({ inMs: 300_000 });
    expect(await store.leaseOf("run_a" as RunId)).toMatchObject({ alive: "unknown" });
    expect(await store.claim(request)).toEqual([]);
    now = Date.parse(atMinute(1));
    expect(await store.claim(request)).toHaveLength(1);
    await store.close();
  });

  it("is copied beside it, once, for this user, and no copy is overwritten", async () => {
    asOld(addRun("run_a", "running", 1));
    await (await openSqliteRunStore({ path, log })).close();
    await (await openSqliteRunStore({ path, log })).close();
    const day = new Date().toISOString().slice(0, 10);
    const copy = `${path}.before-v9-${day}`;
    expect(said.filter((line) => line.includes("copy") || line.includes("kept in"))).toEqual([
      expect.stringContaining(`"${copy}"`),
    ]);
    expect((await stat(copy)).mode & 0o777).toBe(0o600);
    await rm(path);
    asOld(addRun("run_b", "running", 1));
    await (await openSqliteRunStore({ path, log })).close();
    const copies = (await readdir(directory)).filter((name) => name.includes("before"));
    expect(copies.toSorted()).toEqual([
      `holdpoint.db.before-v9-${day}`,
      `holdpoint.db.before-v9-${day}-2`,
    ]);
    const database = new DatabaseSync(copy);
    expect(database.prepare("SELECT run_id FROM runs").all()).toEqual([{ run_id: "run_a" }]);
    database.close();
  });

  it("is not copied where it is new", async () => {
    await (await openSqliteRunStore({ path, log })).close();
    expect(await readdir(directory)).toEqual(["holdpoint.db"]);
    expect(said).toEqual([]);
  });

  it("takes nothing from a writer that does not know what is new in it", async () => {
    const store = await openSqliteRunStore({ path, log });
    await store.append(startOf("run_a"));
    expect(() =>
      asOld("INSERT INTO entries (run_id, seq, line) VALUES ('run_a', 1, '{}')"),
    ).toThrow(TAKEN_OVER);
    expect(() =>
      asOld(
        "INSERT INTO leases (run_id, owner, pid, host, expires_at) VALUES ('a', 'b', 1, 'c', 1)",
      ),
    ).toThrow(TAKEN_OVER);
    await store.close();
  });

  it("says in one sentence when a later version has done the same to this one", async () => {
    const store = await openSqliteRunStore({ path, log });
    asOld(`CREATE TRIGGER later BEFORE INSERT ON entries WHEN new.guard = 2
      BEGIN SELECT json_extract('null', '${TAKEN_OVER}'); END`);
    await expect(store.append(startOf("run_a"))).rejects.toMatchObject({
      code: "state_incompatible",
      message: `Cannot use the store "${path}": ${TAKEN_OVER}`,
    });
    expect(await store.getRun("run_a" as RunId)).toBeUndefined();
    await store.close();
  });
});
