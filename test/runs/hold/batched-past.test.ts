import { expect, it } from "vitest";

import { batchedPast } from "../../../src/runs/hold/batched-past.ts";

it("asks a store once for all that is asked of a tool at once, and gives each its own", async () => {
  const asked: [string, string[]][] = [];
  const count = (of: string) => ({
    count: of.length,
    kinds: 0,
    lastAt: "2026-01-01T00:00:00.000Z",
  });
  const { pastOf } = batchedPast({
    pastOf(tool, features) {
      asked.push([tool, [...features]]);
      return new Map(features.filter((each) => each !== "c").map((each) => [each, count(each)]));
    },
  });
  const [first, second, other] = await Promise.all([
    pastOf("pay", ["a", "b"]),
    pastOf("pay", ["b", "c"]),
    pastOf("send", ["a"]),
  ]);
  expect(asked).toEqual([
    ["pay", ["a", "b", "c"]],
    ["send", ["a"]],
  ]);
  expect([first, second, other].map((found) => [...found.keys()])).toEqual([
    ["a", "b"],
    ["b"],
    ["a"],
  ]);
  await pastOf("pay", ["d"]);
  expect(asked).toHaveLength(3);
});
