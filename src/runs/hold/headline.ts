import type { JsonValue } from "../../lib/json.ts";
import { isJsonObject } from "../../lib/json.ts";
import { visibleLine } from "../shown-text.ts";
import { valueText, type Member, type Role } from "./members.ts";
import type { TellingMember } from "./presentation.ts";

/** Members in a headline where nobody wrote one. */
const SHOWN = 3;

/** The most characters of a headline that nobody wrote, and of a value in it. */
const LONGEST = 120;
export const SHARE = 60;

/** Words that stand before a value without anything else. */
const PREPOSITION = /^(?:to|from|in|on|at|for|with|by|into|as)$/;
/** Names that say nothing that the value does not. */
const SILENT =
  /^(?:path|file|url|command|cmd|query|sql|code|name|title|subject|text|message|input|id)$/i;
/** Units that stand behind a number. */
const UNIT = /^(?:cents|eur|usd|gbp|seconds|minutes|hours|days|percent|bytes|turns)$/i;

const ranks: Readonly<Record<Role, number>> = {
  recipient: 0,
  amount: 0,
  place: 0,
  command: 0,
  id: 1,
  text: 2,
  flag: 3,
};

/**
 * What will happen: by the template that stands beside the tool, or the tool's name and the members
 * that tell its calls apart, in the order of its schema.
 */
export function headlineOf(call: {
  name: string;
  template: string | undefined;
  members: readonly Member[];
}): string {
  const { name, template, members } = call;
  if (template !== undefined) return filled(template, members);
  const words = tellingMembers(members).map((member) => phrase(member, members, SHARE));
  const line = [visibleLine(name), words.join(", ")].filter((part) => part !== "").join(" ");
  if (line.length <= LONGEST) return line;
  // All of it is below; what is known of the call must not be pushed out of sight.
  const short = tellingMembers(members).map((member) => phrase(member, members, SHARE / 2));
  return [visibleLine(name), short.join(", ")].join(" ");
}

/**
 * The two or three members that tell calls of a tool apart, in the order of its schema; of a list
 * its first one.
 */
export function tellingMembers(members: readonly Member[]): Member[] {
  const firsts = members.filter(({ at }) => !/\[[1-9]\d*\]$/.test(at));
  const short = firsts.filter((member) => !isLong(member));
  const ranked = (short.length === 0 ? firsts : short)
    .filter(({ value }) => value !== null)
    .map((member, index) => ({ member, index, rank: rankOf(member) }));
  const chosen = ranked.toSorted((a, b) => a.rank - b.rank || a.index - b.index).slice(0, SHOWN);
  return chosen.toSorted((a, b) => a.index - b.index).map(({ member }) => member);
}

/** What is to be read below, and not in one line. */
function isLong({ value, role }: Member): boolean {
  return (
    role === "text" && typeof value === "string" && (value.length > 80 || value.includes("\n"))
  );
}

/** What lies deep tells less. */
function rankOf({ at, role, value }: Member): number {
  const depth = at.split(/[.[]/).length - 1;
  const isDate = typeof value === "string" && /^\d{4}-\d\d-\d\d(?!\d)/.test(value);
  return (isDate ? ranks.id : ranks[role]) + Math.min(depth, 3) * 0.4;
}

/** Where a member is, and its value; of the first one of a list, how many more there are. */
export function toTelling(
  { at, value }: Member,
  members: readonly Member[],
  limit?: number,
): TellingMember {
  const text = valueText(value, limit);
  const list = /^(.*)\[0\]$/s.exec(at)?.[1];
  const more = list === undefined ? 0 : members.filter((each) => isItemOf(each, list)).length - 1;
  return { at: visibleLine(list ?? at), text: more === 0 ? text : `${text} and ${more} more` };
}

function isItemOf({ at }: Member, list: string): boolean {
  return at.startsWith(`${list}[`) && /^\[\d+\]$/.test(at.slice(list.length));
}

function phrase(member: Member, members: readonly Member[], limit?: number): string {
  const { name, value } = member;
  const { at, text } = toTelling(member, members, limit);
  if (at !== name) return `${at} ${text}`;
  if (SILENT.test(name)) return text;
  if (typeof value === "number" && UNIT.test(name)) return `${text} ${name}`;
  if (PREPOSITION.test(name)) return `${name} ${text}`;
  return `${visibleLine(name)} ${text}`;
}

function filled(template: string, members: readonly Member[]): string {
  const at = new Map(members.map((member) => [member.at, member]));
  return visibleLine(template).replaceAll(/\{([^{}]+)\}/g, (whole, name: string) => {
    const member = at.get(name);
    return member === undefined ? whole : valueText(member.value);
  });
}

/** The members in the order of the tool's schema; what it does not name comes last. */
export function inSchemaOrder(members: readonly Member[], schema: JsonValue | undefined): Member[] {
  const properties =
    isJsonObject(schema) && isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const names = Object.keys(properties);
  const placeOf = ({ at }: Member): number => {
    const index = names.indexOf(/^[^.[]*/.exec(at)?.[0] ?? "");
    return index < 0 ? names.length : index;
  };
  return members.toSorted((a, b) => placeOf(a) - placeOf(b));
}
