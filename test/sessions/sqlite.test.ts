import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";

import type { AgentInputItem } from "../../src/agents/items.ts";
import type { RunId } from "../../src/lib/ids.ts";
import {
  createSqliteSessions,
  sessionStatements,
  SQLiteSession,
  type SQLiteSessionOptions,
} from "../../src/sessions/sqlite.ts";
import { migrateSchema } from "../../src/sqlite/schema.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import {
  ownSessionContract,
  says,
  saysAll,
  sessionContract,
} from "../contracts/session-contract.ts";
import { startOf } from "../support/journal-lines.ts";
import { startStoreProcess } from "../support/run-stores.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const makeDirectory = useTempDirectory();
const opened: SQLiteSession[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((session) => session.close()));
});

async function makePath(): Promise<string> {
  return join(await makeDirectory(), "holdpoint.db");
}

function openSession(options: SQLiteSessionOptions): SQLiteSession {
  const session = new SQLiteSession(options);
  opened.push(session);
  return session;
}

let path = "";
async function openInOneFile(sessionId?: string): Promise<SQLiteSession> {
  if (!existsSync(path)) path = await makePath();
  return openSession({ path, sessionId });
}

sessionContract("SQLite", openInOneFile);
ownSessionContract("SQLite", openInOneFile);

describe("SQLite session on disk", () => {
  it("opens its file with the first use, and makes the directory", async () => {
    const file = join(await makeDirectory(), "new", "sessions.db");
    const session = openSession({ path: file });
    expect(await session.getSessionId()).not.toBe("");
    expect(existsSync(file)).toBe(false);
    expect(await session.getItems()).toEqual([]);
    expect(existsSync(file)).toBe(true);
  });

  it("keeps everything when it is closed and opened again", async () => {
    const file = await makePath();
    const before = openSession({ path: file, sessionId: "ses_a" });
    await before.addRunItems("run_a", 0, saysAll(3));
    await before.close();
    await before.close();
    await expect(before.getItems()).rejects.toMatchObject({ code: "store_unavailable" });
    const after = openSession({ path: file, sessionId: "ses_a" });
    await after.addRunItems("run_a", 0, saysAll(4));
    expect(await after.getItems()).toEqual(saysAll(4));
  });

  it("shares the file of a run store, which both leave whole", async () => {
    const file = await makePath();
    const store = await openSqliteRunStore({ path: file });
    const session = openSession({ path: file });
    await store.append(startOf("run_a"));
    await session.addItems(saysAll(2));
    expect(await store.read("run_a" as RunId)).toHaveLength(1);
    expect(await session.getItems()).toEqual(saysAll(2));
    await store.close();
  });

  it("makes its tables in a file of a version that had none", async () => {
    const file = await makePath();
    const database = new DatabaseSync(file);
    migrateSchema(database, file, 1);
    database.close();
    const session = openSession({ path: file, log: { info() {}, warn() {} } });
    await session.addItems(saysAll(2));
    expect(await session.getItems()).toEqual(saysAll(2));
    const again = await openSqliteRunStore({ path: file });
    await again.append(startOf("run_a"));
    expect(await again.read("run_a" as RunId)).toHaveLength(1);
    await again.close();
  });

  it("leaves the file of another program as it is", async () => {
    const file = await makePath();
    const database = new DatabaseSync(file);
    database.exec("CREATE TABLE theirs (id TEXT)");
    database.close();
    await expect(openSession({ path: file }).addItems([says("a")])).rejects.toMatchObject({
      code: "state_incompatible",
    });
  });

  it("can be used once what kept it from being opened has passed", async () => {
    const directory = await makeDirectory();
    const blocker = join(directory, "not-a-directory");
    await writeFile(blocker, "");
    const session = openSession({ path: join(blocker, "sessions.db") });
    await expect(session.getItems()).rejects.toMatchObject({ code: "store_unavailable" });
    await rm(blocker);
    expect(await session.getItems()).toEqual([]);
  });

  it("waits for a file that is busy, and the event loop goes on meanwhile", async () => {
    const file = await makePath();
    const session = openSession({ path: file });
    await session.addItems([says("before")]);
    const holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    const added = session.addRunItems("run_a", 0, saysAll(2));
    for (let turn = 0; turn < 20; turn += 1) await nextTurn();
    expect(await session.getItems()).toEqual([says("before")]);
    holder.exec("ROLLBACK");
    holder.close();
    await added;
    expect(await session.getItems()).toEqual([says("before"), ...saysAll(2)]);
  });

  it("writes nothing of a run's items when the file stays busy", async () => {
    const file = await makePath();
    const session = openSession({ path: file, busyLimitMs: 20 });
    await session.getItems();
    const holder = new DatabaseSync(file);
    holder.exec("BEGIN IMMEDIATE");
    await expect(session.addRunItems("run_a", 0, saysAll(2))).rejects.toMatchObject({
      code: "store_unavailable",
    });
    holder.exec("ROLLBACK");
    holder.close();
    await session.addRunItems("run_a", 0, saysAll(2));
    expect(await session.getItems()).toEqual(saysAll(2));
  });

  it("writes items and how far the run has come in one transaction", async () => {
    const session = openSession({ path: await makePath() });
    await session.getItems();
    const used = vi.spyOn(DatabaseSync.prototype, "exec");
    await session.addRunItems("run_a", 0, saysAll(3));
    const statements = used.mock.calls.map(([text]) => text);
    vi.restoreAllMocks();
    expect(statements).toEqual(["BEGIN IMMEDIATE", "COMMIT"]);
  });
});

