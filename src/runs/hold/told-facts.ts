import type { AgentInputItem } from "../../agents/items.ts";
import { textOfItem } from "../item-text.ts";
import { visibleLine } from "../shown-text.ts";
import { amountText, numberOf, numberText, valueText, type Member } from "./members.ts";
import { isNear, isNearNumber, longNumberOf, longNumbersIn } from "./nearness.ts";
import type { Fact } from "./presentation.ts";
import type { Saying, Source, SaidBefore } from "./said.ts";
import { measureFacts } from "./told-measures.ts";

const WORD_LIMIT = 5_000;

/**
 * How a call agrees with the task, and with what was read for it.
 *
 * @param told asked only where the call has a value that it could be about
 */
export function toldFacts(members: readonly Member[], told: () => SaidBefore): Fact[] {
  const isMeasured = members.some(({ value }) => typeof value === "string" && MEASURED.test(value));
  if (!members.some(({ role }) => ROLES.has(role)) && !isMeasured) return [];
  const { task, read } = told();
  const sources = [
    { sayings: task, says: "the task says" },
    { sayings: read, says: "a tool said" },
  ];
  const facts = members.flatMap((member): Fact[] => {
    if (member.role === "amount") return amountFacts(member, sources);
    if (member.role === "recipient") return nameFacts(member, sources);
    return member.role === "place"
      ? [...nameFacts(member, sources), ...placeFacts(member, task)]
      : [];
  });
  return isMeasured ? [...facts, ...measureFacts(members, sources)] : facts;
}

/** What can be a day, a unit or in a list: calls without are not looked through for those. */
const MEASURED = /\d|@|^.{1,12}$/;
const ROLES: ReadonlySet<Member["role"]> = new Set(["amount", "recipient", "place"]);

function hasText({ sayings }: Source, value: string): boolean {
  return sayings.some(({ text }) => text.includes(value));
}

function* wordsOf({ sayings }: Source): Generator<string> {
  let count = 0;
  for (const saying of sayings) {
    for (const word of wordsIn(saying)) {
      if (count >= WORD_LIMIT) return;
      count += 1;
      yield word;
    }
  }
}

/** So much of a text is looked through, its end first. */
const TEXT_LIMIT = 200_000;

/** An item is the same from turn to turn, and many calls are asked about behind it. */
const ofItems = new WeakMap<AgentInputItem, Saying>();

export function sayingOf(item: AgentInputItem): Saying {
  const known = ofItems.get(item);
  if (known !== undefined) return known;
  const saying = { text: textOfItem(item).slice(-TEXT_LIMIT) };
  ofItems.set(item, saying);
  return saying;
}

/** Names, addresses and places; each once. */
function wordsIn(saying: Saying): readonly string[] {
  if (saying.words !== undefined) return saying.words;
  const found = saying.text.match(/[\p{L}\p{N}~.][\p{L}\p{N}._@:/\\+~-]{3,}/gu);
  saying.words = [...new Set((found ?? []).map((word) => word.replace(/[.:,;]+$/, "")))];
  return saying.words;
}

