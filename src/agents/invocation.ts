import { canonicalJson } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";
import type { FunctionCallItem } from "./items.ts";

/** Whether two calls ask for the same: tool and arguments, whatever the order of their keys. */
export function sameInvocation(one: FunctionCallItem, other: FunctionCallItem): boolean {
  if (one.name !== other.name || one.namespace !== other.namespace) return false;
  return (
    one.arguments === other.arguments ||
    canonicalArguments(one.arguments) === canonicalArguments(other.arguments)
  );
}

function canonicalArguments(text: string): string {
  try {
    return canonicalJson(parseStrictJson(text));
  } catch {
    return text;
  }
}
