import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { makeDirectory } from "../../src/lib/make-directory.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

describe("makeDirectory", () => {
  it("makes all that is missing, for this user only, and leaves what is there", async () => {
    const folder = await tempDirectory();
    makeDirectory(join(folder, "a/b/c"));
    makeDirectory(join(folder, "a/b/c"));
    expect(statSync(join(folder, "a/b")).mode & 0o777).toBe(0o700);
  });

  it.skipIf(!existsSync("/proc/self"))("ends where nothing can be made", async () => {
    expect(() => makeDirectory("/proc/x/y")).toThrow("ENOENT");
    await expect(openSqliteRunStore({ path: "/proc/x/y.db" })).rejects.toThrow("Cannot create");
  });
});
