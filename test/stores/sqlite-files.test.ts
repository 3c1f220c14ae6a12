import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";

import { HoldpointError } from "../../src/lib/errors.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { chainOf, startOf } from "../support/journal-lines.ts";
import { startStoreProcess } from "../support/run-stores.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const makeDirectory = useTempDirectory();
const batch = startOf("run_a");

describe.skipIf(process.platform === "win32")("permissions", () => {
  it("lets nobody else into a directory and files that it makes", async () => {
    const directory = join(await makeDirectory(), "state", "holdpoint");
    const store = await openSqliteRunStore({ path: join(directory, "holdpoint.db") });
    await store.append(batch);
    const files = await readdir(directory);
    expect(files.toSorted()).toEqual(["holdpoint.db", "holdpoint.db-shm", "holdpoint.db-wal"]);
    for (const file of files) expect(await modeOf(join(directory, file))).toBe(0o600);
    expect(await modeOf(directory)).toBe(0o700);
    expect(await modeOf(dirname(directory))).toBe(0o700);
    await store.close();
  });

  it("makes a file that exists private, and leaves the mode of its directory", async () => {
    const directory = await makeDirectory();
    const path = join(directory, "holdpoint.db");
    await chmod(directory, 0o755);
    await writeFile(path, "");
    await chmod(path, 0o640);
    const store = await openSqliteRunStore({ path });
    await store.close();
    expect(await modeOf(directory)).toBe(0o755);
    expect(await modeOf(path)).toBe(0o600);
  });

  it.each([
    { what: "file", fileMode: 0o444, directoryMode: 0o777 },
    { what: "file and directory", fileMode: 0o444, directoryMode: 0o555 },
  ])("says that it cannot write to a read-only $what", async ({ fileMode, directoryMode }) => {
    const directory = await makeDirectory();
    const path = join(directory, "holdpoint.db");
    const store = await openSqliteRunStore({ path });
    await store.append(batch);
    await store.close();
    await chmod(path, fileMode);
    await chmod(directory, directoryMode);
    const before = await readFile(path);
    const report = await startStoreProcess(["start-unprivileged", path]).finished;
    await chmod(directory, 0o700);
    expect(report).toMatchObject({ exitCode: 1, code: "store_unavailable" });
    expect(report.message).toContain(path);
    expect(await readFile(path)).toEqual(before);
  });

  it("says that it cannot create a file where it may not write", async () => {
    const directory = await makeDirectory();
    await chmod(directory, 0o555);
    const path = join(directory, "state", "holdpoint.db");
    const report = await startStoreProcess(["start-unprivileged", path]).finished;
    await chmod(directory, 0o700);
    expect(report).toMatchObject({ exitCode: 1, code: "store_unavailable" });
    expect(report.message).toContain(path);
  });
});

describe("a file that cannot be used", () => {
  it.each([
    { what: "short", bytes: Buffer.from("hello") },
    { what: "long", bytes: Buffer.from("not a database ".repeat(1_000)) },
  ])("is left as it is when it is a $what text", async ({ bytes }) => {
    const path = join(await makeDirectory(), "holdpoint.db");
    await writeFile(path, bytes);
    const opened = openSqliteRunStore({ path });
    await expect(opened).rejects.toMatchObject({
      code: "store_corrupt",
      message: expect.stringContaining(path),
    });
    expect(await readFile(path)).toEqual(bytes);
    expect(await readdir(dirname(path))).toEqual(["holdpoint.db"]);
  });

  it("is left as it is when its pages are damaged", async () => {
    const path = join(await makeDirectory(), "holdpoint.db");
    const before = await openSqliteRunStore({ path });
    await before.append({ ...batch, lines: chainOf(200) });
    await before.close();
    const bytes = await readFile(path);
    bytes.fill(0xee, 4_096);
    await writeFile(path, bytes);
    await expect(readOnce(path)).rejects.toMatchObject({
      code: "store_corrupt",
      message: expect.stringContaining(path),
    });
    expect(await readFile(path)).toEqual(bytes);
  });

  it("is unavailable when it is a directory", async () => {
    const path = join(await makeDirectory(), "holdpoint.db");
    await mkdir(path);
    await expect(openSqliteRunStore({ path })).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining(path),
    });
  });

  it("is unavailable below a path that is no directory", async () => {
    const file = join(await makeDirectory(), "file");
    await writeFile(file, "text");
    const path = join(file, "holdpoint.db");
    await expect(openSqliteRunStore({ path })).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining(path),
    });
  });
});

describe("a file of another version or program", () => {
  it.each(["WAL", "DELETE"])(
    "is left as it is when it is newer (journal mode %s)",
    async (mode) => {
      const path = join(await makeDirectory(), "holdpoint.db");
      const store = await openSqliteRunStore({ path });
      await store.append(batch);
      await store.close();
      execute(path, `PRAGMA journal_mode = ${mode}; PRAGMA user_version = 4711`);
      expect(await refusalOf(path)).toEqual(refusal(path, "its schema version is 4711, "));
    },
  );

  it.each([
    { what: "has no version", version: 0 },
    { what: "has our version", version: 1 },
    { what: "has a higher version", version: 99 },
  ])("is left as it is when another program's file $what", async ({ version }) => {
    const path = join(await makeDirectory(), "other.db");
    execute(path, `CREATE TABLE notes (text); PRAGMA user_version = ${version}`);
    expect(await refusalOf(path)).toEqual(refusal(path, "it belongs to another program. "));
  });

  it.each(["application_id", "user_version"])(
    "is left as it is when it has only an %s",
    async (mark) => {
      const path = join(await makeDirectory(), "other.db");
      execute(path, `PRAGMA ${mark} = 1`);
      expect(await refusalOf(path)).toEqual(refusal(path, "it belongs to another program. "));
    },
  );
});

function refusal(path: string, reason: string): object {
  const message: unknown = expect.stringContaining(`"${path}": ${reason}`);
  return { code: "state_incompatible", message, kept: true };
}

/** What opening the file fails with, and whether its bytes are those from before. */
async function refusalOf(path: string): Promise<{ code: string; message: string; kept: boolean }> {
  const before = await readFile(path);
  const error: unknown = await openSqliteRunStore({ path }).catch((thrown: unknown) => thrown);
  if (!(error instanceof HoldpointError)) throw new Error("The file was not refused");
  const { code, message } = error;
  return { code, message, kept: before.equals(await readFile(path)) };
}

async function readOnce(path: string): Promise<string[]> {
  const store = await openSqliteRunStore({ path });
  try {
    return await store.read(batch.runId);
  } finally {
    await store.close();
  }
}

function execute(path: string, statements: string): void {
  const database = new DatabaseSync(path);
  database.exec(statements);
  database.close();
}

async function modeOf(path: string): Promise<number> {
  return (await stat(path)).mode & 0o777;
}
