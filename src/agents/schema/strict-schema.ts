import { isJsonObject } from "../../lib/json.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import {
  childrenOf,
  describesObject,
  mapChildren,
  nullableOptionals,
  resolveRef,
} from "./json-schema.ts";

/** Levels of nesting a schema may have; deeper ones, cyclic objects among them, are refused. */
const maxDepth = 100;

/** Keywords that strict mode has no word for. */
export const unsupportedKeywords: ReadonlySet<string> = new Set([
  "$dynamicRef",
  "$recursiveRef",
  "additionalItems",
  "allOf",
  "contains",
  "contentSchema",
  "dependencies",
  "dependentRequired",
  "dependentSchemas",
  "else",
  "if",
  "maxContains",
  "minContains",
  "not",
  "oneOf",
  "patternProperties",
  "prefixItems",
  "propertyNames",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** Keywords that constrain nothing, and so may stand beside `$ref` and `anyOf`. */
const annotations = new Set([
  "$anchor",
  "$comment",
  "$defs",
  "$schema",
  "default",
  "definitions",
  "deprecated",
  "description",
  "examples",
  "readOnly",
  "title",
  "writeOnly",
]);

interface StrictSchemaOptions {
  /**
   * Whether an object under `anyOf` may have optional properties. Only for who can tell, when a
   * value arrives, which branch it took, and so which of its nulls stand for an absent property.
   */
  optionalInBranches: boolean;
}

/**
 * The schema in the form that strict tool calls need: objects are closed, every property is
 * required, and one that was optional accepts null instead. The input is not changed.
 *
 * @throws TypeError for what strict mode has no form of, and for references out of the schema
 */
export function toStrictSchema(schema: JsonObject, options: StrictSchemaOptions): JsonObject {
  const survey: Survey = { ...options, root: schema, madeNullable: new Set(), referred: new Set() };
  assertConvertible(schema, 0, survey);
  if ([...survey.referred].some((target) => survey.madeNullable.has(target))) {
    throw new TypeError("a reference must not point to an optional property in strict mode");
  }
  return convertNode(schema, schema);
}

interface Survey extends StrictSchemaOptions {
  root: JsonObject;
  /** Filled on the way: properties that will also accept null, and what references point to. */
  madeNullable: Set<JsonValue | undefined>;
  referred: Set<JsonValue | undefined>;
}

function assertConvertible(node: JsonValue, depth: number, survey: Survey): void {
  if (typeof node === "boolean") return;
  if (!isJsonObject(node)) throw new TypeError("a schema must be an object or a boolean");
  if (depth > maxDepth) throw new TypeError("it is nested too deeply");
  const unsupported = Object.keys(node).find((key) => unsupportedKeywords.has(key));
  if (unsupported !== undefined) throw new TypeError(`strict mode has no "${unsupported}"`);
  if (node["$id"] !== undefined && node !== survey.root) {
    throw new TypeError('strict mode has no nested "$id"');
  }
  assertReference(node, survey);
  assertBranches(node, survey);
  assertProperties(node, survey);
  for (const child of childrenOf(node)) assertConvertible(child, depth + 1, survey);
}

function assertReference(node: JsonObject, { root, referred }: Survey): void {
  const { $ref } = node;
  if ($ref === undefined) return;
  assertOnlyAnnotationsBeside("$ref", node);
  const target = typeof $ref === "string" ? resolveRef(root, $ref) : undefined;
  if (target === undefined) throw new TypeError("a reference must point into the schema itself");
  referred.add(target);
}

function assertBranches(node: JsonObject, { root, optionalInBranches }: Survey): void {
  const { anyOf } = node;
  if (anyOf === undefined) return;
  assertOnlyAnnotationsBeside("anyOf", node);
  if (!Array.isArray(anyOf) || anyOf.length === 0) {
    throw new TypeError('"anyOf" must be a list with at least one schema');
  }
  if (!optionalInBranches && anyOf.some((branch) => hasOptional(branch, root, new Set()))) {
    throw new TypeError('strict mode has no optional property under "anyOf"');
  }
}

function assertOnlyAnnotationsBeside(keyword: string, node: JsonObject): void {
  const other = Object.keys(node).find((key) => key !== keyword && !annotations.has(key));
  if (other !== undefined) throw new TypeError(`strict mode has no "${other}" beside "${keyword}"`);
}

function assertProperties(node: JsonObject, { root, madeNullable }: Survey): void {
  const { properties } = node;
  if (!isJsonObject(properties)) return;
  if (node["type"] === undefined && node["additionalProperties"] !== false) {
    throw new TypeError('strict mode has no "properties" without type "object"');
  }
  for (const name of nullableOptionals(node, root)) madeNullable.add(properties[name]);
}

/** Whether a value of the schema can have nulls that stand for absent properties. */
function hasOptional(node: JsonValue | undefined, root: JsonObject, seen: Set<JsonValue>): boolean {
  if (!isJsonObject(node) || seen.has(node)) return false;
  seen.add(node);
  if (nullableOptionals(node, root).length > 0) return true;
  const { $defs: _, definitions: __, additionalProperties: ___, ...rest } = node;
  const target = typeof node["$ref"] === "string" ? [resolveRef(root, node["$ref"])] : [];
  return [...childrenOf(rest), ...target].some((child) => hasOptional(child, root, seen));
}

function convertNode(node: JsonObject, root: JsonObject): JsonObject {
  const isObject = isJsonObject(node["properties"]) && describesObject(node);
  const strict = mapChildren(node, (child, keyword) => {
    const keep = keyword === "additionalProperties" || (keyword === "properties" && !isObject);
    return keep ? child : convertNode(child, root);
  });
  if (strict["default"] === null) delete strict["default"];
  const { properties } = strict;
  if (!isObject || !isJsonObject(properties)) return strict;
  for (const name of nullableOptionals(node, root)) {
    // Redefining keeps the order, and takes a property named __proto__ for one.
    const value = toNullable(properties[name]);
    Object.defineProperty(properties, name, { value, enumerable: true });
  }
  if (node["type"] === undefined && node !== root) strict["type"] = "object";
  strict["required"] = Object.keys(properties);
  strict["additionalProperties"] = false;
  return strict;
}

function toNullable(node: JsonValue = {}): JsonObject {
  const description = isJsonObject(node) ? node["description"] : undefined;
  const nullable: JsonObject = { anyOf: [node, { type: "null" }] };
  return description === undefined ? nullable : { description, ...nullable };
}
