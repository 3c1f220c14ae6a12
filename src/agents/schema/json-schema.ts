import { isJsonObject } from "../../lib/json.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";

/** Keywords that hold schemas by name. */
const maps = ["properties", "patternProperties", "$defs", "definitions"];
/** Keywords that hold one schema or a list of them. */
const lists = ["items", "prefixItems", "anyOf", "allOf", "oneOf", "additionalProperties"];

/** Every schema directly under `node`; `const`, `default` and the like hold values. */
export function childrenOf(node: JsonObject): JsonValue[] {
  const named = maps.map((key) => node[key]).filter((members) => isJsonObject(members));
  const listed = lists.map((key) => node[key] ?? []);
  return [...named.flatMap((members) => Object.values(members)), ...listed.flat()];
}

/** A copy of `node` with each schema directly under it changed; booleans are left as they are. */
export function mapChildren(
  node: JsonObject,
  change: (child: JsonObject, keyword: string) => JsonValue,
): JsonObject {
  const copy = { ...node };
  const changed = (child: JsonValue, keyword: string): JsonValue =>
    isJsonObject(child) ? change(child, keyword) : child;
  for (const key of maps) {
    const members = node[key];
    if (!isJsonObject(members)) continue;
    const entries = Object.entries(members).map(([name, child]) => [name, changed(child, key)]);
    copy[key] = Object.fromEntries(entries);
  }
  for (const key of lists) {
    const member = node[key];
    if (Array.isArray(member)) copy[key] = member.map((child) => changed(child, key));
    else if (member !== undefined) copy[key] = changed(member, key);
  }
  return copy;
}

/** What a local reference ("#" or "#/a/b") points to; undefined when there is nothing. */
export function resolveRef(root: JsonObject, ref: string): JsonValue | undefined {
  if (ref === "#") return root;
  if (!ref.startsWith("#/")) return undefined;
  let node: JsonValue | undefined = root;
  for (const part of ref.slice(2).split("/")) {
    const key = decodePointer(part);
    if (typeof node !== "object" || node === null || !Object.hasOwn(node, key)) return undefined;
    node = Object.entries(node).find(([name]) => name === key)?.[1];
  }
  return node;
}

function decodePointer(part: string): string {
  try {
    return decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return part;
  }
}

/** Whether objects meet the `properties` of the schema. */
export function describesObject({ type }: JsonObject): boolean {
  return (
    type === undefined || type === "object" || (Array.isArray(type) && type.includes("object"))
  );
}

/** Whether null itself is a value of the schema. */
export function acceptsNull(
  node: JsonValue,
  root: JsonObject,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (!isJsonObject(node)) return node === true;
  const { type, anyOf, $ref, const: only, enum: values } = node;
  if (type !== undefined && ![type].flat().includes("null")) return false;
  if (only !== undefined && only !== null) return false;
  if (Array.isArray(values) && !values.includes(null)) return false;
  if (Array.isArray(anyOf) && !anyOf.some((branch) => acceptsNull(branch, root, seen))) {
    return false;
  }
  if (typeof $ref !== "string") return true;
  const target = seen.has($ref) ? undefined : resolveRef(root, $ref);
  return target !== undefined && acceptsNull(target, root, new Set([...seen, $ref]));
}

/** The optional properties that do not accept null: there, null can stand for "absent". */
export function nullableOptionals(node: JsonObject, root: JsonObject): string[] {
  const { properties, required } = node;
  if (!isJsonObject(properties) || !describesObject(node)) return [];
  const kept = new Set(Array.isArray(required) ? required : []);
  return Object.entries(properties)
    .filter(([name, property]) => !kept.has(name) && !acceptsNull(property, root))
    .map(([name]) => name);
}

/**
 * The value without the nulls that stand for absent properties of `schema`, which is the one given
 * to `toStrictSchema`. Branches of an `anyOf` are left alone. The input is not changed.
 */
export function dropAbsentNulls(schema: JsonObject, value: JsonValue): JsonValue {
  return dropIn(schema, value, schema);
}

function dropIn(schema: JsonValue | undefined, value: JsonValue, root: JsonObject): JsonValue {
  const node = followRefs(schema, root);
  if (node === undefined) return value;
  const { items, properties } = node;
  if (Array.isArray(value)) {
    const itemAt = (index: number): JsonValue | undefined =>
      Array.isArray(items) ? items[index] : items;
    return value.map((item, index) => dropIn(itemAt(index), item, root));
  }
  if (!isJsonObject(value) || !isJsonObject(properties)) return value;
  const absent = new Set(nullableOptionals(node, root));
  const schemas = new Map(Object.entries(properties));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => member !== null || !absent.has(name))
      .map(([name, member]) => [name, dropIn(schemas.get(name), member, root)]),
  );
}

/** The schema at the end of its references; undefined when they go in a circle. */
function followRefs(schema: JsonValue | undefined, root: JsonObject): JsonObject | undefined {
  const seen = new Set<JsonObject>();
  let node = schema;
  while (isJsonObject(node) && typeof node["$ref"] === "string") {
    if (seen.has(node)) return undefined;
    seen.add(node);
    node = resolveRef(root, node["$ref"]);
  }
  return isJsonObject(node) ? node : undefined;
}
