import type { Row, Section, Target } from "./harness.ts";

/** A section as text: its figures in columns, then what was to be reached. */
export function toText({ title, rows, targets, notes }: Section): string {
  const lines = [`\n## ${title}\n`, ...toTable(rows), ""];
  if (targets.length > 0) lines.push(...align([TARGET_HEAD, ...targets.map(targetCells)]), "");
  for (const note of notes) lines.push(`  ${note}`);
  return `${lines.join("\n")}\n`;
}

/** What was to be reached, of all sections, as a table of Markdown. */
export function targetsOf(sections: readonly Section[]): string {
  const rows = sections.flatMap(({ targets }) => targets.map((target) => targetCells(target)));
  const lines = [TARGET_HEAD, TARGET_HEAD.map(() => "---"), ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
  return `\n## Targets\n\n${lines.join("\n")}\n`;
}

function toTable(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  return align([
    ["", "", ...names],
    ...rows.map(({ subject, size, figures }) => [
      subject,
      size,
      ...names.map((name) => toCell(figures[name])),
    ]),
  ]);
}

/** Columns under each other: the first to the left, the others to the right. */
function align(cells: readonly string[][]): string[] {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  "),
  );
}

function toCell(value: number | undefined): string {
  if (value === undefined) return "";
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return value.toPrecision(3).includes("e")
    ? Math.round(value).toLocaleString("en")
    : value.toPrecision(3);
}

const TARGET_HEAD = ["", "target", "now", "spread", ""];

function targetCells({ text, is, limit, ratio, spread }: Target): string[] {
  const wanted = `${is === "most" ? "at most" : "at least"} ${limit}`;
  if (ratio === undefined) return [text, wanted, "", "", "not measured"];
  const isMet = is === "most" ? ratio <= limit : ratio >= limit;
  return [
    text,
    wanted,
    toCell(ratio),
    spread === undefined ? "" : spread.map((end) => toCell(end)).join(" to "),
    isMet ? "met" : "missed",
  ];
}
