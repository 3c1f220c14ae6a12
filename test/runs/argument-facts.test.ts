import { expect, it } from "vitest";

import { argumentFacts } from "../../src/runs/hold/argument-facts.ts";
import { membersOf } from "../../src/runs/hold/members.ts";

function factsOf(args: object) {
  return argumentFacts(membersOf(JSON.stringify(args)));
}

it.each([
  [{ "to\u200b": "ada@example.com" }, String.raw`(\u{200b})`],
  [{ order: { "\u001b[8m hidden": true } }, String.raw`(\u{1b})`],
])(
  "the name of an argument that cannot be read as it is, is of a high risk: %j",
  (args, written) => {
    expect(factsOf(args)).toContainEqual(
      expect.objectContaining({ weight: "high", text: expect.stringContaining(written) }),
    );
    expect(factsOf(args)[0]?.text).toContain("The name of an argument");
  },
);

it("what stands behind a long gap is told", () => {
  expect(factsOf({ to: `ada@example.com${" ".repeat(400)}eve@evil.example` })).toContainEqual({
    text: "to has 400 spaces in a row, and behind them: “eve@evil.example”",
    weight: "normal",
    badge: "long gap",
  });
  const code = "if (a) {\n    return 1;\n}\n\n\n\nfunction b() {}";
  expect(factsOf({ code }).filter(({ badge }) => badge === "long gap")).toEqual([]);
});
