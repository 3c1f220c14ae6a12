import * as types from "node:util/types";

import type { JsonValue } from "../lib/json.ts";
import { isMissing, keysOf, missingAt } from "./missing-part.ts";

/** A context as a journal keeps it: the plain part, and where it had something else. */
export interface SavedContext {
  context?: JsonValue | undefined;
  /** Where it had what JSON cannot hold, as JSON pointers, sorted: to be given again. */
  givenAgain?: string[] | undefined;
  /** Where its texts stand for dates. */
  dates?: string[] | undefined;
  /** It is what the application's own serializer made. */
  serialized?: true | undefined;
}

/** The deepest that a context is looked into. */
const DEEPEST = 200;

interface Marks {
  givenAgain: string[];
  dates: string[];
}

interface Place {
  path: string;
  /** The objects that it is in. */
  inside: readonly object[];
  marks: Marks;
}

/**
 * Takes a context apart: plain objects, lists, texts, numbers and dates are kept; functions, class
 * instances, maps, accessors, cycles and the like are named by their path.
 */
export function splitContext(value: unknown): SavedContext {
  const marks: Marks = { givenAgain: [], dates: [] };
  const context = plainPart(value, { path: "", inside: [], marks });
  return {
    ...(context === undefined ? {} : { context }),
    ...(marks.givenAgain.length === 0 ? {} : { givenAgain: marks.givenAgain.toSorted() }),
    ...(marks.dates.length === 0 ? {} : { dates: marks.dates.toSorted() }),
  };
}

/** `undefined`: nothing of it is kept. */
function plainPart(value: unknown, place: Place): JsonValue | undefined {
  const { path, inside, marks } = place;
  if (value === undefined || isScalar(value)) return value;
  if (isDate(value)) {
    marks.dates.push(path);
    return value.toISOString();
  }
  if (typeof value === "object" && !inside.includes(value) && inside.length < DEEPEST) {
    if (Array.isArray(value) && Object.getPrototypeOf(value) === Array.prototype) {
      return plainList(value, place);
    }
    if (isPlainObject(value)) return plainObject(value, place);
  }
  marks.givenAgain.push(path);
  return undefined;
}

function isScalar(value: unknown): value is string | number | boolean | null {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  return typeof value === "number" && Number.isFinite(value);
}

function plainList(list: readonly unknown[], { path, inside: outer, marks }: Place): JsonValue {
  const inside = [...outer, list];
  return Array.from(list, (item, index) => {
    if (isScalar(item)) return item;
    const at = `${path}/${index}`;
    const kept = plainPart(item, { path: at, inside, marks });
    // JSON has no gaps.
    if (item === undefined) marks.givenAgain.push(at);
    return kept === undefined ? null : kept;
  });
}

function plainObject(object: object, { path, inside: outer, marks }: Place): JsonValue {
  const inside = [...outer, object];
  const kept: { [key: string]: JsonValue } = {};
  for (const [key, member] of Object.entries(Object.getOwnPropertyDescriptors(object))) {
    const at = `${path}/${escaped(key)}`;
    if (!("value" in member) || member.enumerable !== true) {
      marks.givenAgain.push(at);
      continue;
    }
    const value = plainPart(member.value, { path: at, inside, marks });
    if (value !== undefined) setOwn(kept, key, value);
  }
  return kept;
}

function isDate(value: unknown): value is Date {
  return (
    types.isDate(value) &&
    Object.getPrototypeOf(value) === Date.prototype &&
    !Number.isNaN(value.getTime())
  );
}

function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Object.getOwnPropertySymbols(value).length === 0;
}

/** Whether it is a plain object without members, seen or not. */
export function isEmpty(value: unknown): boolean {
  return isObject(value) && isPlainObject(value) && Object.getOwnPropertyNames(value).length === 0;
}

/**
 * Puts a saved context together: what was saved, and from `given` what could not be. What neither
 * has is an error to whoever touches it. `given` is not changed.
 */
export function joinContext(saved: SavedContext, given: unknown): unknown {
  const { context, givenAgain = [], dates = [] } = saved;
  if (givenAgain.includes("")) return given ?? missingAt("");
  // A list or text is a context of its own.
  const made: unknown = context === undefined ? {} : structuredClone(context);
  if (dates.includes("")) return new Date(String(made));
  for (const path of dates) putAt(made, path, (text) => new Date(String(text)));
  fillIn(made, givenAgain, given);
  return made;
}

/** Puts what `given` has into `context` at these paths; what it has not stays an error to touch. */
export function fillIn(context: unknown, paths: readonly string[], given: unknown): void {
  for (const path of paths) {
    const keys = keysOf(path);
    const [part, ...holders] = along(given, keys).toReversed();
    // A cycle closes in this context, not in the given one.
    const closed = isObject(part) ? holders.toReversed().indexOf(part) : -1;
    const value = closed < 0 ? part : along(context, keys)[closed];
    putAt(context, path, () => value ?? missingAt(path));
  }
}

/** Members of `given` that `context` does not have at all become its own. */
export function addMembers(context: unknown, given: unknown): void {
  if (!isObject(context) || !isObject(given) || Array.isArray(context)) return;
  if (!isPlainObject(given)) return;
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(context, key)) setOwn(context, key, value);
  }
}

/** Where in a context something is still to be given again. */
export function missingIn(context: unknown): string[] {
  const { givenAgain = [] } = splitContext(context);
  return givenAgain.filter((path) => {
    const part = keysOf(path).reduce((value, key) => ownMember(value, key), context);
    return isMissing(part);
  });
}

/** Whether two saved contexts are the same. */
export function isSameContext(one: SavedContext, other: SavedContext): boolean {
  return textOf(one) === textOf(other);
}

function textOf({ context, givenAgain = [], dates = [], serialized }: SavedContext): string {
  return JSON.stringify([context ?? {}, givenAgain, dates, serialized === true]);
}

function putAt(root: unknown, path: string, make: (before: unknown) => unknown): void {
  const keys = keysOf(path);
  const last = keys.pop();
  let holder = root;
  for (const key of keys) holder = ownMember(holder, key);
  if (last === undefined || !isObject(holder)) return;
  setOwn(holder, last, make(ownMember(holder, last)));
}

function ownMember(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  const member: unknown = Object.getOwnPropertyDescriptor(value, key)?.value;
  return member;
}

/**
 * A value and what it has on a path, step by step: members of its class too, and nothing that all
 * objects have.
 */
function along(root: unknown, keys: readonly string[]): unknown[] {
  const passed = [root];
  let value = root;
  for (const key of keys) {
    const isHere = isObject(value) && (Object.hasOwn(value, key) || !(key in Object.prototype));
    value = isHere && isObject(value) ? value[key] : undefined;
    passed.push(value);
  }
  return passed;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function setOwn(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
