const codes = { red: 31, yellow: 33, green: 32, blue: 34, bold: 1, dim: 2 } as const;

export type Colour = keyof typeof codes;

/** Whether a terminal is given colours: not where its user said no (no-color.org), nor a pipe. */
export function hasColours(
  env: Readonly<Record<string, string | undefined>>,
  { isTTY }: { isTTY: boolean },
): boolean {
  return isTTY && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
}

/** A text in a colour, where the terminal has some. */
export type Paint = (text: string, colour: Colour) => string;

export function createPaint(isOn: boolean): Paint {
  return (text, colour) => (isOn ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text);
}

const starts: readonly [RegExp, Colour][] = [
  [/^ *(?:HIGH RISK: |!! )/, "red"],
  [/^ *(?:NORMAL RISK: | ! )/, "yellow"],
  [/^ *LOW RISK: /, "green"],
  [/^ {5,7}\+ /, "green"],
  [/^ {5,7}- /, "red"],
  [/^ *(?:the agent says, unchecked: |\| )/, "dim"],
];

/** The lines of a hold, as `holdLines` makes them: risk and facts by their weight. */
export function paintHold(lines: readonly string[], paint: Paint): string[] {
  return lines.map((line) => {
    const [, colour] = starts.find(([start]) => start.test(line)) ?? [];
    return colour === undefined ? line : paint(line, colour);
  });
}
