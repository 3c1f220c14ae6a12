import { headOf } from "../../lib/cut-text.ts";
import { element } from "./dom.ts";

/** How much of a text is shown at once; the rest is one click away. */
const FOLD_AT = 2_000;

/** A text, its rest folded where it is long: with its length and hash, never cut. */
export function longText(text: string): HTMLElement {
  if (text.length <= FOLD_AT) return element("pre", {}, text);
  const head = headOf(text, FOLD_AT);
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
