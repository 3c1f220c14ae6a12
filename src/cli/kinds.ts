import { HoldpointError } from "../lib/errors.ts";

/** Said or not. */
export function flag(meaning: string) {
  return { meaning, default: false, read: () => true } as const;
}

/** A flag that can be given one of some texts: `bare` stands for the flag by itself. */
export function flagOr<const B extends string, const A extends string>(
  bare: B,
  { also, meaning }: { also: readonly A[]; meaning: string },
) {
  return {
    meaning,
    also,
    read(given: string, name: string): A | B {
      const found = given === "" ? bare : also.find((each) => each === given);
      if (found !== undefined) return found;
      const there = [name, ...also.map((each) => `${name}=${each}`)].join(", or ");
      throw new HoldpointError("invalid_input", `${there}: there is no ${name}=${given}`);
    },
  };
}

export function text(value: string, meaning: string) {
  return { value, meaning, read: (given: string): string => given };
}

/** A word that must be said. */
export function word(value: string, meaning: string) {
  return { ...text(value, meaning), required: true } as const;
}

/** Read by `find`, which has nothing for what is not `wanted`. */
function reader<T>(find: (given: string) => T | undefined, wanted: string) {
  return (given: string, name: string): T => {
    const value = find(given);
    if (value !== undefined) return value;
    throw new HoldpointError("invalid_input", `${name} must be ${wanted}, not "${given}"`);
  };
}

export function oneOf<const V extends string>(value: string, of: readonly V[]) {
  const meaning = of.length === 1 ? of.join("") : `one of ${of.join(", ")}`;
  return { value, meaning, read: reader((given) => of.find((each) => each === given), meaning) };
}

/** A whole number, from 1 on where nothing else is said. */
export function whole(
  meaning: string,
  { least = 1, most }: { least?: number; most?: number } = {},
) {
  const range = most === undefined ? `above ${least - 1}` : `from ${least} to ${most}`;
  const find = (given: string): number | undefined => {
    const number = numberIn(given, least, most ?? Number.MAX_SAFE_INTEGER);
    return Number.isInteger(number) ? number : undefined;
  };
  return { value: "N", meaning, read: reader(find, `a whole number ${range}`) };
}

export function seconds(meaning: string) {
  return { value: "SECONDS", meaning, read: reader(toSeconds, "a number of seconds") };
}

function toSeconds(given: string): number | undefined {
  return numberIn(given, 0, Number.MAX_VALUE);
}

function numberIn(given: string, least: number, most: number): number | undefined {
  const number = given.trim() === "" ? Number.NaN : Number(given);
  return number >= least && number <= most ? number : undefined;
}

const unitMs = new Map([
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** `30d`, in milliseconds. */
export function span(meaning: string) {
  const wanted = "a span such as 30d (m minutes, h hours, d days, w weeks)";
  return { value: "SPAN", meaning, read: reader(toMs, wanted) };
}

function toMs(given: string): number | undefined {
  const [, count = "", unit = ""] = /^(\d{1,6})([mhdw])$/.exec(given) ?? [];
  const ms = unitMs.get(unit);
  return ms === undefined ? undefined : Number(count) * ms;
}
