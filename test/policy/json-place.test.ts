import { expect, it } from "vitest";

import { fillPlaces, placeProblem, valueAt } from "../../src/policy/json-place.ts";

const answer = { content: [{ type: "text", text: "hello" }], "a-b": { 0: "zero" } };

it.each([
  ["$.content[0].text", "hello"],
  ["$.content[1].text", undefined],
  ["$.content.length", undefined],
  ["$.content[0].text.length", undefined],
  ["$.a-b.0", "zero"],
  ["$.constructor", undefined],
])("%s is %j", (place, value) => {
  expect(placeProblem(place)).toBeUndefined();
  expect(valueAt(answer, place)).toEqual(value);
});

it("$ is all of it", () => {
  expect(valueAt(answer, "$")).toBe(answer);
});

it.each([
  "",
  "a",
  "$a",
  "$.",
  "$.a.",
  "$..a",
  "$.a[*]",
  "$.a[-1]",
  "$.a[0",
  "$['a']",
  "$.a b",
  "$.a[1234567]",
])("%j is no place", (place) => {
  expect(placeProblem(place)).toContain("$.a.b[0]");
});

it("puts what stands at places into a template, and leaves the rest", () => {
  const template = { id: "$.ids[1]", deep: [{ all: "$.ids" }], price: "$5", flag: true };
  expect(fillPlaces(template, { ids: [1, 2] })).toEqual({
    id: 2,
    deep: [{ all: [1, 2] }],
    price: "$5",
    flag: true,
  });
  expect(() => fillPlaces({ id: "$.id" }, {})).toThrow("the call has nothing at $.id");
});
