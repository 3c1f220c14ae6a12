import { visibleLine } from "../shown-text.ts";
import { numberOf, numberText, valueText, type Member } from "./members.ts";
import { isNear } from "./nearness.ts";
import type { Fact } from "./presentation.ts";
import { dayFacts, outsiderFacts, unitFacts } from "./told-measures.ts";

/** What was said in a run before a call. */
export interface Told {
  /** By the user. */
  readonly task: string;
  /** By tools, in this run. */
  readonly read: string;
}

/** So much of a text is looked through, its end first. */
const TEXT_LIMIT = 200_000;
const WORD_LIMIT = 5_000;

interface Source {
  readonly text: string;
  readonly words: readonly string[];
  readonly numbers: ReadonlySet<number>;
  readonly says: string;
}

/** How a call agrees with the task, and with what was read for it. */
export function toldFacts(members: readonly Member[], { task, read }: Told): Fact[] {
  const sources = [toSource(task, "the task says"), toSource(read, "a tool said")];
  const [byUser] = sources;
  const ofLists = byUser === undefined ? [] : outsiderFacts(members, byUser);
  const single = members.flatMap((member): Fact[] => {
    if (member.role === "amount") return amountFacts(member, sources);
    if (member.role === "recipient") return nameFacts(member, sources);
    return member.role === "place"
      ? [...nameFacts(member, sources), ...placeFacts(member, task)]
      : dayFacts(member, sources);
  });
  return [...single, ...unitFacts(members, sources), ...ofLists];
}

function toSource(whole: string, says: string): Source {
  const text = whole.slice(-TEXT_LIMIT);
  const found = text.match(/[\p{L}\p{N}~.][\p{L}\p{N}._@:/\\+~-]{3,}/gu) ?? [];
  const words = [...new Set(found.map((word) => word.replace(/[.:,;]+$/, "")))].slice(-WORD_LIMIT);
  return { text, words, says, numbers: new Set(numbersIn(text)) };
}

const ENGLISH = /^(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?$/;
const GERMAN = /^(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d+)?$/;

/** Numbers of a text, in each way that their groups and decimals can be read. */
function numbersIn(text: string): number[] {
  return (text.match(/\d[\d.,']*/g) ?? []).flatMap((found) => {
    const plain = found.replace(/[.,']+$/, "").replaceAll("'", "");
    return [
      ...(ENGLISH.test(plain) ? [Number(plain.replaceAll(",", ""))] : []),
      ...(GERMAN.test(plain) ? [Number(plain.replaceAll(".", "").replace(",", "."))] : []),
    ];
  });
}

/** Names that are written otherwise where they come from. */
function nameFacts(member: Member, sources: readonly Source[]): Fact[] {
  const value = String(member.value);
  const [task] = sources;
  if (task?.text.includes(value) === true) {
    return [{ text: `The task names ${valueText(value)}`, weight: "plain" }];
  }
  if (sources.some(({ text }) => text.includes(value))) return [];
  for (const { words, says } of sources) {
    const other = words.find((word) => isNear(word, value));
    if (other !== undefined) {
      const text = `${visibleLine(member.at)} is ${valueText(value)}, but ${says} ${valueText(other)}`;
      return [{ text, weight: "high", badge: "look-alike" }];
    }
  }
  return [];
}

/** Places outside of those that the task speaks of. */
function placeFacts(member: Member, task: string): Fact[] {
  const value = String(member.value);
  if (task.includes(value)) return [];
  const named = (task.match(/(?:~|\.{1,2}|[a-z]:)?[\\/][\p{L}\p{N}._\\/+~-]{2,}/giu) ?? []).map(
    (each) => each.replace(/[.\\/]+$/, ""),
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
  if (scales.some((scale) => task?.numbers.has(value / scale) === true)) {
    return [
      {
        text: `The task says ${numberText(value / scaleOf(task, value, scales))}`,
        weight: "plain",
      },
    ];
  }
  for (const { numbers, says } of sources) {
    if (scales.some((scale) => numbers.has(value / scale))) return [];
    for (const number of numbers) {
      if (number >= 10 && scales.some((scale) => isDigitOff(value / scale, number))) {
        const text = `${visibleLine(member.at)} is ${numberText(value)}, but ${says} ${numberText(number)}`;
        return [{ text, weight: "high", badge: "other amount" }];
      }
    }
  }
  return [];
}

function scaleOf(source: Source | undefined, value: number, scales: readonly number[]): number {
  return scales.find((scale) => source?.numbers.has(value / scale) === true) ?? 1;
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
