import { withoutComments } from "../config/json-comments.ts";
import { describePosition, findJsonFault } from "../lib/json-fault.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { endOfString } from "../lib/strict-json.ts";

/** Part of a text, from its first character to behind its last. */
interface Span {
  start: number;
  end: number;
}

/**
 * A text of JSON with comments, as one object: what its host reads, numbers without care included.
 *
 * @throws SyntaxError, also where it is no object; never quotes the text
 */
export function parseObject(text: string): JsonObject {
  const clean = withoutComments(text);
  const fault = findJsonFault(clean);
  if (fault !== undefined) {
    throw new SyntaxError(`${describePosition(text, fault.at)}: ${fault.why}`);
  }
  const value: JsonValue = JSON.parse(clean);
  if (isJsonObject(value)) return value;
  throw new SyntaxError("it must hold one object");
}

/** Where the value of a member of the whole object stands; `text` is sound. */
export function findMember(text: string, key: string): Span | undefined {
  const clean = withoutComments(text);
  // Of a name that stands twice, the first.
  return membersOf(clean, clean.indexOf("{")).find(({ name }) => name === key)?.value;
}

/** The members of the object that begins at `start`, in order, each from its name to behind its value. */
function membersOf(clean: string, start: number): (Span & { name: string; value: Span })[] {
  const members: (Span & { name: string; value: Span })[] = [];
  let at = skipSpace(clean, start + 1);
  while (clean.charAt(at) === '"') {
    const colon = skipSpace(clean, endOfString(clean, at));
    const from = skipSpace(clean, colon + 1);
    const end = endOfValue(clean, from);
    const name = String(JSON.parse(clean.slice(at, endOfString(clean, at))));
    members.push({ name, start: at, end, value: { start: from, end } });
    const comma = skipSpace(clean, end);
    at = clean.charAt(comma) === "," ? skipSpace(clean, comma + 1) : comma;
  }
  return members;
}

/**
 * The text with one member in the place of some, of an object that is a member of the whole; the
 * others stay, letter for letter.
 */
export function exchangeMembers(
  text: string,
  key: string,
  { moved, put }: { moved: readonly string[]; put: { name: string; value: JsonValue } },
): string {
  const clean = withoutComments(text);
  const members = membersOf(clean, findMember(text, key)?.start ?? 0);
  const [first, ...others] = members.filter(({ name }) => moved.includes(name));
  if (first === undefined) return text;
  const shown = inItsPlace(text, { at: first.start, value: put.value });
  let after = text.slice(first.end);
  // From the last on, so that what comes before each stands where it stood.
  for (const { start, end } of others.toReversed()) {
    after = withoutMember(after, { start: start - first.end, end: end - first.end });
  }
  return `${text.slice(0, first.start)}${JSON.stringify(put.name)}: ${shown}${after}`;
}

/** Without a member that is not the first, its comma, and its line where it had one to itself. */
function withoutMember(text: string, { start, end }: Span): string {
  const clean = withoutComments(text);
  const comma = skipSpace(clean, end);
  const hasComma = clean.charAt(comma) === ",";
  let before = text.slice(0, start).replace(/[ \t]*$/, "");
  const after = text.slice(hasComma ? comma + 1 : end);
  if (!hasComma) {
    const last = clean.lastIndexOf(",", start);
    before = before.slice(0, last) + before.slice(last + 1);
  }
  return before.endsWith("\n") ? before + after.replace(/^[ \t]*\r?\n/, "") : before + after;
}

/** The text with another value for a member that it has; all else stays, letter for letter. */
export function replaceMember(text: string, key: string, value: JsonValue): string {
  const span = findMember(text, key);
  if (span === undefined) throw new Error(`There is no member ${key}`);
  const shown = inItsPlace(text, { at: span.start, value });
  return text.slice(0, span.start) + shown + text.slice(span.end);
}

/** The text with further members in an object that is a member; comments and commas stay. */
export function addMembers(text: string, key: string, members: JsonObject): string {
  const span = findMember(text, key);
  if (Object.keys(members).length === 0) return text;
  if (span === undefined) return addToWhole(text, key, members);
  return insertInto(text, { ...span, members });
}

function addToWhole(text: string, key: string, members: JsonObject): string {
  const clean = withoutComments(text);
  const start = clean.indexOf("{");
  return insertInto(text, { start, end: clean.lastIndexOf("}") + 1, members: { [key]: members } });
}

function insertInto(text: string, { start, end, members }: Span & { members: JsonObject }): string {
  const clean = withoutComments(text);
  let last = end - 2;
  while (/\s/.test(clean.charAt(last))) last -= 1;
  const unit = indentOf(text);
  const margin = marginAt(text, start);
  const isEmpty = last <= start;
  const parts = Object.entries(members).map(([name, value]) => {
    const shown = JSON.stringify(value, undefined, unit).replaceAll("\n", `\n${margin}${unit}`);
    return `\n${margin}${unit}${JSON.stringify(name)}: ${shown}`;
  });
  const put = `${isEmpty ? "" : ","}${parts.join(",")}`;
  const isOnOneLine = !text.slice(last + 1, end).includes("\n");
  const tail = isOnOneLine ? `\n${margin}` : "";
  const cut = isOnOneLine ? end - 1 : last + 1;
  return withLineEnds(
    text,
    text.slice(0, last + 1) + put + text.slice(last + 1, cut) + tail + text.slice(cut),
  );
}

/** A value as it is written where it will stand. */
function inItsPlace(text: string, { at, value }: { at: number; value: JsonValue }): string {
  const shown = JSON.stringify(value, undefined, indentOf(text));
  const lines = shown.replaceAll("\n", `\n${marginAt(text, at)}`);
  return text.includes("\r\n") ? lines.replaceAll("\n", "\r\n") : lines;
}

function withLineEnds(before: string, after: string): string {
  return before.includes("\r\n") ? after.replaceAll(/\r?\n/g, "\r\n") : after;
}

/** What one level is indented by: what the first indented line begins with. */
function indentOf(text: string): string {
  return /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
}

/** What the line begins with that this stands in. */
function marginAt(text: string, at: number): string {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*/.exec(line)?.[0] ?? "";
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text.charAt(at))) at += 1;
  return at;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') at = endOfString(text, at) - 1;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") depth -= 1;
    // A number or a word ends where the next member or the end of the object begins.
    else if (depth === 0 && (char === "," || /\s/.test(char))) return at;
    if (depth === 0 && '"}]'.includes(char)) return at + 1;
    if (depth < 0) return at;
  }
  return text.length;
}
