import fc from "fast-check";
import { expect, it } from "vitest";

import { lineDifference } from "../../src/lib/line-difference.ts";

const shown = (before: string, after: string): string[] =>
  lineDifference(before, after).map(({ mark, text }) => `${mark}${text}`);

it.each([
  ["one\ntwo\nthree", "one\n2\nthree", [" one", "-two", "+2", " three"]],
  ["a\nb", "a\nb", [" a", " b"]],
  ["", "new", ["-", "+new"]],
  ["a\nb\nc", "c\na\nb", ["+c", " a", " b", "-c"]],
  ["a\n", "a", [" a", "-"]],
])("tells what goes and what comes between %j and %j", (before, after, lines) => {
  expect(shown(before, after)).toEqual(lines);
});

it("has both texts in it, whatever they are, and no line twice", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 30 });
  fc.assert(
    fc.property(text, text, (from, to) => {
      const changes = lineDifference(from.join("\n"), to.join("\n"));
      const of = (marks: string): string =>
        changes.flatMap(({ mark, text: line }) => (marks.includes(mark) ? line : [])).join("\n");
      expect(of(" -")).toBe(from.join("\n"));
      expect(of(" +")).toBe(to.join("\n"));
    }),
  );
});

it("takes texts that have nothing in common as replaced", () => {
  const [from, to] = ["a", "b"].map((name) =>
    Array.from({ length: 3_000 }, (_, at) => `${name}${at}`).join("\n"),
  );
  const changes = lineDifference(from ?? "", to ?? "");
  expect(changes.filter(({ mark }) => mark === "-")).toHaveLength(3_000);
  expect(changes.filter(({ mark }) => mark === "+")).toHaveLength(3_000);
});
