import { validateAgainstSchema } from "../agents/schema/schema-check.ts";
import { argumentsText } from "../engine/arguments.ts";
import type { Question, Approval, Run } from "../engine/state.ts";
import { callOf } from "../engine/frames.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isJsonObject, isPlainJson, type JsonObject, type JsonValue } from "../lib/json.ts";
import { sealFor } from "../lib/sealed-box.ts";
import { parseStrictJson } from "../lib/strict-json.ts";

/** The member that holds a sealed answer, in place of the fields. */
export const SEALED = "holdpoint/sealed";

/**
 * What a person filled in, sealed for who asks: neither the values nor a digest of them is kept.
 *
 * @param given what was typed; the fields as they were asked where absent
 * @throws HoldpointError `arguments_invalid` which names fields, and no value
 */
export function sealAnswer(
  question: Question,
  { run, approval, given }: { run: Run; approval: Approval; given: unknown },
): JsonObject {
  const asked = parseStrictJson(argumentsText(approval, callOf(run, approval)));
  const filled = filledIn(question.schema, given === undefined ? asked : given);
  return { [SEALED]: sealFor(question.key, JSON.stringify(filled)) };
}

/**
 * The fields that have a value, of the types that the schema wants; a field left at `null` was not
 * filled in.
 *
 * @throws HoldpointError `arguments_invalid`
 */
export function filledIn(schema: JsonObject, given: unknown): JsonObject {
  if (!isPlainJson(given) || !isJsonObject(given))
    throw misfilled(["an object of fields is needed"]);
  const fields = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const names = Object.keys(given);
  const unknown = names.filter((name) => !Object.hasOwn(fields, name));
  if (unknown.length > 0) throw misfilled(unknown.map((name) => `${name}: there is no such field`));
  const filled = names.flatMap((name): [string, JsonValue][] => {
    const value = given[name];
    return value === undefined || value === null ? [] : [[name, typed(fields[name], value)]];
  });
  const answer = Object.fromEntries(filled);
  const problems = [...missing(schema, answer), ...validateAgainstSchema(schema, answer)];
  if (problems.length > 0) throw misfilled(problems);
  return answer;
}

function missing({ required }: JsonObject, answer: JsonObject): string[] {
  const names = Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
  return names.filter((name) => !Object.hasOwn(answer, name)).map((name) => `${name}: is missing`);
}

/** A text that was typed where the schema wants something else. */
function typed(field: JsonValue | undefined, value: JsonValue): JsonValue {
  if (typeof value !== "string" || !isJsonObject(field)) return value;
  const text = value.trim();
  switch (field["type"]) {
    case "number":
    case "integer":
      return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : value;
    case "boolean":
      return text === "true" || (text === "false" ? false : value);
    case "array":
      return text === "" ? [] : text.split(",").map((each) => each.trim());
    default:
      return value;
  }
}

function misfilled(problems: readonly string[]): HoldpointError {
  const why = [...new Set(problems)].slice(0, 10).join("; ").slice(0, 500);
  return new HoldpointError(
    "arguments_invalid",
    `Nothing was sent: ${why}. Fill in the fields as changed arguments, or reject to decline`,
  );
}
