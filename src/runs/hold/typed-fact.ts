import { visibleLine } from "../shown-text.ts";
import type { Member } from "./members.ts";

/**
 * What somebody must have read to type it, before a call of a high risk is approved. The inbox page
 * loads this file too: it needs nothing of Node.
 */
export interface TypedFact {
  /** How people are asked for it: `cents`, `last part of path`, `tool`. */
  readonly name: string;
  readonly text: string;
  /** The member that it is of: `order.cents`; absent where it is the tool's name. */
  readonly member?: string | undefined;
  /** Of a path only what comes last. */
  readonly isLastPart?: true | undefined;
}

/** The amount, else where it goes, else the tool's name. */
export function typedFactOf(members: readonly Member[], tool: string): TypedFact {
  const member = ["amount", "recipient", "place"]
    .map((role) => members.find((each) => each.role === role && isTypeable(each)))
    .find((each) => each !== undefined);
  if (member === undefined) return { name: "tool", text: visibleLine(tool) };
  const { at, value, role } = member;
  const text = String(value);
  const name = visibleLine(at);
  if (role !== "place") return { name, text, member: at };
  return { name: `last part of ${name}`, text: lastPart(text), member: at, isLastPart: true };
}

/**
 * What is to be typed once arguments were changed: what would run, and not what was asked for.
 *
 * @param changes the texts of changed members, by where they stand
 */
export function typedAfter(fact: TypedFact, changes: ReadonlyMap<string, string>): string {
  const changed = fact.member === undefined ? undefined : changes.get(fact.member)?.trim();
  // Nothing can be typed of an empty text: the one before stays.
  if (changed === undefined || changed === "") return fact.text;
  return fact.isLastPart === true ? lastPart(changed) : changed;
}

/** Whether somebody typed it; digits in groups are the same number. */
export function isTyped(given: string, wanted: string): boolean {
  return plain(given) === plain(wanted);
}

function plain(text: string): string {
  const trimmed = text.trim();
  return /^[\d,.]+$/.test(trimmed) ? trimmed.replaceAll(",", "") : trimmed;
}

function lastPart(path: string): string {
  return path.split(/[\\/]/).findLast((part) => part !== "") ?? path;
}

/** What a person can type: short, and of characters that are on keyboards. */
function isTypeable({ value }: Member): boolean {
  return /^[\x21-\x7e ]{1,60}$/.test(String(value)) && String(value).trim() !== "";
}
