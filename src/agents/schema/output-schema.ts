import * as z from "zod";

import { errorMessage, HoldpointError } from "../../lib/errors.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import { dropAbsentNulls } from "./json-schema.ts";
import type { JsonSchemaDefinition, SerializedOutputType } from "../model.ts";
import { isStandardSchema, standardJsonSchema, validateStandard } from "./standard-schema.ts";
import { toStrictSchema } from "./strict-schema.ts";
import { isZodObject, refuseZod3 } from "./zod-definition.ts";
import { toZodJsonSchema } from "./zod-schema.ts";

/**
 * What a model is told of an agent's output type: `"text"` (also for undefined), a zod object, a
 * Standard Schema with JSON Schema, or a `json_schema` definition, which passes as it is. A zod
 * object that is not strict as it stands is sent with `strict: false`, its optional properties as
 * such, since outputs are parsed without taking null for absent.
 *
 * @throws HoldpointError `invalid_input` for everything else
 */
export function toOutputSchema(outputType: unknown): SerializedOutputType {
  if (outputType === undefined || outputType === "text") return "text";
  if (isDefinition(outputType)) return outputType;
  try {
    return { type: "json_schema", name: "output", ...readSchema(outputType) };
  } catch (error) {
    const message = `Cannot use an agent's output type: ${errorMessage(error)}`;
    throw new HoldpointError("invalid_input", message, { cause: error });
  }
}

function readSchema(outputType: unknown): Pick<JsonSchemaDefinition, "strict" | "schema"> {
  if (isZodObject(outputType)) {
    const { schema, exact } = toZodJsonSchema(outputType);
    if (!exact) return { strict: false, schema };
    return { strict: true, schema: toStrictSchema(schema, { optionalInBranches: true }) };
  }
  if (isStandardSchema(outputType)) {
    const schema = standardJsonSchema(outputType);
    return { strict: true, schema: toStrictSchema(schema, { optionalInBranches: false }) };
  }
  refuseZod3(outputType);
  throw new TypeError('it is neither "text", a zod object nor a json_schema definition');
}

function isDefinition(outputType: unknown): outputType is JsonSchemaDefinition {
  return isJsonObject(outputType) && outputType["type"] === "json_schema";
}

/**
 * The final output that a model's text means: the text itself, or its JSON, of a zod object or a
 * Standard Schema the value that makes. A `json_schema` definition is not checked: see
 * `validateAgainstSchema`.
 *
 * @throws SyntaxError when the text is not JSON
 * @throws Error as the schema does, when its value does not fit
 */
export function parseOutput(outputType: unknown, text: string): unknown {
  if (outputType === undefined || outputType === "text") return text;
  const value = readJson(text);
  if (isZodObject(outputType)) return z.parse(outputType, value);
  if (!isStandardSchema(outputType)) return value;
  return validateStandard(outputType, dropAbsentNulls(standardJsonSchema(outputType), value));
}

function readJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    // The engine's own message quotes the text.
    throw new SyntaxError("The final output is not JSON");
  }
}
