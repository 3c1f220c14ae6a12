import * as z from "zod";

import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import { cannotRead } from "./foreign-run.ts";

export const text = z.string();
export const optionalText = text.nullish().transform((value) => value ?? undefined);
export const json = z.json() as z.ZodType<JsonValue>;
export const count = z.int().min(0);
const details = z.union([z.record(text, z.number()), z.array(z.record(text, z.number()))]);
export const usageDetails = details.nullish().transform((value) => value ?? undefined);
/** An item of a provider or of a model, read further by its type. */
export const rawItem = z.looseObject({ type: text.optional() });
/** What was decided on a tool: calls by their ids, or all. */
const verdict = z.union([z.array(text), z.boolean()]);
export const record = z.object({ approved: verdict, rejected: verdict });
export const agentRef = z.object({ name: text, identity: optionalText });
export const guardrailResult = z.object({
  guardrail: z.object({ name: text }),
  output: z.looseObject({ tripwireTriggered: z.boolean(), outputInfo: json.optional() }),
});
export const toolGuardrailResult = z.object({
  guardrail: z.object({ name: text }),
  output: z.object({
    outputInfo: json.optional(),
    behavior: z.object({ type: text, message: optionalText }),
  }),
});

/**
 * `value` in the shape that `schema` wants.
 *
 * @throws HoldpointError `state_incompatible` with the place of the first fault. Names of fields
 * are the format's; every other key is content, and shown as `*`
 */
export function shaped<T>(schema: z.ZodType<T>, value: unknown, place = ""): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const path = (result.error.issues[0]?.path ?? []).map((key) => shownKey(key));
  const at = [...(place === "" ? [] : [place]), ...path].join(".");
  throw cannotRead(`${at === "" ? "the state" : `"${at}"`} has not the form that its version says`);
}

function shownKey(key: PropertyKey): string {
  const name = String(key);
  return typeof key === "number" || /^[a-z$][A-Za-z_]{1,40}$/.test(name) ? name : "*";
}

/**
 * The name of an agent that no other one bears.
 *
 * @throws HoldpointError: which of two agents of one name is meant depends on another program's order
 */
export function agentName(value: unknown, place: string): string {
  const { name, identity } = shaped(agentRef, value, place);
  if (identity === undefined || identity === name) return name;
  throw cannotRead(
    "two of its agents have one name, and which is which cannot be told here; give each a name of its own and start the run anew",
  );
}

/** The entries of an object whose keys are content. */
export function entriesOf<T>(schema: z.ZodType<T>, value: unknown, place: string): [string, T][] {
  if (value === undefined || value === null) return [];
  const object = shaped(z.record(text, z.unknown()), value, place);
  return Object.entries(object).map(([key, one]) => [key, shaped(schema, one, `${place}.*`)]);
}

/** The application's context of a state. @throws HoldpointError `state_incompatible` */
export function contextObject(value: unknown): JsonObject {
  if (isJsonObject(value)) return value;
  throw cannotRead(`"context.context" is no object`);
}
