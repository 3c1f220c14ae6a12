import { isDeepStrictEqual } from "node:util";

import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { canonicalJson, isPlainJson, jsonCopy } from "../../src/lib/json.ts";

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

describe("a copy as JSON", () => {
  const read = (value: unknown): unknown => {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : JSON.parse(text);
  };
  const throwsOr = (work: () => unknown): unknown => {
    try {
      return work();
    } catch (error) {
      return error instanceof TypeError ? "TypeError" : error;
    }
  };

  it(`is what writing and reading makes of any value (seed ${seed})`, () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      key: fc.oneof(fc.string(), fc.constantFrom("__proto__", "toJSON", "1", "constructor")),
    });
    fc.assert(
      fc.property(anything, (value) => {
        const expected = throwsOr(() => read(value));
        const copy = throwsOr(() => jsonCopy(value));
        expect(isDeepStrictEqual(copy, expected)).toBe(true);
        // In the same order, too.
        expect(JSON.stringify(copy)).toBe(JSON.stringify(expected));
      }),
      { seed, numRuns: 3_000 },
    );
  });

  it("takes the form that a value gives itself", () => {
    const money = { cents: 5, toJSON: (key: string) => `${key}: 5 cents` };
    const value = { price: money, list: [money], at: new Date(0) };
    expect(jsonCopy(value)).toStrictEqual(read(value));
  });

  it("shares nothing with the value", () => {
    const value = { list: [{ a: 1 }] };
    const copy = jsonCopy(value);
    value.list[0] = { a: 2 };
    expect(copy).toStrictEqual({ list: [{ a: 1 }] });
  });

  it("refuses a cycle, and takes any depth that JSON takes", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    expect(() => jsonCopy(cycle)).toThrow(TypeError);
    let deep: unknown = "end";
    for (let level = 0; level < 1_000; level += 1) deep = { deep };
    expect(jsonCopy(deep)).toStrictEqual(deep);
  });
});
