import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const text = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const inSource = (path: string): string => readFileSync(join(root, "src", path), "utf8");

const promises = [...text.matchAll(/^\| (S\d+) \|.*\| `([^`]+)` \|$/gm)].map(
  ([, name = "", file = ""]) => ({ name, file }),
);
const evening = [...text.matchAll(/^\d\. (.*): /gm)].flatMap(([, files = ""]) =>
  [...files.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file),
);

describe("ARCHITECTURE.md", () => {
  it.each(promises)("names $name, which $file keeps and says so", ({ name, file }) => {
    expect(inSource(file)).toMatch(new RegExp(`\\(${name}\\)`));
  });

  it("has every promise that the code cites", () => {
    const cited = globSync("src/**/*.ts", { cwd: root }).flatMap((file) => [
      ...readFileSync(join(root, file), "utf8").matchAll(/\((S\d+)\)/g),
    ]);
    const known = new Set(promises.map(({ name }) => name));
    expect(known.size).toBe(10);
    expect(new Set(cited.map(([, name]) => name))).toEqual(known);
  });

  it("names an evening's reading of fewer than 2,700 lines", () => {
    const lines = evening.map((file) => inSource(`engine/${file}`).trimEnd().split("\n").length);
    expect(evening.length).toBeGreaterThan(12);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(2_700);
  });

  it("says of every folder what it holds", () => {
    const rows = [...text.matchAll(/^\| (`[^|]+\/`) \|/gm)].flatMap(([, cell = ""]) =>
      [...cell.matchAll(/`(\w+)\/`/g)].map(([, folder = ""]) => folder),
    );
    const folders = globSync("*/", { cwd: join(root, "src") }).map((each) => each.replace("/", ""));
    expect(rows.toSorted()).toEqual(folders.toSorted());
  });

  it("names files that there are", () => {
    const named = [...text.matchAll(/`((?:test\/)?(?:[\w-]+\/)+[\w.-]*|[\w-]+\.ts)`/g)].map(
      ([, path = ""]) => path,
    );
    const isThere = (path: string): boolean =>
      ["", "src", "src/engine", "src/stores"].some((base) => existsSync(join(root, base, path)));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });
});
