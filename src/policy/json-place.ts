import { isJsonObject, type JsonValue } from "../lib/json.ts";

/** Names of members and numbers of items, and nothing else: `$.content[0].text`, or `$` for all. */
const PLACE = /^\$(?:\.[^.[\]\s]+|\[\d{1,6}\])*$/u;

/** Whether a text is meant for a place. */
export function isPlace(text: string): boolean {
  return text === "$" || text.startsWith("$.") || text.startsWith("$[");
}

/** What is wrong with a place, without its text. */
export function placeProblem(text: string): string | undefined {
  if (PLACE.test(text)) return undefined;
  return "is no place such as $.a.b[0]: write a $, then .name for a member and [0] for an item of a list, and nothing else";
}

/** What stands at a place; `undefined` where nothing does. */
export function valueAt(value: JsonValue | undefined, place: string): JsonValue | undefined {
  let current = value;
  for (const [, name, index] of place.matchAll(/\.([^.[\]\s]+)|\[(\d+)\]/gu)) {
    if (name === undefined) {
      current = Array.isArray(current) ? current[Number(index)] : undefined;
    } else {
      const isThere = isJsonObject(current) && Object.hasOwn(current, name);
      current = isThere && isJsonObject(current) ? current[name] : undefined;
    }
  }
  return current;
}

/** A template with what stands at its places put in. @throws Error where nothing stands at one */
export function fillPlaces(template: JsonValue, from: JsonValue): JsonValue {
  if (typeof template === "string" && isPlace(template)) {
    const value = valueAt(from, template);
    if (value === undefined) throw new Error(`the call has nothing at ${template}`);
    return value;
  }
  if (Array.isArray(template)) return template.map((each) => fillPlaces(each, from));
  if (!isJsonObject(template)) return template;
  const members = Object.entries(template).map(([name, each]) => [name, fillPlaces(each, from)]);
  return Object.fromEntries(members) as JsonValue;
}

/** The texts in a template that are meant for places, with where they stand. */
export function placesIn(
  template: unknown,
  path: readonly PropertyKey[] = [],
): { path: readonly PropertyKey[]; text: string }[] {
  if (typeof template === "string") return isPlace(template) ? [{ path, text: template }] : [];
  if (typeof template !== "object" || template === null) return [];
  return Object.entries(template).flatMap(([name, each]) =>
    placesIn(each, [...path, Array.isArray(template) ? Number(name) : name]),
  );
}
