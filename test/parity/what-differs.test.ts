import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { readme, whatDiffers, withWhatDiffers } from "./what-differs.ts";

it("the page on porting says what differs as the tables have it", () => {
  const text = readFileSync(readme, "utf8");
  expect(text).toBe(withWhatDiffers(text));
});

it("what differs can be read at once", () => {
  expect(whatDiffers().split("\n").length).toBeLessThanOrEqual(50);
});
