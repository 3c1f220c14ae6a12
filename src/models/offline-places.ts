import type { SerializedTool } from "../agents/model.ts";
import { isJsonObject } from "../lib/json.ts";

/** Words after which a capitalised word is likely to be a place. */
const leadingWords = new Set(
  "in for at of and or to near from around between over with versus vs visit".split(" "),
);

/** Capitalised words that are no places. */
const otherWords = new Set(
  (
    "i i'm i'd i'll ok am pm utc gmt api json csv xml pdf html celsius fahrenheit kelvin english " +
    "monday tuesday wednesday thursday friday saturday sunday january february march april may " +
    "june july august september october november december today tomorrow please thanks " +
    "hello hi hey help yes no"
  ).split(" "),
);

/** First words of names, which a sentence may begin with and mean a place. */
const nameOpenings = new Set(
  (
    "new san los las saint st. santa el la le fort port mount cape rio são sao hong kuala buenos " +
    "tel abu salt north south east west"
  ).split(" "),
);

/** Places that are understood wherever they stand. */
const knownPlaces = new Set(
  (
    "amsterdam athens bangkok barcelona beijing berlin boston brussels cairo chicago copenhagen " +
    "dallas delhi denver dubai dublin hamburg helsinki houston istanbul jakarta kyoto lagos lima " +
    "lisbon london madrid melbourne miami milan montreal moscow mumbai munich nairobi oakland " +
    "osaka oslo paris prague rome seattle seoul shanghai singapore stockholm sydney tokyo toronto " +
    "vancouver vienna warsaw washington zurich"
  ).split(" "),
);

const word = String.raw`\p{Lu}[\p{L}\p{M}.-]*(?:['’]\p{L}{2,})*`;
const joint = String.raw`(?:(?:d[aeio]|do|del|los|las|la|upon|sur|am|van)\s+)?`;
const names = new RegExp(`${word}(?:[^\\S\\n]+${joint}${word})*`, "gu");
const listSeparator = /^\s*(?:,|;|\/|&|,?\s*\b(?:and|or|versus|vs\.?)\b)\s*$/i;

interface Candidate {
  name: string;
  start: number;
  end: number;
  isPlace: boolean;
}

/**
 * The places that a text seems to name, each once, in order. A guess: capitalised words after a
 * preposition, in a list with such, in the possessive, well known, or all there is.
 */
export function findPlaces(text: string): string[] {
  const candidates = [...text.matchAll(names)].flatMap((match) => toCandidate(match, text));
  spreadOverLists(candidates, text);
  const places = new Map<string, string>();
  for (const { name, isPlace } of candidates) {
    if (isPlace && !places.has(name.toLowerCase())) places.set(name.toLowerCase(), name);
  }
  return [...places.values()];
}

function toCandidate({ 0: found, index }: RegExpExecArray, text: string): Candidate[] {
  let name = found;
  let start = index;
  const before = text.slice(0, index);
  const isFirst = /(?:^|[.!?\n]\s*|["“(]\s*)$/.test(before);
  const [opening = "", ...rest] = found.split(/\s+/);
  if (isFirst && rest.length > 0 && !isNameOpening(opening)) {
    name = found.slice(opening.length).trimStart();
    start = index + found.length - name.length;
  }
  const end = index + found.length;
  // An abbreviation keeps its full stop, a sentence does not.
  if (!/\.\p{Lu}\.$/u.test(name)) name = name.replace(/[.-]+$/, "");
  if (name === "" || otherWords.has(name.toLowerCase())) return [];
  const lead = /([\p{L}.&]+)\s+(?:the\s+)?$/u.exec(text.slice(0, start))?.[1]?.toLowerCase() ?? "";
  const isPlace =
    leadingWords.has(lead) ||
    knownPlaces.has(name.toLowerCase()) ||
    (isFirst && nameOpenings.has(opening.toLowerCase()) && rest.length > 0) ||
    /:\s*$/.test(text.slice(0, start)) ||
    (!isFirst && /^['’]s\b/.test(text.slice(end))) ||
    text.trim().replace(/[.?!]$/, "") === found.replace(/[.]$/, "");
  return [{ name, start, end, isPlace }];
}

function isNameOpening(opening: string): boolean {
  return nameOpenings.has(opening.toLowerCase()) || knownPlaces.has(opening.toLowerCase());
}

/** What stands in a list with a place is a place, to the right as to the left. */
function spreadOverLists(candidates: readonly Candidate[], text: string): void {
  const spread = (left: Candidate | undefined, right: Candidate | undefined): void => {
    if (left === undefined || right === undefined) return;
    if (!listSeparator.test(text.slice(left.end, right.start))) return;
    const isEither = left.isPlace || right.isPlace;
    left.isPlace = isEither;
    right.isPlace = isEither;
  };
  for (let at = 1; at < candidates.length; at += 1) spread(candidates[at - 1], candidates[at]);
  for (let at = candidates.length - 1; at > 0; at -= 1) spread(candidates[at - 1], candidates[at]);
}

export interface PlaceTool {
  name: string;
  parameter: string;
}

/** The function tool with exactly one parameter, a text, that `text` speaks of most. */
export function findPlaceTool(
  tools: readonly SerializedTool[],
  text: string,
): PlaceTool | undefined {
  const said = new Set(wordsOf(text));
  let best: (PlaceTool & { score: number }) | undefined;
  for (const tool of tools) {
    if (tool.type !== "function") continue;
    const parameter = onlyTextParameter(tool.parameters);
    if (parameter === undefined) continue;
    const about = new Set(wordsOf(`${tool.name} ${tool.description} ${parameter}`));
    const score = [...about].filter((known) => said.has(known)).length;
    if (best === undefined || score > best.score) best = { name: tool.name, parameter, score };
  }
  return best;
}

function onlyTextParameter(schema: unknown): string | undefined {
  const properties = isJsonObject(schema) ? schema["properties"] : undefined;
  if (!isJsonObject(properties)) return undefined;
  const [only, ...others] = Object.entries(properties);
  if (only === undefined || others.length > 0) return undefined;
  const [name, described] = only;
  return isJsonObject(described) && described["type"] === "string" && !("enum" in described)
    ? name
    : undefined;
}

/** Words of four and more letters, in lower case; names in snake or camel case fall apart. */
function wordsOf(text: string): string[] {
  const words = text.replaceAll(/([a-z])([A-Z])/g, "$1 $2").match(/\p{L}{4,}/gu) ?? [];
  return words.map((each) => each.toLowerCase());
}
