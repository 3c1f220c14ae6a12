import * as z from "zod";

import { errorMessage, HoldpointError } from "../../lib/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { dropAbsentNulls } from "./json-schema.ts";
import { validateAgainstSchema } from "./schema-check.ts";
import { isStandardSchema, standardJsonSchema, validateStandard } from "./standard-schema.ts";
import { toStrictSchema } from "./strict-schema.ts";
import { isZodObject, refuseZod3 } from "./zod-definition.ts";
import { dropAbsentZodNulls } from "./zod-nulls.ts";
import { toZodJsonSchema } from "./zod-schema.ts";

/** What a model is told of a tool's arguments, and how its answer is read. */
export interface ToolSchema {
  /** A copy: later changes of the parameters do not reach it. */
  schema: JsonObject;
  /**
   * The value `execute` gets for arguments of this value. Of a zod or Standard Schema the value it
   * makes (defaults, transforms); of a JSON Schema the value itself, unchecked: see
   * `validateAgainstSchema`. When strict, nulls for absent optional properties are gone.
   * Never changes its argument.
   *
   * @throws Error when a zod or Standard Schema does not admit the value
   */
  parse(value: JsonValue): unknown;
  /** What is wrong with a value that `parse` takes unchecked; where it checks, nothing. */
  check(value: JsonValue): string[];
}

/**
 * Reads the `parameters` of a tool: a zod object, a Standard Schema with JSON Schema, a JSON
 * Schema, or nothing. The schema made is the one of `@openai/agents` for the same input.
 *
 * @param options `strict: false` is for JSON Schemas only, which then stay as they are
 * @throws HoldpointError `invalid_input` for what cannot be said in JSON Schema, or not strictly
 */
export function toToolSchema(
  parameters: unknown,
  options: { name: string; strict: boolean },
): ToolSchema {
  try {
    return readParameters(parameters, options.strict);
  } catch (error) {
    const message = `Cannot use the parameters of tool "${options.name}": ${errorMessage(error)}`;
    throw new HoldpointError("invalid_input", message, { cause: error });
  }
}

function readParameters(parameters: unknown, strict: boolean): ToolSchema {
  if (parameters === undefined) return readParameters({ type: "object", properties: {} }, true);
  if (isZodObject(parameters)) {
    assertStrict(strict);
    const { schema } = toZodJsonSchema(parameters);
    return {
      schema: toStrictSchema(schema, { optionalInBranches: true }),
      parse: (value) => z.parse(parameters, dropAbsentZodNulls(parameters, value)),
      check: () => [],
    };
  }
  if (isStandardSchema(parameters)) {
    assertStrict(strict);
    const schema = standardJsonSchema(parameters);
    return {
      schema: toStrictSchema(schema, { optionalInBranches: false }),
      parse: (value) => validateStandard(parameters, dropAbsentNulls(schema, value)),
      check: () => [],
    };
  }
  const schema = copySchema(parameters);
  const read = (value: JsonValue): JsonValue => (strict ? dropAbsentNulls(schema, value) : value);
  return {
    schema: strict ? toStrictSchema(schema, { optionalInBranches: false }) : schema,
    parse: read,
    check: (value) => validateAgainstSchema(schema, read(value)),
  };
}

function assertStrict(strict: boolean): void {
  if (!strict) throw new TypeError("only a JSON Schema can be used with strict: false");
}

function copySchema(parameters: unknown): JsonObject {
  refuseZod3(parameters);
  if (!isJsonObject(parameters) || "~standard" in parameters) {
    throw new TypeError("they are neither a zod 4 object nor a JSON Schema, nor can become one");
  }
  const copy: JsonObject = JSON.parse(JSON.stringify(parameters));
  return copy;
}
