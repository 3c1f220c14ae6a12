import { element } from "./dom.ts";

/** How much of a text is shown at once; the rest is one click away. */
const FOLD_AT = 2_000;
/** How deep a tree goes; what is deeper is shown as JSON. */
const DEEPEST = 12;

/** Arguments as a tree, with the JSON text itself at hand. */
export function argumentTree(json: string): HTMLElement {
  const raw = element("details", {}, element("summary", {}, "Raw JSON"), longText(json));
  return element("div", { class: "arguments" }, parsedTree(json), raw);
}

function parsedTree(json: string): Node {
  try {
    return valueNode(JSON.parse(json), 0);
  } catch {
    return longText(json);
  }
}

function valueNode(value: unknown, depth: number): Node {
  if (typeof value === "string") return value === "" ? empty("empty text") : longText(value);
  if (typeof value !== "object" || value === null) return element("code", {}, String(value));
  if (depth >= DEEPEST) return longText(JSON.stringify(value, undefined, 2));
  if (Array.isArray(value)) {
    if (value.length === 0) return empty("empty list");
    const items = value.map((item) => element("li", {}, valueNode(item, depth + 1)));
    return element("ol", {}, ...items);
  }
  const members = Object.entries(value);
  if (members.length === 0) return empty("nothing");
  const rows = members.flatMap(([key, member]) => [
    element("dt", {}, key),
    element("dd", {}, valueNode(member, depth + 1)),
  ]);
  return element("dl", {}, ...rows);
}

function empty(words: string): HTMLElement {
  return element("em", {}, words);
}

/** A text, its rest folded where it is long: with its length and hash, never cut. */
export function longText(text: string): HTMLElement {
  if (text.length <= FOLD_AT) return element("pre", {}, text);
  const cut = isHighSurrogate(text, FOLD_AT - 1) ? FOLD_AT - 1 : FOLD_AT;
  const summary = element(
    "summary",
    {},
    `${text.length - cut} more of ${text.length} characters; SHA-256 of all ${text.length}: `,
  );
  void hexDigest(text).then((digest) => summary.append(digest));
  const rest = element("pre", {}, text.slice(cut));
  const folded = element("details", { class: "folded" }, summary, rest);
  return element("div", {}, element("pre", {}, text.slice(0, cut)), folded);
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd8_00 && unit <= 0xdb_ff;
}

async function hexDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
