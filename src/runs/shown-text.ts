/**
 * Text of models and tools as people are shown it, in every face: data, never markup or control.
 * Whatever would not be seen, or would change how the rest is seen, is written out. The inbox page
 * loads this file too: it needs nothing of Node.
 */

// Control characters but newline and tab, lone surrogates, line separators, annotation marks, and
// what Unicode lets a program show as nothing: bidi controls, zero-width and filler characters.
const HIDDEN =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u{2028}\u{2029}\u{fff9}-\u{fffb}]/gu;

/** Makes every character that cannot be seen visible, as `\u{202e}`. Newlines and tabs stay. */
export function visibleText(text: string): string {
  return replaceHidden(text, escapeCharacter);
}

/** Writes every character that cannot be seen in another way. Newlines and tabs stay. */
export function replaceHidden(text: string, write: (character: string) => string): string {
  return text.replaceAll(HIDDEN, (character) => write(character));
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
