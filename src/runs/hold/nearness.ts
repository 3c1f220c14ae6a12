/**
 * Whether two texts would be taken for each other: an address with another letter, a folder with a
 * letter more.
 */

/** Letters of other scripts that look like these. */
const TWINS: Readonly<Record<string, string>> = {
  а: "a",
  е: "e",
  о: "o",
  р: "p",
  с: "c",
  у: "y",
  х: "x",
  ѕ: "s",
  і: "i",
  ј: "j",
  ԁ: "d",
  һ: "h",
  ӏ: "l",
  α: "a",
  ο: "o",
  ρ: "p",
  ν: "v",
  ι: "i",
};

const LONGEST = 300;

/** What is left of a text once all that looks alike is one: `examp1e` and `example` are the same. */
export function skeletonOf(text: string): string {
  return Array.from(text.normalize("NFKD").toLowerCase(), (each) => TWINS[each] ?? each)
    .join("")
    .replaceAll(/[\p{M}\p{Default_Ignorable_Code_Point}]/gu, "")
    .replaceAll("rn", "m")
    .replaceAll("vv", "w")
    .replaceAll("cl", "d")
    .replaceAll(/[1|i!]/g, "l")
    .replaceAll("0", "o")
    .replaceAll("5", "s")
    .replaceAll(/[-_\s]/g, "");
}

/** Whether two different texts are taken for each other; not those that only count, as `a1`, `a2`. */
export function isNear(a: string, b: string): boolean {
  if (a === b || a.length > LONGEST || b.length > LONGEST) return false;
  if (a.toLowerCase() === b.toLowerCase()) return false;
  if (skeletonOf(a) === skeletonOf(b)) return true;
  const ends = endsOf(a);
  if (ends !== undefined && ends === endsOf(b)) return true;
  if (uncounted(a) === uncounted(b)) return false;
  const most = Math.min(a.length, b.length) < 8 ? 1 : 2;
  return Math.min(a.length, b.length) >= 5 && distance(a, b, most) <= most;
}

/**
 * What people compare of a long number, as of an account or a wallet: how it begins, and its last
 * four. `undefined` of what is no such number.
 */
export function endsOf(text: string): string | undefined {
  const plain = text.replaceAll(/[\s_-]/g, "");
  const isNumber = /^[a-z\d]{14,}$/i.test(plain) && plain.replaceAll(/\D/g, "").length >= 8;
  return isNumber ? `${plain.slice(0, 2)}${plain.slice(-4)}`.toLowerCase() : undefined;
}

/** So many digits name somebody, and do not count. */
const LONG = 8;

/**
 * A number by which somebody is called or paid, without what it is grouped with; `undefined` of what
 * is none.
 */
export function longNumberOf(text: string): string | undefined {
  const plain = text.replaceAll(/[\s()./-]/g, "").toUpperCase();
  const isLong = plain.replaceAll(/\D/g, "").length >= LONG;
  return isLong && /^(?:\+?\d+|[A-Z]{2}\d{2}[A-Z\d]+)$/.test(plain) ? plain : undefined;
}

/** In groups of four, as of an account; or of digits with what is put between those of telephones. */
const WRITTEN =
  /\b[A-Z]{2}\d{2}(?: ?[A-Z\d]{4}){2,7}(?: ?[A-Z\d]{1,3})?\b|(?<![\w.])\+?\d[\d ()/-]{6,24}\d(?!\w)/g;

/** Such numbers in a text, as they are written there. */
export function longNumbersIn(text: string): string[] {
  return (text.match(WRITTEN) ?? []).filter((each) => longNumberOf(each) !== undefined);
}

/**
 * Whether two such numbers are one but for a digit, changed, left out, put in or swapped; or begin
 * and end alike.
 */
export function isNearNumber(a: string, b: string): boolean {
  if (a === b) return false;
  const ends = endsOf(a);
  return distance(a, b, 1) <= 1 || (ends !== undefined && ends === endsOf(b));
}

function uncounted(text: string): string {
  return text.replaceAll(/\d+/g, "#");
}

/** How many letters are put in, left out, changed or swapped; more than `most` is not counted out. */
export function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let older: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (older[j - 2] ?? 0) + 1 : changed;
      next[j] = Math.min(changed, swapped, (last[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
    }
    if (Math.min(...next) > most) return most + 1;
    [older, last] = [last, next];
  }
  return last[b.length] ?? 0;
}
