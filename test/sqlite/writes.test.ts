import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { afterEach, describe, expect, it, vi } from "vitest";

import { openSqliteConnection, type Prepare } from "../../src/sqlite/connection.ts";
import type { SqliteConnection } from "../../src/sqlite/connection.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const insert = "INSERT INTO session_items (session_id, number, item) VALUES ('s', ?, '')";
const select = "SELECT number FROM session_items ORDER BY number";

function add(number: number): (prepare: Prepare) => number {
  return (prepare) => {
    prepare(insert).run(number);
    return number;
  };
}

function fail(number: number): (prepare: Prepare) => never {
  return (prepare) => {
    prepare(insert).run(number);
    throw new Error(`${number} is not wanted`);
  };
}

async function numbersIn(connection: SqliteConnection): Promise<unknown[]> {
  return connection.read((prepare) =>
    prepare(select)
      .all()
      .map(({ number }) => number),
  );
}

/** The statements without values that SQLite is given from now on. */
function watchStatements(): string[] {
  const seen: string[] = [];
  const exec = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, text) {
    seen.push(text);
    exec.call(this, text);
  });
  return seen;
}

/** Every commit fails from now on as on a disk that is full; what is given is done before. */
function breakCommits(before: (database: DatabaseSync) => void = () => {}): void {
  const exec = DatabaseSync.prototype.exec;
  vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (this: DatabaseSync, text) {
    if (text !== "COMMIT") return exec.call(this, text);
    before(this);
    throw Object.assign(new Error("full"), { errcode: 13 });
  });
}

describe("writes of one turn of the event loop", () => {
  const tempDirectory = useTempDirectory();
  const opened: SqliteConnection[] = [];
  const open = async (): Promise<SqliteConnection> => {
    const connection = await openSqliteConnection({ path: join(await tempDirectory(), "a.db") });
    opened.push(connection);
    return connection;
  };
  afterEach(() => {
    vi.restoreAllMocks();
    for (const connection of opened.splice(0)) connection.close();
  });

  it("share a transaction, and each gets what its own work gave", async () => {
    const connection = await open();
    const seen = watchStatements();
    const all = await Promise.all([1, 2, 3].map((number) => connection.write(add(number))));
    expect(all).toEqual([1, 2, 3]);
    expect(seen.filter((text) => text === "COMMIT")).toHaveLength(1);
    expect(await numbersIn(connection)).toEqual([1, 2, 3]);
  });

  it("are each undone by their own error only", async () => {
    const connection = await open();
    const outcomes = await Promise.allSettled([
      connection.write(add(1)),
      connection.write(fail(2)),
      connection.write(add(3)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await numbersIn(connection)).toEqual([1, 3]);
  });

  it("do not pay for one after which SQLite has undone everything", async () => {
    const connection = await open();
    let isFull = true;
    const full = (prepare: Prepare): void => {
      add(2)(prepare);
      if (!isFull) return;
      isFull = false;
      prepare("ROLLBACK").run();
      throw Object.assign(new Error("full"), { errcode: 13 });
    };
    const outcomes = await Promise.allSettled([
      connection.write(add(1)),
      connection.write(full),
      connection.write(add(3)),
    ]);
    expect(outcomes).toMatchObject([
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "store_unavailable" } },
      { status: "fulfilled" },
    ]);
    expect(await numbersIn(connection)).toEqual([1, 3]);
  });

  it("all fail when their commit does, and nothing is written", async () => {
    const connection = await open();
    breakCommits();
    const outcomes = await Promise.allSettled(
      [1, 2].map((number) => connection.write(add(number))),
    );
    expect(outcomes).toMatchObject(
      [1, 2].map(() => ({ status: "rejected", reason: { code: "store_unavailable" } })),
    );
    vi.restoreAllMocks();
    expect(await numbersIn(connection)).toEqual([]);
    await connection.write(add(3));
    expect(await numbersIn(connection)).toEqual([3]);
  });

  it("are on disk before they are told of, if one of them is to be", async () => {
    const connection = await open();
    const seen = watchStatements();
    await connection.write(add(1), { isLazy: true });
    expect(seen.splice(0)).toContain("PRAGMA synchronous = NORMAL");
    await Promise.all([connection.write(add(2), { isLazy: true }), connection.write(add(3))]);
    expect(seen).toContain("PRAGMA synchronous = FULL");
    expect(seen.indexOf("PRAGMA synchronous = FULL")).toBeLessThan(seen.indexOf("BEGIN IMMEDIATE"));
  });

  it("are at most 64 in a transaction", async () => {
    const connection = await open();
    const seen = watchStatements();
    const numbers = Array.from({ length: 130 }, (_, number) => number);
    await Promise.all(numbers.map((number) => connection.write(add(number))));
    expect(seen.filter((text) => text === "COMMIT").length).toBeGreaterThanOrEqual(3);
    expect(await numbersIn(connection)).toEqual(numbers);
  });

  it("wait for one that is to be alone, which is written at once", async () => {
    const connection = await open();
    const seen = watchStatements();
    const order: number[] = [];
    const others = [1, 2].map(async (number) => {
      await connection.write(add(number));
      order.push(number);
    });
    const alone = connection.write(add(3), { isAlone: true }).then(() => order.push(3));
    expect(seen.filter((text) => text === "COMMIT")).toHaveLength(1);
    await Promise.all([...others, alone]);
    expect(order).toEqual([3, 1, 2]);
  });

  it("are written yet when the connection is closed", async () => {
    const connection = await open();
    const writes = Promise.all([1, 2].map((number) => connection.write(add(number))));
    connection.close();
    expect(await writes).toEqual([1, 2]);
  });

  it("fail with the reason when they cannot be written then, and the file is let go", async () => {
    const connection = await open();
    const writes = Promise.allSettled([1, 2].map((number) => connection.write(add(number))));
    const exec = DatabaseSync.prototype.exec;
    vi.spyOn(DatabaseSync.prototype, "exec").mockImplementation(function (
      this: DatabaseSync,
      text,
    ) {
      if (text !== "BEGIN IMMEDIATE") return exec.call(this, text);
      throw Object.assign(new Error("full"), { errcode: 13 });
    });
    connection.close();
    const reason = { code: "store_unavailable", message: expect.stringContaining("full") };
    expect(await writes).toMatchObject([1, 2].map(() => ({ status: "rejected", reason })));
    vi.restoreAllMocks();
    await expect(numbersIn(connection)).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
