import * as z from "zod";

import { isJsonObject, type JsonObject } from "../../lib/json.ts";
import { definitionOf, innerOf, type ZodSchema } from "./zod-definition.ts";

/**
 * A JSON value without the nulls that stand for something absent in a zod schema, as strict mode
 * makes models write them: of a property nothing is left, of an item of an array `undefined`. In a
 * union it goes by the first option that then admits the value. The input is not changed.
 */
export function dropAbsentZodNulls(schema: ZodSchema, value: unknown): unknown {
  if (value === null) return isNullForAbsent(schema) ? undefined : null;
  const def = definitionOf(schema);
  if (def.type === "union") return dropInUnion(def.options, value);
  if (def.type === "intersection") {
    return dropAbsentZodNulls(def.right, dropAbsentZodNulls(def.left, value));
  }
  if (Array.isArray(value)) {
    if (def.type === "array") return value.map((item) => dropAbsentZodNulls(def.element, item));
    if (def.type === "tuple") return dropInItems(def.items, value);
  }
  if (isJsonObject(value)) {
    if (def.type === "record") return dropInMembers(value, () => def.valueType);
    if (def.type === "object") {
      const fields = new Map(Object.entries(def.shape));
      return dropInMembers(value, (name) => fields.get(name));
    }
  }
  const inner = innerOf(def);
  return inner === undefined ? value : dropAbsentZodNulls(inner, value);
}

function dropInMembers(
  value: JsonObject,
  schemaOf: (name: string) => ZodSchema | undefined,
): Record<string, unknown> {
  const members = Object.entries(value).map(([name, member]): [string, unknown] => {
    const schema = schemaOf(name);
    return [name, schema === undefined ? member : dropAbsentZodNulls(schema, member)];
  });
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function dropInItems(items: readonly ZodSchema[], value: unknown[]): unknown[] {
  return value.map((item, index) => {
    const schema = items[index];
    return schema === undefined ? item : dropAbsentZodNulls(schema, item);
  });
}

function dropInUnion(options: readonly ZodSchema[], value: unknown): unknown {
  for (const option of options) {
    const candidate = dropAbsentZodNulls(option, value);
    if (z.safeParse(option, candidate).success) return candidate;
  }
  return value;
}

/** Whether the schema admits an absent value, while null is no value of its own. */
function isNullForAbsent(schema: ZodSchema): boolean {
  const def = definitionOf(schema);
  if (def.type === "optional") return !admitsNull(def.innerType);
  const isWrapper = ["default", "prefault", "catch", "readonly"].includes(def.type);
  const inner = isWrapper ? innerOf(def) : undefined;
  return inner !== undefined && isNullForAbsent(inner);
}

const kindsWithNull = ["any", "custom", "null", "nullable", "transform", "unknown"];

/** Told by the form of the schema: nothing of the program's own runs. */
function admitsNull(schema: ZodSchema): boolean {
  const def = definitionOf(schema);
  if (kindsWithNull.includes(def.type)) return true;
  if (def.type === "literal") return def.values.includes(null);
  if (def.type === "union") return def.options.some((option) => admitsNull(option));
  if (def.type === "intersection") return admitsNull(def.left) && admitsNull(def.right);
  if ("coerce" in def) return def.coerce;
  const inner = innerOf(def);
  return inner !== undefined && admitsNull(inner);
}
