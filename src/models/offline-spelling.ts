import { isJsonObject, type JsonObject } from "../lib/json.ts";

export interface WantedCall {
  name: string;
  args: JsonObject;
}

/** The calls that `text` spells as `name {json}`, for the names given, in order. */
export function findSpelledCalls(text: string, names: readonly string[]): WantedCall[] {
  const found: (WantedCall & { at: number })[] = [];
  for (const name of new Set(names)) {
    const opening = new RegExp(`(?<![\\w.-])${escape(name)}\\s*\\(?\\s*(?=\\{)`, "g");
    for (const match of text.matchAll(opening)) {
      const args = parseObjectAt(text, match.index + match[0].length);
      if (args !== undefined) found.push({ name, args, at: match.index });
    }
  }
  return found
    .toSorted((left, right) => left.at - right.at)
    .map(({ name, args }) => ({ name, args }));
}

function escape(text: string): string {
  return text.replaceAll(/[^\w]/g, String.raw`\$&`);
}

/** The JSON object that begins at `start`; `undefined` when what begins there is none. */
function parseObjectAt(text: string, start: number): JsonObject | undefined {
  const end = findEnd(text, start);
  if (end === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.slice(start, end));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The index after the brace that closes the one at `start`; braces in strings do not count. */
function findEnd(text: string, start: number): number | undefined {
  let depth = 0;
  for (const { 0: token, index } of text.slice(start).matchAll(/"(?:\\.|[^"\\])*"|[{}]/gs)) {
    if (token === "{") depth += 1;
    if (token === "}") depth -= 1;
    if (depth === 0) return start + index + 1;
  }
  return undefined;
}
