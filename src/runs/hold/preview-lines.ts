/** What a call would change, as every face shows it. Texts are safe to show, line by line. */
export interface ShownPreview {
  /** What read it: `read_text_file of notes.txt`. */
  readonly from: string;
  /** Whether an approval counts only for what was read. */
  readonly binds: boolean;
  readonly change?: ShownDifference | undefined;
  /** What changed of it since it was approved before. */
  readonly since?: ShownDifference | undefined;
  /** The first characters of what was read, and how many there are in all. */
  readonly text?: string | undefined;
  readonly length?: number | undefined;
  /** Why nothing was read. */
  readonly failed?: string | undefined;
  /** A yes lets it run whatever it reads then. */
  readonly whatever?: true | undefined;
}

/** Lines after their mark: `+`, `-`, ` `, and `@12` for lines that were left out. */
export interface ShownDifference {
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly string[];
  /** How many lines that go are not among them. */
  readonly omitted?: number | undefined;
}

/** `3 lines come, 1 goes`. */
export function countText({ added, removed }: ShownDifference): string {
  if (added === 0 && removed === 0) return "nothing";
  const lines = added === 1 ? "line comes" : "lines come";
  return `${added} ${lines}, ${removed} ${removed === 1 ? "goes" : "go"}`;
}

/** What a yes is bound to, in a sentence. */
export function boundText({ binds, whatever }: ShownPreview): string {
  if (whatever === true) {
    return "It has read differently twice: a yes runs it WHATEVER IT READS then";
  }
  return binds
    ? "A yes counts for what was read: it is read again before the call starts"
    : "A yes is not bound to what was read";
}

/** A line of a preview: what we say, or what was read behind its mark. */
export interface PreviewLine {
  readonly mark?: "+" | "-" | " " | "@" | undefined;
  readonly text: string;
}

/** All of it, where there are only lines. */
export function previewLines(preview: ShownPreview): PreviewLine[] {
  const { from, change, since, text = "", length = 0, failed } = preview;
  if (failed !== undefined) return [];
  const rest = length - text.length;
  const read: PreviewLine[] =
    change === undefined
      ? [
          { text: `It reads now (${from}):` },
          ...text.split("\n").map((line): PreviewLine => ({ mark: " ", text: line })),
          ...(rest > 0 ? [{ text: `${rest} more of ${length} characters` }] : []),
        ]
      : [{ text: `What would change (${from}): ${countText(change)}` }, ...toLines(change)];
  return [
    ...(since === undefined ? [] : [{ text: "Since it was approved:" }, ...toLines(since)]),
    ...read,
    { text: `${boundText(preview)}.` },
  ];
}

/** The lines of a difference. */
export function toLines({ lines, omitted }: ShownDifference): PreviewLine[] {
  return [
    ...lines.map((line) => toLine(line)),
    ...(omitted === undefined ? [] : [{ text: omittedText(omitted) }]),
  ];
}

function toLine(line: string): PreviewLine {
  const [mark = " ", text] = [line[0], line.slice(1)];
  if (mark === "@") return { mark, text: `line ${text}` };
  return { mark: mark === "+" || mark === "-" ? mark : " ", text };
}

/** The same as one text. */
export function previewText(preview: ShownPreview): string {
  return previewLines(preview)
    .map(({ mark, text }) => (mark === undefined ? text : `${mark} ${text}`))
    .join("\n");
}

export function omittedText(omitted: number): string {
  return omitted === 1
    ? "1 more line goes, and is not shown"
    : `${omitted} more lines go, and are not shown`;
}
