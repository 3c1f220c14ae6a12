import type { FunctionCallItem } from "./items.ts";
import { sha256 } from "../lib/digest.ts";
import { canonicalJson, type JsonValue } from "../lib/json.ts";
import { parseStrictJson } from "../lib/strict-json.ts";

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

/** What an approval is bound to: the exact arguments, in canonical form. */
export function argumentsDigest(value: JsonValue): string {
  return sha256(canonicalJson(value));
}
