import { headOfLines } from "../../lib/cut-text.ts";
import { element } from "./dom.ts";

/** How much of a text is shown at once; the rest is one click away. */
const FOLD_AT = { characters: 2_000, lines: 30 };

/** A text, its rest folded where it is long: with its length and hash, never cut. */
export function longText(
  text: string,
  { lines = FOLD_AT.lines }: { lines?: number } = {},
): HTMLElement {
  const head = headOfLines(text, { ...FOLD_AT, lines });
  if (head === text) return element("pre", {}, text);
  const cut = head.length;
  const summary = element(
    "summary",
    {},
    `${text.length - cut} more of ${text.length} characters; SHA-256 of all ${text.length}: `,
  );
  void hexDigest(text).then((digest) => summary.append(digest));
  const rest = element("pre", {}, text.slice(cut));
  const folded = element("details", { class: "folded" }, summary, rest);
  return element("div", {}, element("pre", {}, head), folded);
}

async function hexDigest(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
