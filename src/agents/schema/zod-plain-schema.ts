import * as z from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { definitionOf, innerOf } from "./zod-definition.ts";
import type { ZodDefinition, ZodObject, ZodSchema } from "./zod-definition.ts";

/** Kinds that change how a value is read, not its shape. */
const transparentKinds = ["optional", "default", "prefault", "catch", "readonly"];

/**
 * The JSON Schema of a zod object reduced to its shape: bounds, formats, patterns and defaults are
 * left out, whole numbers are numbers, objects are closed; a property is optional where its zod is.
 *
 * @throws TypeError for kinds that cannot be reduced: any, lazy, pipe, null, ...
 */
export function toPlainSchema(zodObject: ZodObject): JsonObject {
  return { ...convert(zodObject, []), $schema: "http://json-schema.org/draft-07/schema#" };
}

/** `outer` holds the schemas on the way here: one that contains itself has no end. */
function convert(schema: ZodSchema, outer: readonly ZodSchema[]): JsonObject {
  const { core, optional } = unwrap(schema);
  if (optional) throw new TypeError("a zod optional is supported for properties only");
  if (outer.includes(core)) throw new TypeError("a recursive zod object is not supported");
  const def = definitionOf(core);
  const plain = convertKind(def, [...outer, core]);
  // Of what is wrapped only objects keep their description here; properties see to their own.
  return describe(plain, def.type === "object" ? [core, schema] : [schema]);
}

/** Adds the first description there is; an empty one is none. */
function describe(plain: JsonObject, schemas: readonly ZodSchema[]): JsonObject {
  const texts = schemas.map((schema) => z.globalRegistry.get(schema)?.description);
  const description = texts.find((text) => text !== undefined && text !== "");
  return description === undefined ? plain : { ...plain, description };
}

/** The schema that says the shape, under all that only wraps it. */
function unwrap(schema: ZodSchema): { core: ZodSchema; optional: boolean } {
  const def = definitionOf(schema);
  const inner = transparentKinds.includes(def.type) ? innerOf(def) : undefined;
  if (inner === undefined) return { core: schema, optional: false };
  const { core, optional } = unwrap(inner);
  return { core, optional: optional || def.type === "optional" };
}

function convertKind(def: ZodDefinition, outer: readonly ZodSchema[]): JsonObject {
  if (def.type === "string" || def.type === "number" || def.type === "boolean") {
    return { type: def.type };
  }
  if (def.type === "literal") return literalSchema(def.values);
  if (def.type === "enum") return enumSchema(def.entries);
  if (def.type === "array") return { type: "array", items: convert(def.element, outer) };
  if (def.type === "tuple") return tupleSchema(def, outer);
  if (def.type === "object") return objectSchema(def.shape, outer);
  if (def.type === "record") {
    return { type: "object", additionalProperties: convert(def.valueType, outer) };
  }
  if (def.type === "union") return { anyOf: def.options.map((option) => convert(option, outer)) };
  if (def.type === "nullable") return { anyOf: [convert(def.innerType, outer), { type: "null" }] };
  if (def.type === "intersection") return intersectionSchema(def, outer);
  throw new TypeError(`a zod ${def.type} is not supported`);
}

function objectSchema(
  shape: Readonly<Record<string, ZodSchema>>,
  outer: readonly ZodSchema[],
): JsonObject {
  const properties: [string, JsonObject][] = [];
  const required: string[] = [];
  for (const [name, field] of Object.entries(shape)) {
    const { core, optional } = unwrap(field);
    if (!optional) required.push(name);
    properties.push([name, describe(convert(core, outer), [core, field])]);
  }
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  };
}

/** Two objects that share no property are one; what other pairs have in common has no shape. */
function intersectionSchema(
  { left, right }: z.core.$ZodIntersectionDef,
  outer: readonly ZodSchema[],
): JsonObject {
  const sides = [convert(left, outer), convert(right, outer)];
  const members = sides.flatMap(({ properties }) =>
    isJsonObject(properties) ? Object.entries(properties) : [],
  );
  const areObjects = sides.every(({ properties }) => isJsonObject(properties));
  const areDistinct = new Set(members.map(([name]) => name)).size === members.length;
  if (!areObjects || !areDistinct) {
    throw new TypeError("a zod intersection must be of objects without a common property");
  }
  const description = sides.flatMap((side) => textOf(side["description"])).join("\n\n");
  return {
    ...(description === "" ? {} : { description }),
    type: "object",
    properties: Object.fromEntries(members),
    required: sides.flatMap(({ required }) => required ?? []),
    additionalProperties: false,
  };
}

function textOf(value: JsonValue | undefined): string[] {
  return typeof value === "string" ? [value] : [];
}

function tupleSchema(def: z.core.$ZodTupleDef, outer: readonly ZodSchema[]): JsonObject {
  if (def.items.length === 0) throw new TypeError("an empty zod tuple is not supported");
  const items = def.items.map((item) => convert(item, outer));
  const bounds = {
    minItems: items.length,
    ...(def.rest === null ? { maxItems: items.length } : {}),
  };
  return { type: "array", items, ...bounds };
}

function literalSchema(values: readonly z.core.util.Literal[]): JsonObject {
  const known = values.map(toJsonLiteral);
  const types = [...new Set(known.map(typeName))];
  const [only = null, type = "null"] = [known[0], types[0]];
  return known.length === 1 ? { const: only, type } : { enum: known, type: types };
}

function enumSchema(entries: z.core.util.EnumLike): JsonObject {
  // A numeric enum of TypeScript also maps each of its numbers back to a name.
  const names = Object.keys(entries).filter(
    (name) => typeof entries[entries[name] ?? ""] !== "number",
  );
  const values = names.flatMap((name) => entries[name] ?? []);
  const types = ["string", "number"].filter((type) =>
    values.some((value) => typeof value === type),
  );
  return { type: types.length === 1 ? (types[0] ?? "string") : types, enum: values };
}

function toJsonLiteral(value: z.core.util.Literal): string | number | boolean | null {
  if (value === undefined || typeof value === "bigint") {
    throw new TypeError(`a zod literal of type ${typeof value} is not JSON`);
  }
  return value;
}

function typeName(value: JsonValue): string {
  return value === null ? "null" : typeof value;
}
