import type { JsonObject } from "../lib/json.ts";

/** A member that is a text; an empty one where it is none. */
export function textMember(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}
