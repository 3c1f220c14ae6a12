import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalJson, isPlainJson } from "../../src/lib/json.ts";

const seed = 20_260_104;

describe("canonical JSON", () => {
  const samples: { name: string; value: unknown; text: string }[] = [
    { name: "keys in order", value: { b: 1, a: 2, "": 3 }, text: '{"":3,"a":2,"b":1}' },
    { name: "capitals first", value: { a: 1, B: 2 }, text: '{"B":2,"a":1}' },
    {
      name: "keys by UTF-16 code units",
      value: { "\u{1F600}": 1, "\uFB33": 2, "\u20AC": 3, "1": 4 },
      text: '{"1":4,"\u20AC":3,"\u{1F600}":1,"\uFB33":2}',
    },
    {
      name: "keys inside",
      value: [{ b: { d: 1, c: 2 }, a: [] }],
      text: '[{"a":[],"b":{"c":2,"d":1}}]',
    },
    { name: "lists as they are", value: [3, 1, 2], text: "[3,1,2]" },
    { name: "whole numbers", value: 1.0, text: "1" },
    { name: "large numbers", value: 1e30, text: "1e+30" },
    { name: "small numbers", value: 2e-3, text: "0.002" },
    { name: "minus zero", value: -0, text: "0" },
    { name: "escapes", value: "\u20AC$\u000F\nA'B\"\\", text: '"\u20AC$\\u000f\\nA\'B\\"\\\\"' },
    { name: "nothing", value: null, text: "null" },
    { name: "absent members left out", value: { a: undefined, b: 1 }, text: '{"b":1}' },
  ];

  it.each(samples)("has $name", ({ value, text }) => {
    expect(canonicalJson(value)).toBe(text);
  });

  it.each([
    ["NaN", Number.NaN],
    ["infinity", [Infinity]],
    ["a function", { a: () => 1 }],
    ["a symbol", Symbol("x")],
    ["nothing at all", undefined],
    ["nothing in a list", [undefined]],
    ["a bigint", 1n],
  ])("refuses %s", (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it(`is the same for equal values, and reads back as the value (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.jsonValue(), (given) => {
        const value: unknown = JSON.parse(JSON.stringify(given));
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(value);
        expect(canonicalJson(reversed(value))).toBe(text);
        expect(isPlainJson(value)).toBe(true);
      }),
      { seed, numRuns: 500 },
    );
  });
});

/** The same value with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => reversed(item));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([key, member]) => [key, reversed(member)]);
  return Object.fromEntries(members.toReversed());
}
