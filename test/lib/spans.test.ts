import { expect, it } from "vitest";

import { ageText, spanText } from "../../src/lib/spans.ts";

it.each([
  [59, "now"],
  [60, "1 min"],
  [3_599, "59 min"],
  [3_600, "1 h"],
  [172_800, "2 d"],
])("what is %i seconds old is %s old", (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});

it.each([
  [99, "99 s"],
  [100, "2 min"],
  [5_999, "100 min"],
  [6_000, "2 h"],
  [360_000, "4 d"],
])("%i seconds take %s", (seconds, text) => {
  expect(spanText(seconds)).toBe(text);
});
