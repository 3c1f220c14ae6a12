/** Characters that take two columns of a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** How many columns of a terminal a text takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

function widthOf(character: string): number {
  if (/\p{M}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** How a text is laid out in lines of a terminal. */
export interface Wrapping {
  /** In columns. */
  readonly width: number;
  /** In front of the first line. */
  readonly lead: string;
  /** In front of those after it. */
  readonly indent: string;
}

/** A text of one line in lines of a width: broken at spaces, and a word that is longer within. */
export function wrapText(text: string, { width, lead, indent }: Wrapping): string[] {
  const lines: string[] = [];
  let line = lead;
  let used = columnsOf(lead);
  const end = (): void => {
    lines.push(line.trimEnd());
    line = indent;
    used = columnsOf(indent);
  };
  for (const word of text.split(/(?<= )/)) {
    const columns = columnsOf(word.trimEnd());
    const isFull = used + columns > width;
    if (isFull && line.trim() !== "" && columns <= width - columnsOf(indent)) end();
    for (const character of word) {
      const own = widthOf(character);
      // A space at the end of a line is none.
      if (used + own > width && character !== " ") end();
      line += character;
      used += own;
    }
  }
  lines.push(line.trimEnd());
  return lines;
}
