import { expect, it } from "vitest";

import { membersOf } from "../../../src/runs/hold/members.ts";
import { isTyped, typedAfter, typedFactOf } from "../../../src/runs/hold/typed-fact.ts";

const factOf = (value: object) => typedFactOf(membersOf(JSON.stringify(value)), "a_tool");

it.each([
  [
    "an amount",
    { order: { cents: 99_000 } },
    "order.cents",
    "99000",
    ["order.cents", "500"],
    "500",
  ],
  ["an address", { to: "a@b.example" }, "to", "a@b.example", ["to", "c@d.example"], "c@d.example"],
  [
    "a path",
    { path: "/srv/app/releases" },
    "last part of path",
    "releases",
    ["path", "/srv/app/old/"],
    "old",
  ],
  ["what is no fact", { note: "Hello" }, "tool", "a_tool", ["note", "Bye"], "a_tool"],
  ["nothing", { cents: 5 }, "cents", "5", ["cents", " "], "5"],
] as const)(
  "what is to be typed follows a change of %s",
  (_, value, name, text, [at, changed], wanted) => {
    const fact = factOf(value);
    expect(fact).toMatchObject({ name, text });
    expect(typedAfter(fact, new Map())).toBe(text);
    expect(typedAfter(fact, new Map([[at, changed]]))).toBe(wanted);
  },
);

it("digits in groups are the same number, and nothing else is", () => {
  expect(isTyped(" 99,000 ", "99000")).toBe(true);
  expect(isTyped("9,900", "99000")).toBe(false);
  expect(isTyped("Releases", "releases")).toBe(false);
});
