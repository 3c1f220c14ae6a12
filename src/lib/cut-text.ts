/**
 * At most so many characters (UTF-16 code units) of a text from its start, and never half of a
 * pair. The inbox page loads this file too: it needs nothing of Node.
 */
export function headOf(text: string, length: number): string {
  return text.slice(0, Math.max(0, length)).replace(/[\ud800-\udbff]$/u, "");
}

/** The same from any place on: a pair that begins before it, or ends behind it, is left out. */
export function partOf(text: string, start: number, end: number): string {
  return headOf(text.slice(start, end).replace(/^[\udc00-\udfff]/u, ""), end - start);
}

/** The same, of so many lines at most. */
export function headOfLines(
  text: string,
  { characters, lines }: { characters: number; lines: number },
): string {
  const end = text.split("\n", lines).join("\n").length;
  return headOf(text, Math.min(end, characters));
}
