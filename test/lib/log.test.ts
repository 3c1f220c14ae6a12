import { statSync } from "node:fs";
import { chmod, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createLogFile } from "../../src/lib/log-file.ts";
import { createLog } from "../../src/lib/log.ts";
import { useTempDirectory } from "../support/temp-directory.ts";

const tempDirectory = useTempDirectory();

describe("the log's file", () => {
  it("is for this user only, also where it was not before", async () => {
    const file = join(await tempDirectory(), "log.txt");
    createLog({ file, write: () => {} }).info("hello");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await chmod(file, 0o644);
    createLog({ file, write: () => {} }).info("again");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it("keeps at most 32 MB, those that were put aside included", async () => {
    const directory = await tempDirectory();
    const file = join(directory, "log.txt");
    for (let number = 0; number < 6; number += 1) {
      // Each start finds it full.
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(file, "x".repeat(8_000_000));
      createLog({ file, write: () => {} }).info("hello");
    }
    const names = (await readdir(directory)).toSorted();
    expect(names).toEqual(["log.txt", "log.txt.1", "log.txt.2", "log.txt.3"]);
    const sizes = await Promise.all(names.map((name) => stat(join(directory, name))));
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(32_000_000);
  });
});

it("the log's files have at most 32 MB also while long lines of wide characters come", async () => {
  const directory = await tempDirectory();
  const file = createLogFile(join(directory, "log.txt"));
  const line = `${"\u{20ac}".repeat(9_000)}\n`;
  for (let number = 0; number < 1_500; number += 1) {
    file.append(line);
    if (number % 20 !== 0) continue;
    // What is there at every moment counts.
    // oxlint-disable-next-line no-await-in-loop
    const names = await readdir(directory);
    const sizes = names.map((name) => statSync(join(directory, name)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(32_000_000);
  }
});

describe("a log that is flooded", () => {
  it("leaves lines out, and says how many", () => {
    let now = 0;
    const lines: string[] = [];
    const log = createLog({ write: (line) => void lines.push(line), now: () => now });
    for (let number = 0; number < 1_000; number += 1) log.info("x".repeat(9_000));
    const kept = lines.length;
    expect(kept).toBeLessThan(120);
    now = 1_000;
    log.info("later");
    expect(lines.slice(kept)).toEqual([
      expect.stringContaining(`${1_000 - kept} lines were left out`),
      expect.stringContaining("later"),
    ]);
  });

  it("shortens a line that has no end", () => {
    const lines: string[] = [];
    createLog({ write: (line) => void lines.push(line) }).info("x".repeat(100_000));
    expect(lines).toEqual([expect.stringContaining("(90000 more characters)")]);
  });
});
