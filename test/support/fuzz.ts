import fc from "fast-check";

import { isThorough } from "./thorough.ts";

/**
 * How often a fuzz target is tried: `HOLDPOINT_FUZZ_RUNS=20000` for as many as that, and
 * `HOLDPOINT_TEST_SEED` for the same ones again.
 */
export function fuzzOptions(few: number): { numRuns: number; seed?: number } {
  const asked = process.env["HOLDPOINT_FUZZ_RUNS"];
  const seed = process.env["HOLDPOINT_TEST_SEED"];
  const numRuns = asked === undefined ? few * (isThorough ? 20 : 1) : Number(asked);
  return { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

/** How long a fuzz target may take. */
export const fuzzTimeout = { timeout: 3_600_000 };

/** Values that programs stumble over. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1e308, 2 ** 53, "", "\u0000", "__proto__", "..", [], {}),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constant("x".repeat(3_000)),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Changes to a text: each puts something in the place of some characters. */
export const textChanges = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
    cut: fc.nat({ max: 40 }),
    put: fc.oneof(
      fc.constantFrom("", '"', "{", "}", "[", "]", ",", ":", "\\", "\n", "0", "null", "\ud800"),
      fc.string({ unit: "binary", maxLength: 8 }),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

export function changeText(
  text: string,
  changes: readonly { at: number; cut: number; put: string }[],
) {
  return changes.reduce((now, { at, cut, put }) => {
    const from = Math.floor(at * now.length);
    return now.slice(0, from) + put + now.slice(from + cut);
  }, text);
}

/** Changes to a JSON value: each replaces, removes or doubles one of its members. */
export const valueChanges = fc.array(
  fc.record({
    at: fc.nat(),
    how: fc.constantFrom("replace", "remove", "double", "swap"),
    value: oddValue,
  }),
  { minLength: 1, maxLength: 3 },
);

interface ValueChange {
  at: number;
  how: "replace" | "remove" | "double" | "swap";
  value: unknown;
}

/** A copy of a JSON value with some of its members changed. */
export function changeValue(value: unknown, changes: readonly ValueChange[]): unknown {
  const copy: unknown = structuredClone(value);
  for (const { at, how, value: odd } of changes) {
    const places = membersOf(copy);
    const place = places[at % Math.max(places.length, 1)];
    if (place === undefined) continue;
    const { holder, key } = place;
    const other = places[(at * 7 + 1) % places.length];
    if (how === "replace") holder[key] = odd;
    else if (how === "remove") {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    } else if (how === "double" && Array.isArray(holder)) holder.push(structuredClone(holder[key]));
    else holder[key] = structuredClone(other?.holder[other.key]);
  }
  return copy;
}

type Holder = Record<string, unknown>;

function membersOf(value: unknown): { holder: Holder; key: string }[] {
  if (typeof value !== "object" || value === null) return [];
  const holder = value as Holder;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...membersOf(holder[key])]);
}
