import { UserError } from "../agents/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { toSnakeCase } from "../lib/snake-case.ts";

/** An object as the Responses API takes it. */
export type Wire = Record<string, unknown>;

/** The fields of `data` but for the item's own, names in snake case down to arrays. */
export function further(data: Wire | undefined, own: readonly string[] = []): Wire {
  // Most items have none.
  if (data === undefined) return nothing;
  const fields: Wire = {};
  for (const key of Object.keys(data)) {
    const name = toSnakeCase(key);
    // An assignment to the latter would make no field.
    if (own.includes(name) || name === "__proto__") continue;
    const value = data[key];
    fields[name] = isJsonObject(value) ? further(value) : value;
  }
  return fields;
}

const nothing: Wire = Object.freeze({});

/** Without the fields that are undefined. */
export function defined(fields: Wire): Wire {
  const kept: Wire = {};
  for (const name of Object.keys(fields)) {
    if (fields[name] !== undefined) kept[name] = fields[name];
  }
  return kept;
}

export function unsupported(what: string, value: { type?: unknown; role?: unknown }): UserError {
  const kind = String(value.type ?? value.role);
  return new UserError(`Cannot send ${what} of type "${kind}" to the Responses API`);
}
