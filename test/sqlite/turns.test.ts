import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { afterEach, describe, expect, it } from "vitest";

import { openSqliteConnection } from "../../src/sqlite/connection.ts";
import { createFairTurns } from "../../src/sqlite/turns.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const script = fileURLToPath(new URL("./turns-process.ts", import.meta.url));

describe("the turn to wait for the lock", () => {
  const tempDirectory = useTempDirectory();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  const start = (args: readonly string[]) => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", script, ...args],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    children.push(child);
    return child;
  };

  it("is there once somebody waited, and one has it at a time", async () => {
    const path = join(await tempDirectory(), "a.db");
    const [one, two] = [createFairTurns(path), createFairTurns(path)];
    expect(one.take(false)).toBe(true);
    expect(two.take(true)).toBe(true);
    expect(one.take(false)).toBe(false);
    two.leave();
    expect(one.take(false)).toBe(true);
    one.close();
    expect(two.take(false)).toBe(true);
    two.close();
  });

  it.each([3, 8])("lets nobody wait long for one that never stops: %i processes", async (all) => {
    const path = join(await tempDirectory(), "a.db");
    (await openSqliteConnection({ path })).close();
    await once(start(["flood", path]).stdout, "data");
    const drips = Array.from({ length: all - 1 }, () => start(["drip", path, "20"]));
    const told = await Promise.all(drips.map(({ stdout }) => text(stdout)));
    const overtaken = told
      .flatMap((line) => JSON.parse(line) as number[])
      .toSorted((a, b) => a - b);
    expect(overtaken).toHaveLength(20 * (all - 1));
    // The system may let one of them stand still meanwhile, which is not the lock's doing.
    expect(overtaken[Math.floor(overtaken.length * 0.9)]).toBeLessThanOrEqual(3);
  });
});
