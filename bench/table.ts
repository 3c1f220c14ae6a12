import type { Row, Section, Target } from "./harness.ts";

/** A section as text: its figures in columns, then what was to be reached. */
export function toText({ title, rows, targets, notes }: Section): string {
  const lines = [`\n## ${title}\n`, ...toTable(rows), ""];
  for (const target of targets) lines.push(describeTarget(target));
  for (const note of notes) lines.push(`  ${note}`);
  return `${lines.join("\n")}\n`;
}

function toTable(rows: readonly Row[]): string[] {
  const names = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const cells = [
    ["", "", ...names],
    ...rows.map(({ subject, size, figures }) => [
      subject,
      size,
      ...names.map((name) => toCell(figures[name])),
    ]),
  ];
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

function describeTarget({ text, is, limit, ratio, spread }: Target): string {
  const wanted = `${is === "most" ? "at most" : "at least"} ${limit}`;
  if (ratio === undefined) return `  ?       ${text}: not measured (${wanted})`;
  const isMet = is === "most" ? ratio <= limit : ratio >= limit;
  return `  ${isMet ? "met   " : "MISSED"}  ${text}: ${ratio.toPrecision(3)}${describeSpread(spread)} (${wanted})`;
}

function describeSpread(spread: Target["spread"]): string {
  return spread === undefined ? "" : ` [${spread.map((end) => end.toPrecision(3)).join(" to ")}]`;
}
