import { replaceLookAlikes } from "./look-alikes.ts";

/**
 * Text of models and tools as people are shown it, in every face: data, never markup or control.
 * Whatever would not be seen, or would change how the rest is seen, is written out. The inbox page
 * loads this file too: it needs nothing of Node.
 */

// Control characters but newline and tab, lone surrogates, line separators, annotation marks, and
// what Unicode lets a program show as nothing: bidi controls, zero-width and filler characters.
const HIDDEN =
  /(?![\n\t])[\p{Cc}\p{Cs}\p{Default_Ignorable_Code_Point}\u{2028}\u{2029}\u{fff9}-\u{fffb}]/gu;

/**
 * Makes every character that cannot be seen visible, as `\u{202e}`, and every one that would be taken
 * for another, as `[U+0430]`. Newlines and tabs stay. What was made visible once stays as it is.
 */
export function visibleText(text: string): string {
  const marked = replaceLookAlikes(text, (character) => `[U+${numberOf(character, 4)}]`);
  return marked.replaceAll(HIDDEN, (character) => escapeCharacter(character));
}

/** Writes all of these characters in another way. Newlines and tabs stay. */
export function replaceHidden(text: string, write: (character: string) => string): string {
  return replaceLookAlikes(text, write).replaceAll(HIDDEN, (character) => write(character));
}

/** The same on one line. */
export function visibleLine(text: string): string {
  return visibleText(text)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\t", String.raw`\t`);
}

function escapeCharacter(character: string): string {
  return String.raw`\u{${numberOf(character, 1).toLowerCase()}}`;
}

function numberOf(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(digits, "0");
}

/** A text in the arguments of a call that goes out in other words than the model's. */
export interface RewrittenText {
  /** Where it stands: `paths[0]`. */
  readonly at: string;
  readonly proposed: string;
  readonly sent: string;
}

/** As people are told: "notes/a.txt, that is /home/u/notes/a.txt". */
export function describeRewritten({ at, proposed, sent }: RewrittenText): string {
  return visibleLine(`${at}: ${proposed}, that is ${sent}`);
}
