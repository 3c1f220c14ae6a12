import { existsSync } from "node:fs";
import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { openLiveness } from "../../src/sqlite/liveness.ts";
import { openSqliteRunStore } from "../../src/stores/sqlite.ts";
import { startOf } from "../support/journal-lines.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

describe("the lock that says who lives", () => {
  const makeDirectory = useTempDirectory();
  const makePath = async (): Promise<string> => join(await makeDirectory(), "holdpoint.db");

  it("is taken with the first claim, and removed when the store is closed", async () => {
    const path = await makePath();
    const store = await openSqliteRunStore({ path });
    const request = { sources: ["code"], owner: "own_a", limit: 1, leaseMs: 5_000 };
    await store.claim(request);
    expect(existsSync(`${path}.live`)).toBe(false);
    await store.append(startOf("run_a"));
    await store.claim(request);
    const [file = "", ...others] = await readdir(`${path}.live`);
    expect(others).toEqual([]);
    await store.close();
    expect(await readdir(`${path}.live`)).toEqual([]);
    expect(file).toMatch(/^[\w-]+\.db$/);
  });

  it.skipIf(process.platform === "win32")("is for this user only", async () => {
    const path = await makePath();
    const own = await openLiveness(path);
    own.hold();
    expect((await stat(`${path}.live`)).mode & 0o777).toBe(0o700);
    expect((await stat(join(`${path}.live`, `${own.instance}.db`))).mode & 0o777).toBe(0o600);
    own.close();
  });

  it("tells those who hold theirs from those who do not", async () => {
    const path = await makePath();
    const [own, other] = [await openLiveness(path), await openLiveness(path)];
    expect(own.isAlive(other.instance)).toBe(false);
    other.hold();
    own.hold();
    expect(own.isAlive(other.instance)).toBe(true);
    // Looking lets go of nothing, neither the own lock nor the other one.
    expect(own.isAlive(other.instance)).toBe(true);
    expect(other.isAlive(own.instance)).toBe(true);
    expect(own.isAlive(own.instance)).toBe(true);
    other.close();
    other.close();
    expect(own.isAlive(other.instance)).toBe(false);
    own.close();
  });

  it("sweeps what was left behind, and nothing else", async () => {
    const path = await makePath();
    const other = await openLiveness(path);
    other.hold();
    await writeFile(join(`${path}.live`, "left-behind.db"), "");
    await writeFile(join(`${path}.live`, "notes.txt"), "");
    const own = await openLiveness(path);
    own.hold();
    expect((await readdir(`${path}.live`)).toSorted()).toEqual(
      [`${own.instance}.db`, `${other.instance}.db`, "notes.txt"].toSorted(),
    );
    own.close();
    other.close();
  });

  it("takes no path for a name", async () => {
    const path = await makePath();
    await writeFile(join(path, "..", "precious.db"), "");
    const own = await openLiveness(path);
    own.hold();
    expect(own.isAlive("../precious")).toBe(true);
    expect(existsSync(join(path, "..", "precious.db"))).toBe(true);
    own.close();
  });
});
