import { expect, it } from "vitest";

import { createPaint, hasColours, paintHold } from "../../src/cli/colour.ts";

it.each([
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ TERM: "dumb" }, true, false],
] as const)("with %j on a terminal (%s) there are colours: %s", (env, isTTY, expected) => {
  expect(hasColours(env, { isTTY })).toBe(expected);
});

it("paints risk and facts by their weight, and nothing without colours", () => {
  const lines = [
    "  HIGH RISK: pay 5",
    "  !! Deletes",
    "   ! Unusual",
    "   - First call",
    "     for “x”",
  ];
  const painted = paintHold(lines, createPaint(true));
  expect(painted.map((line) => /\u001b\[(\d+)m/.exec(line)?.[1])).toEqual([
    "31",
    "31",
    "33",
    undefined,
    undefined,
  ]);
  expect(paintHold(lines, createPaint(false))).toEqual(lines);
});
