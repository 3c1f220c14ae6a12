import { visibleLine } from "../shown-text.ts";
import { dateOf, numberText, surroundingsOf, valueText, type Member } from "./members.ts";
import type { Fact } from "./presentation.ts";
import type { Quantity, Saying, Source } from "./said.ts";

interface Day {
  readonly year: string;
  readonly month: string;
  readonly day: string;
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const WORD = `(${MONTHS.join("|")})[a-z]*\\.?`;
/** Ways to write a day of a year that can be read in one way only. */
const written: readonly [RegExp, (parts: string[]) => Day][] = [
  [
    /(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)/g,
    ([year = "", month = "", day = ""]) => ({ year, month, day }),
  ],
  [
    /(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})(?!\d)/g,
    ([day = "", month = "", year = ""]) => ({ year, month, day }),
  ],
  [
    new RegExp(
      `(?<!\\d)(\\d{1,2})(?:st|nd|rd|th|\\.)?\\s+(?:of\\s+)?${WORD},?\\s+(\\d{4})(?!\\d)`,
      "gi",
    ),
    ([day = "", month = "", year = ""]) => ({ year, month: monthOf(month), day }),
  ],
  [
    new RegExp(`\\b${WORD}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})(?!\\d)`, "gi"),
    ([month = "", day = "", year = ""]) => ({ year, month: monthOf(month), day }),
  ],
];

function monthOf(word: string): string {
  return String(MONTHS.indexOf(word.toLowerCase()) + 1);
}

