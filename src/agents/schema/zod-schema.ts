import * as z from "zod";

import { errorMessage } from "../../lib/errors.ts";
import { isJsonObject } from "../../lib/json.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import { childrenOf, mapChildren, nullableOptionals, resolveRef } from "./json-schema.ts";
import { unsupportedKeywords } from "./strict-schema.ts";
import { definitionOf, type ZodObject } from "./zod-definition.ts";
import { toPlainSchema } from "./zod-plain-schema.ts";

/** Further keywords that structured outputs have no word for; a zod can get along without them. */
const inexactKeywords = new Set([
  "$anchor",
  "$dynamicAnchor",
  "$id",
  "$recursiveAnchor",
  "contentEncoding",
  "contentMediaType",
  "maxProperties",
  "minProperties",
  "uniqueItems",
]);

interface ZodJsonSchema {
  schema: JsonObject;
  /** Whether `schema` says all that zod can, and needs no change for structured outputs. */
  exact: boolean;
}

/**
 * The JSON Schema of a zod object, not yet strict: exact where structured outputs can hold it;
 * otherwise (a property is optional, a record, a tuple, ...) a plain one, without bounds, formats
 * and defaults, in which optional properties are missing from `required`.
 *
 * @throws Error for what neither of the two can say: transforms, dates, unrelated intersections ...
 */
export function toZodJsonSchema(zodObject: ZodObject): ZodJsonSchema {
  const schema = toExactSchema(zodObject);
  const obstacle = findObstacle(schema, schema);
  if (obstacle === undefined) return { schema, exact: true };
  try {
    return { schema: toPlainSchema(zodObject), exact: false };
  } catch (error) {
    throw new TypeError(`${obstacle}, and ${errorMessage(error)}`, { cause: error });
  }
}

function toExactSchema(zodObject: ZodObject): JsonObject {
  const made = z.toJSONSchema(zodObject, {
    target: "draft-07",
    override({ zodSchema, jsonSchema }) {
      const def = definitionOf(zodSchema);
      const isDiscriminated = def.type === "union" && "discriminator" in def;
      if (!isDiscriminated || jsonSchema.oneOf === undefined) return;
      // At most one branch fits a value, so that "any" says the same as "one".
      jsonSchema.anyOf = jsonSchema.oneOf;
      delete jsonSchema.oneOf;
    },
  });
  const schema: JsonObject = JSON.parse(JSON.stringify(made));
  return inlineRoot(mergeSingleAllOf(schema));
}

/** The draft 7 form of an annotated reference, and an intersection of one, as a plain schema. */
function mergeSingleAllOf(node: JsonObject): JsonObject {
  const { allOf, ...rest } = mapChildren(node, mergeSingleAllOf);
  if (!Array.isArray(allOf)) return rest;
  const [only] = allOf;
  return allOf.length === 1 && isJsonObject(only) ? { ...only, ...rest } : { ...rest, allOf };
}

/** A root that has an id is a reference to its own definition; tools need an object there. */
function inlineRoot(schema: JsonObject): JsonObject {
  const { $ref, ...rest } = schema;
  const target = typeof $ref === "string" ? resolveRef(schema, $ref) : undefined;
  return isJsonObject(target) ? { ...target, ...rest } : schema;
}

/** Why structured outputs cannot hold the schema as it is; undefined when they can. */
function findObstacle(node: JsonValue, root: JsonObject): string | undefined {
  if (!isJsonObject(node)) return undefined;
  const unsupported = Object.keys(node).find(
    (key) => unsupportedKeywords.has(key) || inexactKeywords.has(key),
  );
  if (unsupported !== undefined) return `strict mode has no "${unsupported}"`;
  const { additionalProperties = false } = node;
  if (additionalProperties !== false) return "strict mode has no open objects";
  const [optional] = nullableOptionals(node, root);
  if (optional !== undefined) return `"${optional}" is optional but not nullable`;
  for (const child of childrenOf(node)) {
    const obstacle = findObstacle(child, root);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}
