import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { AmbiguousJsonError, parseStrictJson } from "../../src/lib/strict-json.ts";

const accepted = [
  "null",
  " \n\t[] ",
  '""',
  "0.1",
  "1e3",
  "1.0",
  "5e-324",
  "1e-400",
  '{"a":"-0","b":[-0.5,-1e-3]}',
  "9007199254740991",
  "-9007199254740991",
  "9007199254740990.9",
  "[1,[2,[3]],{}]",
  '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
  '{"a":"a","b":"a"}',
  '{"":1,"\\u0000":2}',
  '{"__proto__":{"x":1},"constructor":2,"toString":3}',
  '{"a\\"}":"\\\\","b":"{\\"a\\":1,\\"a\\":2}"}',
  '["1e400","9007199254740993"]',
  '{"a" \n : 1}',
];

const duplicates: [text: string, position: number][] = [
  ['{"a":1,"a":1}', 7],
  ['{"a":1,"\\u0061":2}', 7],
  ['{"\\u00e9":1,"é":2}', 12],
  ['{"__proto__":1,"__proto__":2}', 15],
  ['{"":1,"":2}', 6],
  ['[0,{"x":{"k":[],"z":1, "k" : 2}}]', 23],
  ['{"a":{"b":1},"a":2}', 13],
];

const unsafe: [text: string, position: number][] = [
  ["9007199254740992", 0],
  ["9007199254740993", 0],
  ["-9007199254740993", 0],
  ["1e400", 0],
  ["-1e400", 0],
  ["1e21", 0],
  ["9007199254740993.0", 0],
  ['{"a":[1,123456789012345678901]}', 8],
];

const malformed = [
  "",
  "{",
  '{"a":}',
  "[1,]",
  "{'a':1}",
  "01",
  "NaN",
  "Infinity",
  '"\n"',
  "1 2",
  "\ufeff1",
];

const runs = { seed: 20_260_801, numRuns: 300 };

describe("parseStrictJson", () => {
  it.each(accepted)("reads %j as JSON.parse does", (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it("keeps a key named __proto__ as a property of its own", () => {
    const value = parseStrictJson('{"__proto__":{"admin":true}}');
    expect(Object.keys(value ?? {})).toEqual(["__proto__"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each(duplicates)("refuses the duplicate key in %j", (text, position) => {
    expect(() => parseStrictJson(text)).toThrow(
      expect.objectContaining({
        name: "SyntaxError",
        message: `Cannot parse JSON: line 1, column ${position + 1}: this object has a key of this name already`,
      }),
    );
  });

  it.each(unsafe)("refuses the number in %j", (text, position) => {
    expect(() => parseStrictJson(text)).toThrow(
      expect.objectContaining({
        name: "SyntaxError",
        message: `Cannot parse JSON: line 1, column ${position + 1}: this whole number is too large to be read exactly: give it as a text`,
      }),
    );
  });

  it.each(malformed)("refuses %j", (text) => {
    expect(() => parseStrictJson(text)).toThrow(/^Cannot parse JSON: line \d+, column \d+: \w/);
  });

  it("never quotes the text, not even in the cause", () => {
    for (const text of ["sk-secret", '{"sk-secret":1,"sk-secret":2}', "123456789012345678"]) {
      const error: unknown = thrownBy(() => parseStrictJson(text));
      expect(error).toBeInstanceOf(SyntaxError);
      expect(String(error)).not.toMatch(/secret|12345/);
      expect(error).not.toHaveProperty("cause");
    }
  });

  it("reads what JSON.stringify writes, whatever the value and spacing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        fc.pre(!hasUnsafeInteger(JSON.parse(text)));
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      runs,
    );
  });

  it("refuses an object exactly when two of its keys are the same", () => {
    const keys = fc.array(fc.constantFrom("a", "b", '"', "\\", "é", "__proto__", ""));
    fc.assert(
      fc.property(keys, fc.boolean(), (names, escaped) => {
        const members = names.map(
          (name) => `${escaped ? escapeAll(name) : JSON.stringify(name)}:0`,
        );
        const text = `[{${members.join(",")}}]`;
        const error = thrownBy(() => parseStrictJson(text));
        expect(error instanceof SyntaxError).toBe(new Set(names).size < names.length);
      }),
      runs,
    );
  });

  it("takes nesting of any depth", () => {
    const depth = 50_000;
    expect(() => parseStrictJson("[".repeat(depth) + "]".repeat(depth))).not.toThrow();
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

function hasUnsafeInteger(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && !Number.isSafeInteger(value);
  return typeof value === "object" && value !== null && Object.values(value).some(hasUnsafeInteger);
}

function escapeAll(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}

it.each(["-0", "-0.0", "-0e9", "-1e-400", '{"a":[{"b":-0}],"c":"-0"}'])(
  "reads the zero of %s as the one that it would be shown as",
  (text) => {
    const value = parseStrictJson(text);
    expect(value).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))));
  },
);

it("reads a deep text with such a zero", () => {
  const text = `${"[".repeat(20_000)}-0${"]".repeat(20_000)}`;
  expect(Array.isArray(parseStrictJson(text))).toBe(true);
});

it.each([
  ['{"a":{"b":[0,{"c":1,"c":2}]}}', "duplicate_key", ["a", "b", 1, "c"]],
  ['{"a":1,"b":[1,[2,1e400]]}', "unsafe_integer", ["b", 1, 1]],
  ['{"a":{"x":1},"b":9007199254740993}', "unsafe_integer", ["b"]],
  ["1e400", "unsafe_integer", []],
])("says which member of %s can be read in two ways", (text, fault, path) => {
  let thrown: unknown;
  try {
    parseStrictJson(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(AmbiguousJsonError);
  expect(thrown).toMatchObject({ fault, path });
});
