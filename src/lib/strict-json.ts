import { describePosition, findJsonFault } from "./json-fault.ts";
import type { JsonValue } from "./json.ts";

/**
 * The value of a JSON text that means one thing to every reader: unlike `JSON.parse` it refuses two
 * equal keys in one object (escapes resolved) and numbers that are whole but not safe integers,
 * infinities among them. Linear in the length of `text`; the depth is not limited.
 *
 * @throws AmbiguousJsonError
 * @throws SyntaxError where it is no JSON; neither message has a piece of `text` in it
 */
export function parseStrictJson(text: string): JsonValue {
  const value = parseJson(text);
  assertUnambiguous(text);
  return MAY_BE_NEGATIVE_ZERO.test(text) ? withoutNegativeZero(value) : value;
}

const MAY_BE_NEGATIVE_ZERO = /-0|-[\d.]+e-/i;

/** `-0` is read as `0`: it would be shown so, and JSON has no other way to write it down. */
function withoutNegativeZero(value: JsonValue): JsonValue {
  if (value === 0) return 0;
  const left: JsonValue[] = [value];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (typeof at !== "object" || at === null) continue;
    for (const [key, each] of Object.entries(at)) {
      if (Object.is(each, -0)) Object.defineProperty(at, key, { value: 0 });
      else if (typeof each === "object" && each !== null) left.push(each);
    }
  }
  return value;
}

function parseJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    // The engine's own message quotes the text, so it is neither passed on nor kept as the cause.
    throw faultIn(text);
  }
}

/** JSON that readers take in two ways. The message says where that is; `path` is of the text itself. */
export class AmbiguousJsonError extends SyntaxError {
  readonly fault: keyof typeof ambiguities;
  /** The names and indexes of the members that lead there. */
  readonly path: readonly (string | number)[];

  constructor(
    fault: AmbiguousJsonError["fault"],
    { text, at, open }: { text: string; at: number; open: readonly Open[] },
  ) {
    super(describeFault(text, at, ambiguities[fault]));
    this.fault = fault;
    this.path = open.flatMap(({ member }) => member ?? []);
  }
}

const ambiguities = {
  duplicate_key: "this object has a key of this name already",
  unsafe_integer: "this whole number is too large to be read exactly: give it as a text",
} as const;

/** An object or array that is being read, and the member that is being read of it. */
interface Open {
  readonly keys: Set<string> | undefined;
  member: string | number | undefined;
}

/** Longer texts are written by programs, and nobody looks for a line in them. */
const LOOKED_AT = 1_000_000;

function faultIn(text: string): SyntaxError {
  const fault = text.length > LOOKED_AT ? undefined : findJsonFault(text);
  if (fault !== undefined) return new SyntaxError(describeFault(text, fault.at, fault.why));
  return new SyntaxError(`Cannot parse JSON: malformed text of ${text.length} characters`);
}

function describeFault(text: string, at: number, why: string): string {
  return `Cannot parse JSON: ${describePosition(text, at)}: ${why}`;
}

/** Reads a text that is known to be valid JSON, so that punctuation alone tells what is what. */
function assertUnambiguous(text: string): void {
  const open: Open[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const top = open.at(-1);
    if (char === "{") open.push({ keys: new Set(), member: undefined });
    else if (char === "[") open.push({ keys: undefined, member: 0 });
    else if (char === "}" || char === "]") open.pop();
    else if (char === ",") {
      if (typeof top?.member === "number") top.member += 1;
    } else if (char === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) addKey(open, text, { at, end });
      at = end - 1;
    } else if (char === "-" || isDigit(char)) {
      const end = endOfNumber(text, at);
      if (isUnsafe(Number(text.slice(at, end)))) {
        throw new AmbiguousJsonError("unsafe_integer", { text, at, open });
      }
      at = end - 1;
    }
  }
}

/** Where a string ends that begins at `start`, with its quotes; of a text that is JSON. */
export function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text.charAt(at) !== '"') at += text.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
}

function isKey(text: string, end: number): boolean {
  let at = end;
  while (" \t\n\r".includes(text.charAt(at)) && at < text.length) at += 1;
  return text.charAt(at) === ":";
}

function addKey(
  open: readonly Open[],
  text: string,
  { at, end }: { at: number; end: number },
): void {
  const top = open.at(-1);
  if (top?.keys === undefined) return;
  const key = String(JSON.parse(text.slice(at, end)));
  top.member = key;
  if (top.keys.has(key)) throw new AmbiguousJsonError("duplicate_key", { text, at, open });
  top.keys.add(key);
}

function endOfNumber(text: string, start: number): number {
  let at = start + 1;
  while (isDigit(text.charAt(at)) || ["+", "-", ".", "e", "E"].includes(text.charAt(at))) at += 1;
  return at;
}

function isDigit(char: string): boolean {
  return char >= "0" && char <= "9";
}

function isUnsafe(value: number): boolean {
  return (Number.isInteger(value) || !Number.isFinite(value)) && !Number.isSafeInteger(value);
}
