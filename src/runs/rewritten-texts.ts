import { isJsonObject, type JsonValue } from "../lib/json.ts";
import type { RewrittenText } from "./shown-text.ts";
import { parseStrictJson } from "../lib/strict-json.ts";

/** What rules put into other words: what the model wrote, and what is sent, place by place. */
export function rewrittenTexts(proposed: string, sent: JsonValue | undefined): RewrittenText[] {
  if (sent === undefined) return [];
  try {
    return compare(parseStrictJson(proposed), sent, "");
  } catch {
    return [];
  }
}

function compare(proposed: JsonValue, sent: JsonValue, at: string): RewrittenText[] {
  if (typeof proposed === "string" && typeof sent === "string") {
    return proposed === sent ? [] : [{ at, proposed, sent }];
  }
  if (Array.isArray(proposed) && Array.isArray(sent)) {
    return proposed.flatMap((item, index) => {
      const other = sent[index];
      return other === undefined ? [] : compare(item, other, `${at}[${index}]`);
    });
  }
  if (!isJsonObject(proposed) || !isJsonObject(sent)) return [];
  return Object.entries(proposed).flatMap(([key, value]) => {
    const other = Object.hasOwn(sent, key) ? sent[key] : undefined;
    return other === undefined ? [] : compare(value, other, at === "" ? key : `${at}.${key}`);
  });
}
