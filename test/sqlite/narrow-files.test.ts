import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect, it } from "vitest";

import { narrowFiles } from "../../src/sqlite/narrow-files.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

it("takes a store that others could read from them, with what lies beside it, and says so once", async () => {
  const directory = join(await tempDirectory(), "made-by-others");
  const path = join(directory, "runs.db");
  await mkdir(directory, { mode: 0o755 });
  await writeFile(path, "", { mode: 0o644 });
  await writeFile(`${path}-wal`, "", { mode: 0o640 });
  const said: string[] = [];
  const log = { info: (line: string) => void said.push(line), warn: () => {} };
  await (await openSqliteRunStore({ path, log })).close();
  await (await openSqliteRunStore({ path, log })).close();
  expect(await modeOf(path)).toBe(0o600);
  expect(said).toEqual([expect.stringContaining(`${path}, ${path}-wal`)]);
  // A directory that it did not make stays as it is.
  expect(await modeOf(directory)).toBe(0o755);
});

it("names a directory that others may write to, and leaves it as it is", async () => {
  const directory = await tempDirectory();
  const path = join(directory, "runs.db");
  await writeFile(path, "", { mode: 0o600 });
  await chmod(directory, 0o777);
  const said: string[] = [];
  narrowFiles(path, { info: () => {}, warn: (line) => void said.push(line) });
  expect(said).toEqual([expect.stringContaining(`may write to "${directory}"`)]);
  expect(await modeOf(directory)).toBe(0o777);
  await chmod(directory, 0o1777);
  narrowFiles(path, { info: () => {}, warn: (line) => void said.push(line) });
  expect(said).toHaveLength(1);
});
