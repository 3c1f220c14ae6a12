import { sha256Hex } from "../lib/digest.ts";

/**
 * Text of models and tools as people are shown it, in every face: data, never markup or control.
 * Whatever would not be seen, or would change how the rest is seen, is written out.
 */

// Control characters but newline and tab, lone surrogates, line separators, annotation marks, and
// what Unicode lets a program show as nothing: bidi controls, zero-width and filler characters.
const HIDDEN =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u{2028}\u{2029}\u{fff9}-\u{fffb}]/gu;

/** Makes every character that cannot be seen visible, as `\u{202e}`. Newlines and tabs stay. */
export function visibleText(text: string): string {
  return text.replaceAll(HIDDEN, (character) => escapeCharacter(character));
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visibleText(text)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`);
}

function escapeCharacter(character: string): string {
  return String.raw`\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * At most `limit` characters of one line; of a longer one its head, its length and the first 12
 * hex digits of its SHA-256, so that two that differ in the hidden part differ in what is shown.
 */
export function foldedLine(text: string, limit: number): { text: string; truncated: boolean } {
  const line = visibleLine(text);
  if (line.length <= limit) return { text: line, truncated: false };
  const note = ` ... (${text.length} characters, sha256 ${sha256Hex(text).slice(0, 12)})`;
  const head = line.slice(0, Math.max(0, limit - note.length)).replace(/[\ud800-\udbff]$/u, "");
  return { text: head + note, truncated: true };
}
