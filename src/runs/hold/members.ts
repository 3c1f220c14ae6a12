import { headOf } from "../../lib/cut-text.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { parseStrictJson } from "../../lib/strict-json.ts";
import { visibleLine } from "../shown-text.ts";

/** A value of the arguments that is no object and no list. */
export interface Member {
  /** `to`, `order.id`, `files[0]`. */
  readonly at: string;
  /** Its own name: `id`; of an item that of its list. */
  readonly name: string;
  readonly value: string | number | boolean | null;
  readonly role: Role;
}

/** What a member is to whoever decides. */
export type Role = "amount" | "recipient" | "place" | "command" | "flag" | "id" | "text";

/** So many members are looked at: what has more is not for looking at one by one. */
export const MEMBER_LIMIT = 500;

const AMOUNT =
  /amount|cents|price|total|sum$|quantity|qty|budget|cost|fee|salary|refund|balance|credit|^value$|eur$|usd$|gbp$|limit/i;
const RECIPIENT =
  /^(?:to|cc|bcc|from)$|recipient|e?mail|payee|beneficiary|iban|account|channel|phone|webhook|callback|url|uri|host|domain|endpoint|forward|reply.?to|invitee|member|collaborator|share.?with|user.?names?$|^(?:user|login|handle|assignee)s?$/i;
const PLACE = /path|^file|file$|^dir|director|folder|^source$|destination|^target$|^root$|^cwd$/i;
const COMMAND = /command|^cmd$|script|^sql$|^query$|^code$|^args$|shell/i;
const ID = /(?:^|[a-z_.-])ids?$|^(?:key|ref|number|name|branch|repo|repository|project)$/i;

/** The scalar members of arguments, whatever they lie in, in their order. */
export function membersOf(json: string): Member[] {
  let value: JsonValue;
  try {
    value = parseStrictJson(json);
  } catch {
    return [];
  }
  const found: Member[] = [];
  collect(value, { at: "", name: "" }, found);
  return found;
}

function collect(value: JsonValue, place: { at: string; name: string }, found: Member[]): void {
  if (found.length >= MEMBER_LIMIT) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      collect(item, { at: `${place.at}[${index}]`, name: place.name }, found);
    }
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      collect(member, { at: place.at === "" ? name : `${place.at}.${name}`, name }, found);
    }
  } else if (place.at !== "") {
    found.push({ ...place, value, role: roleOf(place.name, value) });
  }
}

/** The first that holds of a text and its member's name. */
const textRoles: readonly [Role, (name: string, value: string) => boolean][] = [
  ["command", (name) => COMMAND.test(name)],
  ["recipient", (_name, value) => isAddress(value)],
  ["place", (name, value) => PLACE.test(name) || isPath(value)],
  ["amount", (name, value) => AMOUNT.test(name) && isNumeric(value)],
  ["text", (_name, value) => value.length > 200 || value.includes("\n")],
  ["recipient", (name) => RECIPIENT.test(name)],
  ["id", (name) => ID.test(name)],
];

export function roleOf(name: string, value: Member["value"]): Role {
  if (typeof value === "boolean") return "flag";
  if (typeof value === "number") return AMOUNT.test(name) ? "amount" : "id";
  if (value === null) return "text";
  return textRoles.find(([, holds]) => holds(name, value))?.[0] ?? "text";
}

export function isAddress(text: string): boolean {
  return /^\S+@\S+\.\S+$/.test(text) || /^[a-z][a-z\d+.-]*:\/\/\S+$/i.test(text);
}

function isPath(text: string): boolean {
  return /^(?:\.{0,2}\/|~\/|[a-z]:[\\/])\S*$/i.test(text) && text.length <= 1_000;
}

function isNumeric(text: string): boolean {
  return numberIn(text) !== undefined;
}

const CURRENCY = /^(?:[€$£¥]|[A-Z]{3})\s?(?=\d)|(?<=\d)\s?(?:[€$£¥%]|[A-Z]{3})$/g;
const GROUPED = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;
/** `1.299,00`, and `49,90`, whose comma can be nothing else. */
const GERMAN = /^(?:\d{1,3}(?:\.\d{3})+,\d+|\d+,\d{1,2})$/;

/** The number that a text is, with or without a currency: `12.50`, `1,299.00 EUR`, `€ 49,90`. */
function numberIn(text: string): number | undefined {
  const plain = text.trim().replaceAll(CURRENCY, "");
  const english = GERMAN.test(plain)
    ? plain.replaceAll(".", "").replace(",", ".")
    : GROUPED.test(plain)
      ? plain.replaceAll(",", "")
      : plain;
  const number = Number(english);
  return plain === "" || !Number.isFinite(number) ? undefined : number;
}

/** The day that a text is, or begins with: `2026-12-01`. */
export function dateOf({ value }: Member): string | undefined {
  if (typeof value !== "string") return undefined;
  return /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?!\d)/.exec(value)?.[1];
}

/** The number that an amount is. */
export function numberOf({ value }: Member): number {
  return typeof value === "string" ? (numberIn(value) ?? Number.NaN) : Number(value);
}

/** An amount as people read it: what is written with its currency stays so. */
export function amountText({ value }: Member): string {
  return typeof value === "string" && !/^[\d.]+$/.test(value)
    ? valueText(value)
    : numberText(Number(value));
}

/** The folder of a path, the domain of an address, the host of a URL: where calls go. */
export function surroundingsOf({ value, role }: Member): string | undefined {
  if (typeof value !== "string") return undefined;
  if (role === "place") return value.replace(/[\\/]+[^\\/]*[\\/]*$/, "") || undefined;
  if (role !== "recipient") return undefined;
  return /^[a-z][a-z\d+.-]*:\/\/([^/?#]+)/i.exec(value)?.[1] ?? /@([^@\s>]+)>?$/.exec(value)?.[1];
}

const VALUE_LIMIT = 120;

/** A value on one line: a long one by its head and its length. */
export function valueText(value: Member["value"], limit = VALUE_LIMIT): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") return String(value);
  const line = visibleLine(value);
  const shown =
    line.length <= limit ? line : `${headOf(line, limit - 20)}... (${value.length} characters)`;
  return value === "" || /\s/.test(shown) ? `"${shown}"` : shown;
}

/** Digits in groups, so that one too many is seen. */
export function numberText(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) < 10_000) return String(value);
  return String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
}
