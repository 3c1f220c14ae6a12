import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createSqliteRunStore } from "../../src/stores/late.ts";
import { seemsFine } from "../../src/stores/look.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const VERSION_AT = 60;
const APPLICATION_AT = 68;

describe("a look at a store from outside", () => {
  const tempDirectory = useTempDirectory();

  it("finds nothing wrong with a store of this version, and where one can be made", async () => {
    const path = join(await tempDirectory(), "runs.db");
    expect(seemsFine(path)).toBe(true);
    const store = await createSqliteRunStore({ path });
    await store.close();
    expect(seemsFine(path)).toBe(true);
  });

  it.each([
    ["no database", (header: Buffer) => header.write("something", 0)],
    ["of another version", (header: Buffer) => header.writeUInt32BE(1, VERSION_AT)],
    ["of another program", (header: Buffer) => header.writeUInt32BE(1, APPLICATION_AT)],
  ])("sees a file that is %s", async (_what, change) => {
    const path = join(await tempDirectory(), "runs.db");
    const store = await createSqliteRunStore({ path });
    await store.close();
    const header = await readFile(path);
    change(header);
    await writeFile(path, header);
    expect(seemsFine(path)).toBe(false);
  });

  it("sees a file without anything, a directory, and a directory that is missing", async () => {
    const directory = await tempDirectory();
    await writeFile(join(directory, "empty.db"), "");
    for (const name of ["empty.db", "", "missing/runs.db"]) {
      expect(seemsFine(join(directory, name)), name).toBe(false);
    }
  });
});
