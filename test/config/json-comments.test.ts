import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { withoutComments } from "../../src/config/json-comments.ts";

describe("JSON with comments", () => {
  it.each<[string, unknown]>([
    ['{ "a": 1, // one }\n "b": 2 }', { a: 1, b: 2 }],
    ['{ "a": [1, 2, /* ] */ ], }', { a: [1, 2] }],
    ['{ "a": "// no, /* none */ ,]" }', { a: "// no, /* none */ ,]" }],
    [String.raw`{ "a": "\"// ,}" /**/ }`, { a: '"// ,}' }],
    ["\u{feff}[]", []],
  ])("%j is read", (text, value) => {
    expect(JSON.parse(withoutComments(text))).toEqual(value);
  });

  it("without any is what it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(withoutComments(text)).toBe(text);
      }),
    );
  });
});
