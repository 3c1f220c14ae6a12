import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isLike, likenessLines, likenessOf } from "../../../src/runs/grants/likeness.ts";
import { visibleLine } from "../../../src/runs/shown-text.ts";

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** Few names and values, so that calls meet; look-alikes and ways out of a folder among them. */
const names = ["to", "path", "cents", "note", "orderId", "count", "force", "a.b", "a", "b", "[0]"];
const values: Json[] = [
  "ada@example.com",
  "аda@example.com",
  "bob@example.com",
  "/srv/notes/a.md",
  "/srv/notes/b.md",
  "/srv/notes/../etc/passwd",
  "/srv/notes/..",
  "/srv/notes//b.md",
  "/srv/notes/x/b.md",
  "/srv/notes/\u202eb.md",
  "",
  "hello",
  "99",
  "ord_1",
  "ord_2",
  0,
  -1,
  5,
  500,
  5_000,
  0.5,
  true,
  false,
  null,
];
const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 2 }) },
    {
      weight: 2,
      arbitrary: fc.dictionary(fc.constantFrom(...names), tie("value"), { maxKeys: 3 }),
    },
  ),
})).value;
const calls = fc.dictionary(fc.constantFrom(...names), json, { maxKeys: 4 });

/** A call, and one that was made of it by changing a few of its values. */
const pairs = fc
  .tuple(calls, fc.array(fc.tuple(fc.nat(), json), { maxLength: 2 }), calls)
  .chain(([call, changes, other]) => {
    const changed = structuredClone(call);
    for (const [at, value] of changes) {
      const keys = Object.keys(changed);
      const key = keys[at % Math.max(1, keys.length)];
      if (key !== undefined) changed[key] = value;
    }
    return fc.constantFrom([call, changed] as const, [call, call] as const, [call, other] as const);
  });

/** Every value of a call with where it stands, as a reader of the card finds it. */
function leaves(value: Json, at = ""): [string, Json][] {
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, `${at}[${index}]`));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([name, each]) =>
      leaves(each, at === "" ? name : `${at}.${name}`),
    );
  }
  return [[at, value]];
}

/** Whether a line of the card lets this value stand there; by its words alone. */
function isDescribed(line: string, at: string, value: Json): boolean {
  const says = line.slice(`${at} is `.length);
  if (!line.startsWith(`${at} is `)) return false;
  if (says === "any text") return typeof value === "string";
  if (says === "any number") return typeof value === "number";
  const [, most] = /^([\d.,]+) at most$/.exec(says) ?? [];
  if (most !== undefined) {
    return typeof value === "number" && value >= 0 && value <= Number(most.replaceAll(",", ""));
  }
  const [, folder] = /^anything in (\S+), not deeper$/.exec(says) ?? [];
  if (folder !== undefined) {
    const rest =
      typeof value === "string" && value.startsWith(folder) ? value.slice(folder.length) : "";
    return /^[\w-][\w.-]*$/.test(rest);
  }
  // What cannot be seen is written out.
  return says === (value === "" ? '""' : visibleLine(String(value)));
}

describe("calls that are like one that somebody looked at", () => {
  it("are never any that its card does not describe", () => {
    fc.assert(
      fc.property(pairs, ([call, other]) => {
        const likeness = likenessOf(JSON.stringify(call));
        fc.pre(likeness !== undefined && isLike(likeness, JSON.stringify(other)));
        const card = likeness === undefined ? [] : likenessLines(likeness);
        const found = leaves(other);
        expect(
          leaves(call)
            .map(([at]) => at)
            .toSorted(),
        ).toEqual(found.map(([at]) => at).toSorted());
        for (const [at, value] of found) {
          const isSaid = card.some((line) => isDescribed(line, at, value));
          expect({ card, at, value, isSaid }).toMatchObject({ isSaid: true });
        }
      }),
      { numRuns: 5_000, maxSkipsPerRun: 1_000 },
    );
  });

  it("have every member that it has, and no other", () => {
    fc.assert(
      fc.property(calls, fc.constantFrom(...names), json, (call, name, value) => {
        fc.pre(!Object.hasOwn(call, name));
        const likeness = likenessOf(JSON.stringify(call));
        fc.pre(likeness !== undefined);
        const more = JSON.stringify({ ...call, [name]: value });
        expect(likeness !== undefined && isLike(likeness, more)).toBe(false);
        const whole = likenessOf(more);
        expect(whole !== undefined && isLike(whole, JSON.stringify(call))).toBe(false);
      }),
    );
  });

  it.each([
    [{ to: "a@b.example", body: "Hi there" }, { to: "a@b.example", body: "Bye" }, true],
    [{ to: "a@b.example", body: "Hi there" }, { to: "c@b.example", body: "Hi there" }, false],
    [{ cents: 500 }, { cents: 499 }, true],
    [{ cents: 500 }, { cents: 501 }, false],
    [{ cents: 500 }, { cents: -5 }, false],
    [{ path: "/srv/notes/a.md" }, { path: "/srv/notes/b.md" }, true],
    [{ path: "/srv/notes/a.md" }, { path: "/srv/notes/x/b.md" }, false],
    [{ path: "/srv/notes/a.md" }, { path: "/srv/notes/.." }, false],
    [{ path: "/srv/notes/../a.md" }, { path: "/srv/notes/../b.md" }, false],
    [{ orderId: "ord_1", force: false }, { orderId: "ord_2", force: false }, true],
    [{ orderId: "ord_1", force: false }, { orderId: "ord_2", force: true }, false],
    [{ command: "ls" }, { command: "ls -l" }, false],
    [{ list: [] }, { list: {} }, false],
    [{ a: { b: 1 } }, { "a.b": 1 }, false],
  ])("%j and %j: %j", (call, other, expected) => {
    const likeness = likenessOf(JSON.stringify(call));
    expect(likeness !== undefined && isLike(likeness, JSON.stringify(other))).toBe(expected);
  });
});