function daysIn(saying: Saying): readonly string[] {
  saying.days ??= written.flatMap(([pattern, read]) =>
    Array.from(saying.text.matchAll(pattern), ([, ...parts]) => {
      const { year, month, day } = read(parts);
      return `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    }),
  );
  return saying.days;
}

/** Days, units and members of a list that are others than those they come from. */
export function measureFacts(members: readonly Member[], sources: readonly Source[]): Fact[] {
  const [byUser] = sources;
  return [
    ...members.flatMap((member) => dayFacts(member, sources)),
    ...unitFacts(members, sources),
    ...outsiderFacts(members, byUser?.sayings ?? []),
  ];
}

/** A day that is in another year than where it comes from, or has its month and day swapped. */
function dayFacts(member: Member, sources: readonly Source[]): Fact[] {
  const day = dateOf(member);
  if (day === undefined) return [];
  const said = sources.map(({ sayings, says }) => ({ says, days: sayings.flatMap(daysIn) }));
  if (said.some(({ days }) => days.includes(day))) return [];
  for (const { says, days } of said) {
    const other = days.find((each) => isOtherYear(each, day) || isSwapped(each, day));
    if (other === undefined) continue;
    const text = `${visibleLine(member.at)} is ${day}, but ${says} ${other}`;
    return [{ text, weight: "normal", badge: "other date" }];
  }
  return [];
}

function isOtherYear(a: string, b: string): boolean {
  return a.slice(5) === b.slice(5);
}

function isSwapped(a: string, b: string): boolean {
  const [year, month, day] = a.split("-");
  return b === `${year}-${day}-${month}`;
}

/** Units by what they are called; those of one line are one. */
const units = new Map(
  [
    "µg ug mcg microgram micrograms",
    "mg milligram milligrams",
    "g gram grams",
    "kg kilo kilos kilogram kilograms",
    "t ton tons tonne tonnes",
    "oz ounce ounces",
    "lb lbs pound pounds",
    "ml milliliter milliliters millilitre millilitres",
    "l liter liters litre litres",
    "mm millimeter millimeters millimetre millimetres",
    "cm centimeter centimeters centimetre centimetres",
    "m meter meters metre metres",
    "km kilometer kilometers kilometre kilometres",
    "ft foot feet",
    "mi mile miles",
    "s sec secs second seconds",
    "min mins minute minutes",
    "h hr hrs hour hours",
    "day days",
    "week weeks",
    "month months",
    "kb kilobyte kilobytes",
    "mb megabyte megabytes",
    "gb gigabyte gigabytes",
    "tb terabyte terabytes",
    "pcs pc piece pieces unit units item items each",
    "box boxes carton cartons",
    "pack packs package packages",
    "pallet pallets",
    "dozen dozens",
    "% percent",
    "eur € euro euros",
    "usd $ dollar dollars",
    "gbp £",
    "chf",
    "jpy ¥ yen",
    "btc bitcoin bitcoins",
    "eth",
  ].flatMap((line) => line.split(" ").map((word): [string, string] => [word, line])),
);

const AFTER = /(?<![\w.])(\d[\d.,']*)\s?([a-zµ%€$£¥]+)(?![\w])/giu;
const BEFORE = /([€$£¥]|\b(?:eur|usd|gbp|chf|jpy|btc|eth))\s?(\d[\d.,']*)/giu;

function quantitiesIn(text: string): Quantity[] {
  const found = [
    ...Array.from(text.matchAll(AFTER), ([whole, number = "", unit = ""]) => ({
      whole,
      number,
      unit,
    })),
    ...Array.from(text.matchAll(BEFORE), ([whole, unit = "", number = ""]) => ({
      whole,
      number,
      unit,
    })),
  ];
  return found.flatMap(({ whole, number, unit }) => {
    const known = units.get(unit.toLowerCase());
    const value = Number(number.replace(/[.,']+$/, "").replaceAll(/[,'](?=\d{3}(?!\d))/g, ""));
    return known === undefined || Number.isNaN(value)
      ? []
      : [{ number: value, unit: known, text: whole.trim() }];
  });
}

/** A quantity with the number that was said, and another unit: 500 mg for 500 µg. */
function unitFacts(members: readonly Member[], sources: readonly Source[]): Fact[] {
  return quantitiesOf(members).flatMap(([member, own]): Fact[] => {
    const said = sources.map(({ sayings, says }) => ({
      says,
      quantities: sayings
        .flatMap((saying) => (saying.quantities ??= quantitiesIn(saying.text)))
        .filter(({ number }) => number === own.number),
    }));
    if (said.some(({ quantities }) => quantities.some(({ unit }) => unit === own.unit))) return [];
    for (const { says, quantities } of said) {
      const [other] = quantities;
      if (other === undefined) continue;
      const text = `${visibleLine(member.at)} is ${own.text}, but ${says} ${visibleLine(other.text)}`;
      return [{ text, weight: "high", badge: "other unit" }];
    }
    return [];
  });
}

/** `"5 kg"`, or `5` beside a member that is a unit. */
function quantitiesOf(members: readonly Member[]): [Member, Quantity][] {
  const inTexts = members.flatMap((member): [Member, Quantity][] => {
    const { value } = member;
    if (typeof value !== "string" || value.length > 40) return [];
    const [only, ...more] = quantitiesIn(value);
    return only?.text === value.trim() && more.length === 0 ? [[member, only]] : [];
  });
  const beside = [...grouped(members, ({ at }) => parentOf(at)).values()];
  return [...inTexts, ...beside.flatMap((each) => quantityBeside(each))];
}

/** The one number that a unit beside it is of: of two nobody knows which. */
function quantityBeside(members: readonly Member[]): [Member, Quantity][] {
  const [number, ...more] = members.filter(
    ({ name, value }) => typeof value === "number" && !units.has(name.toLowerCase()),
  );
  if (typeof number?.value !== "number" || more.length > 0) return [];
  for (const { value: word } of members) {
    const unit = typeof word === "string" ? units.get(word.trim().toLowerCase()) : undefined;
    if (unit === undefined) continue;
    const text = `${numberText(number.value)} ${visibleLine(String(word))}`;
    return [[number, { number: number.value, unit, text }]];
  }
  return [];
}

function parentOf(at: string): string {
  return at.replace(/\.?[^.]*$/, "");
}

/** So many of a list have to be in one place before another one stands out. */
const LIKE_FROM = 3;

/** Who is elsewhere than all others of a list, and was not named. */
function outsiderFacts(members: readonly Member[], task: readonly Saying[]): Fact[] {
  const inLists = members.filter((each) => each.role === "recipient" && /\[\d+\]/.test(each.at));
  const lists = grouped(inLists, ({ at }) => at.replaceAll(/\[\d+\]/g, "[]"));
  return [...lists.values()].flatMap((list) => {
    const places = grouped(list, (each) => surroundingsOf(each)?.toLowerCase() ?? "");
    const [most, ...others] = [...places].toSorted(([, a], [, b]) => b.length - a.length);
    const [place, alike] = most ?? ["", []];
    const outside = others.flatMap(([, each]) => each);
    const isFew = outside.length <= Math.max(1, Math.floor(list.length / 8));
    if (place === "" || alike.length < LIKE_FROM || !isFew) return [];
    return outside
      .filter(({ value }) => !task.some(({ text }) => text.includes(String(value))))
      .map((each): Fact => {
        const text = `${visibleLine(each.at)} is ${valueText(each.value)}: the ${alike.length} others are at ${valueText(place)}`;
        return { text, weight: "normal", badge: "outsider" };
      });
  });
}

function grouped(
  members: readonly Member[],
  by: (member: Member) => string,
): ReadonlyMap<string, Member[]> {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    const key = by(member);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  return groups;
}
