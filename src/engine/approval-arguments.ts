import type { Approval } from "./state.ts";
import type { Call } from "./state.ts";
import { parseStrictJson } from "../lib/strict-json.ts";

/** The arguments that an approval is about, as compact JSON text; unreadable ones as they stand. */
export function argumentsText(approval: Approval, call: Call): string {
  if (approval.arguments !== undefined) return JSON.stringify(approval.arguments);
  try {
    return JSON.stringify(parseStrictJson(call.item.arguments));
  } catch {
    return call.item.arguments;
  }
}
