import * as z from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { childrenOf, mapChildren } from "./json-schema.ts";

/** At most this many problems are told: a model mends a few, or starts again. */
const maxProblems = 10;

/** Characters of one problem; names of properties can be of any length. */
const maxProblemLength = 200;

/**
 * What is wrong with a value, a line each of path and expectation: at most 10, of 200 characters.
 * Names of properties appear in them, values do not. Formats are not checked. Empty when the value
 * fits, and when the schema has parts that cannot be checked here: rather no answer than a wrong one.
 */
export function validateAgainstSchema(schema: JsonObject, value: JsonValue): string[] {
  const { error } = toChecker(schema)?.safeParse(value) ?? {};
  return (error?.issues ?? []).slice(0, maxProblems).map((issue) => {
    const path = issue.path.map(String).join(".");
    const problem = path === "" ? describe(issue) : `${path}: ${describe(issue)}`;
    return problem.slice(0, maxProblemLength);
  });
}

function toChecker(schema: JsonObject): z.ZodType | undefined {
  if (comparesObjects(schema)) return undefined;
  try {
    return z.fromJSONSchema(loosen(schema), {
      registry: z.registry(),
      defaultTarget: schema["definitions"] === undefined ? "draft-2020-12" : "draft-7",
    });
  } catch {
    return undefined;
  }
}

/** Whether a constant is an object or a list: zod compares those by identity. */
function comparesObjects(node: JsonValue): boolean {
  if (!isJsonObject(node)) return false;
  const { const: only = null, enum: values } = node;
  const constants = [only, ...(Array.isArray(values) ? values : [])];
  if (constants.some((constant) => typeof constant === "object" && constant !== null)) return true;
  return childrenOf(node).some((child) => comparesObjects(child));
}

/**
 * The schema without what would be refused wrongly: formats, remarks in JSON Schema, of which zod's
 * own are narrower than their names; and "one of", since zod takes some branches for more than
 * they say.
 */
function loosen(node: JsonObject): JsonObject {
  const { format: _format, oneOf, ...rest } = mapChildren(node, loosen);
  return oneOf === undefined ? rest : { anyOf: oneOf, ...rest };
}

function describe(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union") return issue.message;
  const kinds = issue.errors.flatMap(([first]) =>
    first !== undefined && first.path.length === 0 && "expected" in first ? [first.expected] : [],
  );
  return kinds.length > 0 ? `Invalid input: expected ${kinds.join(" or ")}` : "Fits no alternative";
}
