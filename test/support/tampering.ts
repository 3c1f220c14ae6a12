import { inspect } from "node:util";

import { sha256 } from "../../src/lib/digest.ts";
import type { SerializedState } from "../../src/agents/face/state-text.ts";

/** An entry as anybody can read and change it. */
export type LooseEntry = Record<string, unknown> & { type: string };

export function parseText(text: string): { entries: LooseEntry[] } & Record<string, unknown> {
  const { entries, ...rest }: SerializedState = JSON.parse(text);
  return { ...rest, entries: entries.map((line) => JSON.parse(line) as LooseEntry) };
}

/** The text with changed entries, and the hashes as they were: whoever looks sees it. */
export function withEntries(text: string, change: (entries: LooseEntry[]) => LooseEntry[]): string {
  const { entries, ...rest } = parseText(text);
  const changed = change(entries).map((entry) => JSON.stringify(entry));
  return JSON.stringify({ ...rest, entries: changed });
}

/** The text with changed entries, numbers and hashes computed anew: nobody can see it. */
export function rechained(text: string, change: (entries: LooseEntry[]) => LooseEntry[]): string {
  const { entries, ...rest } = parseText(text);
  const lines: string[] = [];
  for (const { prev: _old, ...entry } of change(entries)) {
    const before = lines.at(-1);
    const prev = before === undefined ? {} : { prev: sha256(before) };
    lines.push(JSON.stringify({ ...entry, seq: lines.length, ...prev }));
  }
  return JSON.stringify({ ...rest, entries: lines });
}

/** Changes the entries of one type in place. */
export function editing(
  type: string,
  change: (entry: LooseEntry) => void,
): (entries: LooseEntry[]) => LooseEntry[] {
  return (entries) => {
    for (const entry of entries) if (entry.type === type) change(entry);
    return entries;
  };
}

/** Everything that a reader of logs could find in an error. */
export function everythingIn(error: unknown): string {
  const parts = [inspect(error, { depth: 20, showHidden: true })];
  for (let each = error; each instanceof Error; each = each.cause) {
    parts.push(each.name, each.message, each.stack ?? "", JSON.stringify(each));
  }
  return parts.join("\n");
}
