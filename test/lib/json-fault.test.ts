import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { describePosition, findJsonFault } from "../../src/lib/json-fault.ts";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function placeOf(text: string): string | undefined {
  const fault = findJsonFault(text);
  return fault && `${describePosition(text, fault.at)}: ${fault.why}`;
}

describe("a fault in JSON", () => {
  it.each([
    ['{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: a comma or the closing bracket is missing"],
    ['{\n  "a": 1,\n}', 'line 3, column 1: a name in " " is missing'],
    ['{ "a" 1 }', "line 1, column 7: a colon is missing"],
    ['{ "a": }', "line 1, column 8: a value is missing"],
    ["{ a: 1 }", 'line 1, column 3: a name in " " or } is missing'],
    ["[1, 2", "line 1, column 6: the text ends, and a comma or the closing bracket is missing"],
    ["[1, 2}", "line 1, column 6: a comma or the closing bracket is missing"],
    ["[] []", "line 1, column 4: nothing may follow here"],
    ["", "line 1, column 1: the text ends, and a value is missing"],
    [
      '["a\nb"]',
      "line 1, column 2: a text in quotation marks is not closed, or has a character that must be escaped",
    ],
    ["[01]", "line 1, column 2: a value or ] is missing"],
  ])("in %j is where it is", (text, place) => {
    expect(placeOf(text)).toBe(place);
  });

  it("is found exactly where JSON.parse finds one", () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom("", ",", "}", '"', "0", "x", "\\", " "),
      )
      .map(([text, at, count, put]) => {
        const from = at % (text.length + 1);
        return text.slice(0, from) + put + text.slice(from + count);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text));
      }),
      { seed: 20_261_128, numRuns: 2_000 },
    );
  });
});
