import { isDeepStrictEqual } from "node:util";

import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { createPattern } from "./linear-pattern.ts";
import { allOf, type TriState } from "./place.ts";
import type { ArgumentCondition } from "./policy.ts";

/** The member of arguments that a name with dots means. */
export function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  let current = value;
  for (const key of name.split(".")) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined;
    current = current[key];
  }
  return current;
}

/** Whether a condition holds of a value, but for what it says of paths. */
export function holdsOfCondition(
  condition: ArgumentCondition,
  value: JsonValue | undefined,
): TriState {
  const { exists, equals, in: oneOf, matches: source, min, max } = condition;
  const parts: TriState[] = [];
  if (exists !== undefined) parts.push((value !== undefined) === exists);
  if (equals !== undefined) parts.push(isOneOf(value, [equals]));
  if (oneOf !== undefined) parts.push(isOneOf(value, oneOf));
  if (source !== undefined) {
    parts.push(typeof value === "string" ? createPattern(source).test(value) : undefined);
  }
  if (min !== undefined) parts.push(typeof value === "number" ? value >= min : undefined);
  if (max !== undefined) parts.push(typeof value === "number" ? value <= max : undefined);
  return allOf(parts);
}

/** A value of another type is not for telling: many a server makes one of the other. */
function isOneOf(value: JsonValue | undefined, expected: readonly JsonValue[]): TriState {
  const like = expected.filter((each) => typeName(each) === typeName(value));
  return like.length === 0 ? undefined : like.some((each) => isDeepStrictEqual(value, each));
}

function typeName(value: JsonValue | undefined): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
