import { existsSync } from "node:fs";

import { expect, it } from "vitest";

import { dailyGroups, leftOutFiles } from "./sampled-files.ts";

const DAY_MS = 86_400_000;

it("each slow file is there, and has its turn once in so many days", () => {
  const groups = dailyGroups();
  const names = groups.flat();
  expect(names.filter((name) => !existsSync(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
  const run = groups.flatMap((_, day) => {
    const leftOut = new Set(leftOutFiles([], {}, day * DAY_MS));
    return names.filter((name) => !leftOut.has(name));
  });
  expect(run.toSorted()).toEqual(names.toSorted());
});

it("none is left out where all are asked for, or some by name", () => {
  expect(leftOutFiles([], { HOLDPOINT_TEST_FILES: "all" }, 0)).toEqual([]);
  expect(leftOutFiles([], { HOLDPOINT_TEST_FULL: "1" }, 0)).toEqual([]);
  expect(leftOutFiles(["run", "test/e2e"], {}, 0)).toEqual([]);
  expect(leftOutFiles(["run", "idle.test.ts"], {}, 0)).toEqual([]);
  expect(leftOutFiles(["run", "--reporter=dot"], {}, 0)).not.toEqual([]);
});