describe("several processes", () => {
  it("add to one session without losing or repeating an item", async () => {
    const file = await makePath();
    const count = 25;
    const processes = [1, 2, 3].map(() => startStoreProcess(["converse", file, String(count)]));
    await Promise.all(processes.map(({ ready }) => ready));
    for (const started of processes) started.go();
    const exits = await Promise.all(processes.map(({ finished }) => finished));
    expect(exits).toEqual(processes.map(() => ({ exitCode: 0 })));

    const items = await openSession({ path: file, sessionId: "shared" }).getItems();
    const texts = items.map((item) => textsOf(item));
    expect(new Set(texts).size).toBe(texts.length);
    const runIds = new Set(texts.map((text) => text.split(" ")[0] ?? ""));
    expect(runIds.size).toBe(4);
    for (const runId of runIds) {
      const expected = Array.from({ length: count }, (_, number) => `${runId} ${number}`);
      expect(texts.filter((text) => text.startsWith(`${runId} `))).toEqual(expected);
    }
  });
});

function textsOf(item: AgentInputItem): string {
  const content = "content" in item ? item.content : [];
  if (typeof content === "string") return content;
  return content.map((part) => ("text" in part ? part.text : "")).join("");
}

describe("sessions of one file", () => {
  it("are opened by name over one connection", async () => {
    const file = await makePath();
    const sessions = createSqliteSessions({ path: file });
    const constructed = vi.spyOn(DatabaseSync.prototype, "prepare");
    const names = Array.from({ length: 50 }, (_, index) => `ses_${index}`);
    await Promise.all(names.map((name) => sessions.session(name).addItems([says(name)])));
    const connections = new Set(constructed.mock.contexts);
    vi.restoreAllMocks();
    expect(connections.size).toBe(1);
    for (const name of names) {
      expect(await sessions.session(name).getItems()).toEqual([says(name)]);
    }
    await sessions.close();
  });

  it("are closed together", async () => {
    const sessions = createSqliteSessions({ path: await makePath() });
    const session = sessions.session("ses_a");
    await session.addItems(saysAll(1));
    await sessions.close();
    await sessions.close();
    await expect(session.getItems()).rejects.toMatchObject({ code: "store_unavailable" });
    await expect(sessions.session("ses_b").getItems()).rejects.toThrow("closed");
  });

  it("need not have been used to be closed", async () => {
    const file = await makePath();
    const sessions = createSqliteSessions({ path: file });
    await sessions.close();
    expect(existsSync(file)).toBe(false);
  });
});

describe("a query plan", () => {
  const searches = Object.values(sessionStatements).filter((text) => !text.includes("INSERT"));

  it.each(searches)("reads no more rows than it is about: %s", async (statement) => {
    const file = await makePath();
    await openSession({ path: file }).getItems();
    const database = new DatabaseSync(file);
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${statement}`).all();
    database.close();
    expect(plan).toHaveLength(1);
    // One step that goes by the index: no table is read through, nothing is sorted.
    expect(plan[0]?.["detail"]).toMatch(/^SEARCH session_(items|runs) USING .*\(session_id=\?/);
  });
});
