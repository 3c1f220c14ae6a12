import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";

interface Issue {
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

type Result = { value: unknown; issues?: undefined } | { issues: readonly Issue[] };

/** A schema of any library that can validate, and say itself as JSON Schema (standardschema.dev). */
interface StandardSchema {
  "~standard": {
    validate(value: unknown): Result | Promise<Result>;
    jsonSchema: { input(options: { target: string }): Record<string, unknown> };
  };
}

export function isStandardSchema(value: unknown): value is StandardSchema {
  // Some libraries make their schemas functions.
  const holder = typeof value === "object" || typeof value === "function" ? value : null;
  const standard: unknown = holder !== null && "~standard" in holder ? holder["~standard"] : null;
  if (!isJsonObject(standard) || !isJsonObject(standard["jsonSchema"])) return false;
  const members: unknown[] = [standard["validate"], standard["jsonSchema"]["input"]];
  return members.every((member) => typeof member === "function");
}

/**
 * What the schema takes, as JSON Schema.
 *
 * @throws TypeError when that is not an object, which tool arguments and structured outputs are
 */
export function standardJsonSchema(schema: StandardSchema): JsonObject {
  const made = schema["~standard"].jsonSchema.input({ target: "draft-2020-12" });
  const copy: JsonObject = JSON.parse(JSON.stringify(made));
  if (copy["type"] !== "object") throw new TypeError("the schema must be one of an object");
  return copy;
}

/** The value the schema makes. @throws TypeError with the paths that do not fit, never values */
export function validateStandard(schema: StandardSchema, value: JsonValue): unknown {
  const result = schema["~standard"].validate(value);
  if ("then" in result) throw new TypeError("the schema validates asynchronously");
  if (result.issues === undefined) return result.value;
  const paths = result.issues.map(({ path = [] }) => path.map(keyText).join(".") || "(root)");
  throw new TypeError(`does not fit the schema at ${paths.slice(0, 10).join(", ")}`);
}

function keyText(segment: PropertyKey | { key: PropertyKey }): string {
  return String(typeof segment === "object" ? segment.key : segment);
}
