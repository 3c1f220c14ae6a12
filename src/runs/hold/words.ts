import { visibleLine } from "../shown-text.ts";
import type { Fact, Presentation, Tier } from "./presentation.ts";

/** What a presentation is made into, where there are only lines. */
export interface HoldWords {
  readonly presentation: Presentation;
  /** Agents from the root to the asking one. */
  readonly path: readonly string[];
  readonly startedBy?: { readonly by: string } | undefined;
}

export const tierWords: Readonly<Record<Tier, string>> = {
  low: "LOW RISK",
  normal: "NORMAL RISK",
  high: "HIGH RISK",
};

const marks: Readonly<Record<Fact["weight"], string>> = { high: "!!", normal: " !", plain: " -" };

/** A column of text on terminals is that wide at least. */
const WIDTH = 78;

/**
 * A hold in lines that fit on 80 columns: what will happen, its risk and the facts, for what; what
 * the agent says comes last, marked as its words.
 */
export function holdLines({ presentation, path, startedBy }: HoldWords): string[] {
  const { headline, tier, facts, title, says, idle } = presentation;
  const through = startedBy === undefined ? "" : `, through ${visibleLine(startedBy.by)}`;
  const asked = `for “${title}”, asked by ${path.map((name) => visibleLine(name)).join(" > ")}${through}`;
  return [
    ...wrapped(`${tierWords[tier]}: ${headline}`, ""),
    ...facts.flatMap(({ text, weight }) => wrapped(text, `${marks[weight]} `)),
    ...wrapped(asked, "   "),
    ...(says === undefined
      ? []
      : says
          .split("\n")
          .flatMap((line, at) =>
            wrapped(line, at === 0 ? "   the agent says, unchecked: " : "   | "),
          )),
    ...wrapped(idle, "   "),
  ];
}

/** A text in lines; those after the first are set in as far as it is. */
function wrapped(text: string, lead: string): string[] {
  const indent = " ".repeat(Math.min(lead.length, 3));
  const lines: string[] = [];
  let line = lead;
  for (const word of text.split(/(?<= )/)) {
    if (line.length + word.trimEnd().length > WIDTH && line.trim() !== "") {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += word;
  }
  lines.push(line.trimEnd());
  return lines;
}
