import { cp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { beforeEach, describe, expect, it } from "vitest";

import { sha256 } from "../../src/lib/digest.ts";
import type { RunId } from "../../src/lib/ids.ts";
import type { RunStore } from "../../src/runs/run-store.ts";
import { migrateSchema } from "../../src/sqlite/schema.ts";
import { findKey } from "../../src/sqlite/anchors.ts";
import { copyStore } from "../../src/sqlite/copy-store.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { atMinute, chainOf, nextOf, startOf } from "../support/journal-lines.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const terms = { owner: "own_a", leaseMs: 5_000 };
const run = (id: string): RunId => id as RunId;

let directory = "";
let path = "";
let said: string[] = [];
beforeEach(async () => {
  directory = await tempDirectory();
  path = join(directory, "runs.db");
  said = [];
});

const home = (name = "here"): string => join(directory, name);

async function use<T>(
  work: (store: RunStore) => Promise<T>,
  { state = home(), file = path }: { state?: string; file?: string } = {},
): Promise<T> {
  const log = { info: () => {}, warn: (line: string) => void said.push(line) };
  const store = await openSqliteRunStore({ path: file, stateDirectory: state, log });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

/** A run of `count` entries, one commit each. */
async function write(store: RunStore, runId: string, count = 3): Promise<void> {
  await store.append(startOf(runId));
  for (let length = 1; length < count; length += 1) {
    const lines = await store.read(run(runId));
    await store.append(nextOf(runId, lines));
  }
}

const problems = (state?: string): Promise<Record<string, string>> =>
  use(
    async (store) => {
      const { store: whole, runs } = await store.history!.check();
      const found = [...runs.values()].flatMap(({ runId, problem }) =>
        problem === undefined ? [] : [[runId, problem]],
      );
      const problem = whole.problem === undefined ? [] : [["store", whole.problem]];
      return Object.fromEntries([...problem, ...found]) as Record<string, string>;
    },
    state === undefined ? {} : { state },
  );

/** What somebody does to the file with another program. */
function tamper(change: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(path);
  database.exec("DROP TRIGGER entries_guard");
  change(database);
  database.close();
}

const lineOf = (database: DatabaseSync, runId: string, seq: number): string =>
  String(
    database.prepare("SELECT line FROM entries WHERE run_id = ? AND seq = ?").get(runId, seq)?.[
      "line"
    ],
  );

/** Lowers a level in an entry, and says that the commit of it is of another machine. */
function relabel(database: DatabaseSync, runId: string, seq: number): void {
  const line = lineOf(database, runId, seq).replace('"note"', '"client"');
  database
    .prepare("UPDATE entries SET line = ? WHERE run_id = ? AND seq = ?")
    .run(line, runId, seq);
  database
    .prepare("UPDATE commits SET hash = ?, key_id = 'another' WHERE run_id = ? AND last_seq = ?")
    .run(sha256(line), runId, seq);
}

/** A run like "run_a", which no commit has. */
function addRun(database: DatabaseSync, runId: string): void {
  const columns = database
    .prepare("SELECT name FROM pragma_table_info('runs')")
    .all()
    .map((row) => String(row["name"]))
    .filter((name) => name !== "run_id");
  database.exec(
    `INSERT INTO runs (run_id, ${columns.join(", ")}) SELECT '${runId}', ${columns.join(", ")} FROM runs WHERE run_id = 'run_a';
     INSERT INTO entries (run_id, seq, line) SELECT '${runId}', seq, line FROM entries WHERE run_id = 'run_a'`,
  );
}

describe("a history that was changed", () => {
  beforeEach(async () => {
    await use(async (store) => {
      await write(store, "run_a");
      await write(store, "run_b");
    });
  });

  const changes: [what: string, change: (database: DatabaseSync) => void, found: object][] = [
    [
      "a lowered level in the last entry",
      (database) =>
        database.exec(
          `UPDATE entries SET line = replace(line, '"note"', '"client"') WHERE run_id = 'run_a' AND seq = 2`,
        ),
      { run_a: "entry 2 is not as it was written" },
    ],
    [
      "a changed entry with all hashes made anew",
      (database) => {
        const set = database.prepare(
          "UPDATE entries SET line = ? WHERE run_id = 'run_a' AND seq = ?",
        );
        const lines = [...chainOf(1, { note: "another" })];
        lines.push(...chainOf(2, { fromSeq: 1, before: lines[0]! }));
        for (const [seq, line] of lines.entries()) set.run(line, seq);
      },
      { run_a: "entry 0 is not as it was written" },
    ],
    [
      "an appended decision with a right chain",
      (database) => {
        const prev = sha256(lineOf(database, "run_a", 2));
        const line = JSON.stringify({ seq: 3, type: "approval_decided", prev });
        database
          .prepare("INSERT INTO entries (run_id, seq, line) VALUES ('run_a', 3, ?)")
          .run(line);
        database.exec("UPDATE runs SET length = 4 WHERE run_id = 'run_a'");
      },
      { run_a: "entry 3 was added by another program" },
    ],
    [
      "a cut tail of one run",
      (database) => database.exec("DELETE FROM entries WHERE run_id = 'run_a' AND seq > 0"),
      { run_a: "entries from 1 to 2 are missing" },
    ],
    [
      "a deleted run",
      (database) =>
        database.exec(
          "DELETE FROM entries WHERE run_id = 'run_a'; DELETE FROM runs WHERE run_id = 'run_a'",
        ),
      { run_a: "it is missing" },
    ],
    [
      "a deleted run whose commits were deleted too",
      (database) =>
        database.exec(
          "DELETE FROM entries WHERE run_id = 'run_a'; DELETE FROM runs WHERE run_id = 'run_a'; DELETE FROM commits WHERE run_id = 'run_a'",
        ),
      { store: "commit 1 is missing" },
    ],
    [
      "an added run with a right chain",
      (database) => addRun(database, "run_c"),
      { run_c: "it was added by another program: no commit has it" },
    ],
    [
      "a commit made without the key",
      (database) => {
        const line = JSON.stringify({
          seq: 3,
          type: "x",
          prev: sha256(lineOf(database, "run_b", 2)),
        });
        database
          .prepare("INSERT INTO entries (run_id, seq, line) VALUES ('run_b', 3, ?)")
          .run(line);
        database
          .prepare(
            "INSERT INTO commits SELECT number + 1, kind, run_id, 3, 3, ?, at, key_id, 'made up' FROM commits ORDER BY number DESC LIMIT 1",
          )
          .run(sha256(line));
        database.exec("UPDATE runs SET length = 4, commit_number = 7 WHERE run_id = 'run_b'");
      },
      { store: "commit 7 is not as it was made" },
    ],
    [
      "a lowered level, with a commit said to be of another machine",
      (database) => relabel(database, "run_a", 2),
      { store: "commit 3 or 4 is not as it was made" },
    ],
    [
      "a lowered level in the end of everything, said to be of another machine",
      (database) => relabel(database, "run_b", 2),
      { store: expect.stringContaining("older copy of what this machine has seen") },
    ],
    [
      "the end of everything, cut",
      (database) =>
        database.exec(
          "DELETE FROM entries WHERE run_id = 'run_b' AND seq = 2; DELETE FROM commits WHERE number = 6; UPDATE runs SET length = 2, commit_number = 5 WHERE run_id = 'run_b'",
        ),
      { store: expect.stringContaining("older copy of what this machine has seen") },
    ],
  ];
  it.each(changes)("%s is found and named", async (_what, change, found) => {
    tamper(change);
    expect(await problems()).toMatchObject(found);
    expect(Object.keys(await problems())).toEqual(Object.keys(found));
  });

  const ends = changes.filter(([what]) => /lowered|appended|added|cut|without the key/.test(what));
  it.each(ends)("%s: nobody goes on with the run", async (what, change) => {
    tamper(change);
    const other = /everything|key/.test(what) ? "run_b" : "run_a";
    const runId = run(what.startsWith("an added run") ? "run_c" : other);
    await use(async (store) => {
      const free = await store.claim({ ...terms, sources: ["code"], limit: 9 });
      expect(free.map((each) => each.runId)).not.toContain(runId);
      await expect(store.claimRun(runId, terms)).rejects.toMatchObject({ code: "not_allowed" });
      expect(await store.history!.holdOf(runId)).toBeDefined();
    });
  });
});

describe("an older copy that was put back", () => {
  const saved = (): string => join(directory, "saved");
  const putBack = async (): Promise<void> => {
    for (const end of ["-wal", "-shm"]) await rm(`${path}${end}`, { force: true });
    await cp(join(saved(), "runs.db"), path);
  };
  beforeEach(async () => {
    await use((store) => write(store, "run_a"));
    await cp(path, join(saved(), "runs.db"));
    await use(async (store) => {
      await store.append(nextOf("run_a", await store.read(run("run_a"))));
    });
    await putBack();
  });

  it("puts every unfinished run on hold, and says so once", async () => {
    await use(async (store) => {
      expect(await store.claim({ ...terms, sources: ["code"], limit: 9 })).toEqual([]);
      await expect(store.claimRun(run("run_a"), terms)).rejects.toThrow(
        /on hold.*older copy.*is not known.*store release run_a/,
      );
    });
    expect(said).toEqual([expect.stringContaining("is an older copy")]);
    await use(async (store) => expect(await store.history!.holdOf(run("run_a"))).toBeDefined());
    expect(said).toHaveLength(1);
  });

  it("lets new runs start", async () => {
    await use(async (store) => {
      await write(store, "run_new");
      expect(await store.claimRun(run("run_new"), terms)).toBe(true);
    });
  });

  it("is told by audit until a person says that it is meant", async () => {
    expect(await problems()).toMatchObject({ store: expect.stringContaining("older copy") });
    await use(async (store) => {
      expect(await store.history!.accept()).toBe(1);
      expect(await store.claimRun(run("run_a"), terms)).toBe(true);
    });
    expect(await problems()).toEqual({});
    expect(said).toHaveLength(1);
  });

  it("is noticed again when it is put back once more", async () => {
    await use(async (store) => {
      await store.history!.accept();
      await write(store, "run_c");
    });
    await putBack();
    await use(async () => {});
    expect(said).toHaveLength(2);
  });

  it("is noticed by an anchor that is kept elsewhere, when the whole machine was put back", async () => {
    const anchor = await use((store) => store.history!.anchor());
    await use((store) => write(store, "run_d"));
    const later = await use((store) => store.history!.anchor());
    await putBack();
    const elsewhere = { state: home("another state directory") };
    await use(async (store) => {
      expect((await store.history!.check(later)).store.problem).toContain("of the anchor");
      expect((await store.history!.check(anchor)).store.problem).toContain("of the anchor");
    }, elsewhere);
    expect(said).toHaveLength(1);
  });
});

it("notices a write-ahead log that was cut", async () => {
  await use((store) => write(store, "run_a"));
  const withoutLog = join(directory, "without-log.db");
  await use(async (store) => {
    await store.append(nextOf("run_a", await store.read(run("run_a"))));
    await cp(path, withoutLog);
  });
  await cp(withoutLog, path);
  await use(async () => {});
  expect(said).toEqual([expect.stringContaining("is an older copy")]);
});

async function expectQuiet(state?: string): Promise<void> {
  expect(await problems(state)).toEqual({});
  expect(said).toEqual([]);
  const taken = await use(async (store) => store.claimRun(run("run_a"), terms), {
    ...(state === undefined ? {} : { state }),
  });
  expect(taken).toBe(true);
}

// An ordinary week asks nothing.
describe("there is no alarm", () => {
  it("where two processes write by turns", async () => {
    await use(async (one) => {
      await use(async (two) => {
        await write(one, "run_a");
        await write(two, "run_b");
        await one.append(nextOf("run_a", await one.read(run("run_a"))));
      });
    });
    await expectQuiet();
  });

  it("where a process was killed between a commit and its anchor, or the anchor is old", async () => {
    await use((store) => write(store, "run_a"));
    const folder = join(home(), "anchors");
    const [id = ""] = await readdir(folder);
    const [file = ""] = await readdir(join(folder, id));
    const old = await readFile(join(folder, id, file));
    await use((store) => write(store, "run_b"));
    for (const name of await readdir(join(folder, id))) await rm(join(folder, id, name));
    await writeFile(join(folder, id, file), old);
    await expectQuiet();
  });

  it("where an anchor is torn", async () => {
    await use((store) => write(store, "run_a"));
    const folder = join(home(), "anchors");
    const [id = ""] = await readdir(folder);
    for (const name of await readdir(join(folder, id))) {
      await writeFile(join(folder, id, name), `${id} 99`);
    }
    await expectQuiet();
  });

  it("where the anchors alone were removed", async () => {
    await use((store) => write(store, "run_a"));
    await rm(join(home(), "anchors"), { recursive: true });
    await expectQuiet();
  });

  it("where the anchors were removed, and with them the key", async () => {
    await use((store) => write(store, "run_a"));
    await rm(home(), { recursive: true });
    await expectQuiet();
  });

  it("after runs were pruned", async () => {
    await use(async (store) => {
      await write(store, "run_a");
      await store.append(startOf("run_done", { isOver: true, status: "completed" }));
      expect(await store.removeBefore({ before: atMinute(9), limit: 9 })).toMatchObject({
        runs: 1,
      });
    });
    await expectQuiet();
  });

  it("after VACUUM", async () => {
    await use((store) => write(store, "run_a"));
    const database = new DatabaseSync(path);
    database.exec("VACUUM");
    database.close();
    await expectQuiet();
  });

  it("for a store of the first version, which is anchored from then on", async () => {
    const lines = chainOf(2, { note: "run_a" });
    const database = new DatabaseSync(path);
    migrateSchema(database, path, 2);
    database.exec(
      `INSERT INTO runs (run_id, length, agent, source, status, created_at, updated_at, runnable)
       VALUES ('run_a', 2, 'clerk', 'code', 'running', '${atMinute(0)}', '${atMinute(0)}', 1)`,
    );
    const add = database.prepare("INSERT INTO entries (run_id, seq, line) VALUES ('run_a', ?, ?)");
    for (const [seq, line] of lines.entries()) add.run(seq, line);
    database.close();
    await expectQuiet();
    tamper((file) => file.exec("UPDATE entries SET line = '{}' WHERE seq = 1"));
    expect(await problems()).toEqual({ run_a: "one of entries 0 to 1 is not as it was written" });
  });

  it("on a second machine, and back on the first", async () => {
    await use((store) => write(store, "run_a"));
    await use((store) => write(store, "run_b"), { state: home("second") });
    await expectQuiet(home("second"));
    await use(async (store) => {
      const { store: whole } = await store.history!.check();
      expect(whole).toEqual({ note: expect.stringContaining("cannot be checked here") });
    });
    await expectQuiet();
  });

  it("in a container that keeps no state directory", async () => {
    for (const name of ["first", "second", "third"]) {
      // One start after the other.
      // oxlint-disable-next-line no-await-in-loop
      await use((store) => write(store, `run_${name}`), { state: home(name) });
    }
    await use((store) => write(store, "run_a"), { state: home("fourth") });
    await expectQuiet(home("fifth"));
  });

  it("where the state directory cannot be written to", async () => {
    await writeFile(join(directory, "no-directory"), "");
    const state = home("no-directory");
    await use((store) => write(store, "run_a"), { state });
    await expectQuiet(state);
  });

  it("for copies made with store copy, of either", async () => {
    await use((store) => write(store, "run_a"));
    const copy = join(directory, "copy.db");
    expect(await copyStore(path, copy, findKey(home()))).toEqual({ unfinished: 1 });
    await use((store) => write(store, "run_b"));
    await use((store) => write(store, "run_c"), { file: copy });
    await expectQuiet();
    path = copy;
    await expectQuiet();
  });

  it("for a machine that never saw the store, which audit says", async () => {
    await use((store) => write(store, "run_a"));
    await use(
      async (store) => {
        const { store: whole } = await store.history!.check();
        expect(whole.note).toContain("not anchored on this machine");
      },
      { state: home("new") },
    );
    expect(said).toEqual([]);
  });
});

describe("an older copy that is called otherwise than the store", () => {
  it.each([
    ["has another name", "UPDATE identity SET store_id = 'other'"],
    ["has no name", "DELETE FROM identity"],
    [
      "has a name that nobody gave",
      "UPDATE identity SET store_id = 'other', key_id = NULL, mac = NULL",
    ],
    [
      "is called as if on another machine",
      "UPDATE identity SET store_id = 'other', key_id = 'theirs'",
    ],
  ])("is noticed where it %s, and its runs are on hold", async (_, change) => {
    await use((store) => write(store, "run_a"));
    await cp(path, `${path}.old`);
    await use((store) => write(store, "run_b"));
    await cp(`${path}.old`, path);
    tamper((database) => database.exec(change));
    await use(async (store) => {
      expect(await store.history!.holdOf(run("run_a"))).toBeDefined();
    });
    expect(said.join()).toContain("is an older copy of what this machine has seen");
    expect((await problems())["store"]).toContain("it is an older copy");
    // What was noted of other stores is still there.
    expect(await readdir(join(home(), "anchors"))).not.toEqual([]);
  });
});

it("a copy whose place cannot be made is refused in words, and nothing is left", async () => {
  await use((store) => write(store, "run_a"));
  await expect(copyStore(path, join(directory, "missing", "copy.db"))).rejects.toMatchObject({
    code: "invalid_input",
    message: expect.stringMatching(/^Cannot copy the store: ".*copy\.db" cannot be made: ENOENT/),
  });
  expect(await readdir(directory)).not.toContain("missing");
});