const ENGLISH = /^(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/;
const GERMAN = /^(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$/;

/** In each way that their groups and decimals can be read. */
function numbersIn(saying: Saying): ReadonlySet<number> {
  if (saying.numbers !== undefined) return saying.numbers;
  const numbers = (saying.text.match(/\d[\d.,']*/g) ?? []).flatMap((found) => {
    const plain = found.replace(/[.,']+$/, "").replaceAll("'", "");
    return [
      ...(ENGLISH.test(plain) ? [Number(plain.replaceAll(",", ""))] : []),
      ...(GERMAN.test(plain) ? [Number(plain.replaceAll(".", "").replace(",", "."))] : []),
    ];
  });
  saying.numbers = new Set(numbers);
  return saying.numbers;
}

/** Names that are written otherwise where they come from. */
function nameFacts(member: Member, sources: readonly Source[]): Fact[] {
  const value = String(member.value);
  const [task] = sources;
  if (task !== undefined && hasText(task, value)) {
    return [{ text: `The task names ${valueText(value)}`, weight: "plain" }];
  }
  if (sources.some((source) => hasText(source, value))) return [];
  const number = longNumberOf(value);
  if (number !== undefined) return numberFacts(member, { number, sources });
  for (const source of sources) {
    for (const word of wordsOf(source)) {
      if (!isNear(word, value)) continue;
      const text = `${visibleLine(member.at)} is ${valueText(value)}, but ${source.says} ${valueText(word)}`;
      return [{ text, weight: "high", badge: "look-alike" }];
    }
  }
  return [];
}

/** Numbers that are called or paid, written with other gaps or with another digit. */
function numberFacts(
  { at, value }: Member,
  { number, sources }: { number: string; sources: readonly Source[] },
): Fact[] {
  const said = sources.map(({ sayings, says }) => ({
    says,
    numbers: sayings.flatMap((saying) => (saying.longNumbers ??= longNumbersIn(saying.text))),
  }));
  if (said.some(({ numbers }) => numbers.some((each) => longNumberOf(each) === number))) return [];
  for (const { says, numbers } of said) {
    const near = numbers.find((each) => isNearNumber(longNumberOf(each) ?? "", number));
    if (near === undefined) continue;
    const text = `${visibleLine(at)} is ${valueText(value)}, but ${says} ${valueText(near)}`;
    return [{ text, weight: "high", badge: "look-alike" }];
  }
  return [];
}

/** Places outside of those that the task speaks of. */
function placeFacts(member: Member, task: readonly Saying[]): Fact[] {
  const value = String(member.value);
  if (task.some(({ text }) => text.includes(value))) return [];
  const named = task.flatMap(({ text }) =>
    (text.match(/(?:~|\.{1,2}|[a-z]:)?[\\/][\p{L}\p{N}._\\/+~-]{2,}/giu) ?? []).map((each) =>
      each.replace(/[.\\/]+$/, ""),
    ),
  );
  if (named.length === 0) return [];
  const isInside = named.some((each) => {
    const folder = /\.\w{1,5}$/.test(each) ? each.replace(/[\\/][^\\/]*$/, "") : each;
    return value === each || value.startsWith(`${folder}/`) || value.startsWith(`${folder}\\`);
  });
  if (isInside || !/^(?:[\\/~]|[a-z]:)/i.test(value)) return [];
  const text = `${visibleLine(member.at)} is ${valueText(value)}, outside of what the task names: ${valueText(named[0] ?? "")}`;
  return [{ text, weight: "normal", badge: "other folder" }];
}

/** Amounts that are another one by a digit. */
function amountFacts(member: Member, sources: readonly Source[]): Fact[] {
  const value = numberOf(member);
  const scales = /cents$/i.test(member.name) ? [100, 1] : [1];
  const [task] = sources;
  const asked = task && scaleIn(task, value, scales);
  if (asked !== undefined) {
    return [{ text: `The task says ${numberText(value / asked)}`, weight: "plain" }];
  }
  for (const source of sources) {
    if (scaleIn(source, value, scales) !== undefined) return [];
    for (const number of source.sayings.flatMap((saying) => [...numbersIn(saying)])) {
      if (number >= 10 && scales.some((scale) => isDigitOff(value / scale, number))) {
        const text = `${visibleLine(member.at)} is ${amountText(member)}, but ${source.says} ${numberText(number)}`;
        return [{ text, weight: "high", badge: "other amount" }];
      }
    }
  }
  return [];
}

/** By what an amount is divided to be one that was said. */
function scaleIn({ sayings }: Source, value: number, scales: readonly number[]) {
  return scales.find((scale) => sayings.some((saying) => numbersIn(saying).has(value / scale)));
}

/** Whether a number is another with a digit more, or less, with two swapped, or a hundred times it. */
function isDigitOff(a: number, b: number): boolean {
  if (a === b || a <= 0) return false;
  if (isHundredfold(a, b) || isHundredfold(b, a)) return true;
  const [long, short] = [digitsOf(a), digitsOf(b)].toSorted((x, y) => y.length - x.length);
  if (long === undefined || short === undefined) return false;
  if (long.length === short.length) return isSwapped(long, short);
  if (long.length !== short.length + 1) return false;
  return Array.from(long, (_, index) => long.slice(0, index) + long.slice(index + 1)).includes(
    short,
  );
}

/** Cents in place of what has a hundred of them, or the other way round. */
function isHundredfold(a: number, b: number): boolean {
  return Math.abs(a - b * 100) < 1e-6;
}

function isSwapped(a: string, b: string): boolean {
  const off = Array.from(a, (digit, index) => (digit === b[index] ? [] : [index])).flat();
  const [first = 0, second = 0] = off;
  return (
    off.length === 2 && second === first + 1 && a[first] === b[second] && a[second] === b[first]
  );
}

function digitsOf(number: number): string {
  return String(Math.round(number * 100) / 100).replace(/\.0+$/, "");
}
