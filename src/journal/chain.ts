import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { entrySchema, FORMAT_VERSION, type Entry, type EntryDraft } from "./entries.ts";

/** One entry as it is stored: the text, and what it says. */
export interface StoredEntry {
  readonly line: string;
  readonly entry: Entry;
}

/**
 * Gives a draft its place behind `previous`, the stored line before it.
 *
 * @param at ISO 8601 UTC
 */
export function storeEntry(
  draft: EntryDraft,
  place: { seq: number; at: string; previous: string | undefined },
): StoredEntry {
  const { seq, at } = place;
  const prev = place.previous === undefined ? {} : { prev: sha256(place.previous) };
  // Written in this order so that a person who reads the raw lines sees what and when first.
  const line = JSON.stringify(Object.assign({ seq, type: draft.type, at }, draft, prev));
  // What is read back later is what counts from the start: no instance, no `undefined` survives.
  return { line, entry: JSON.parse(line) as Entry };
}

/**
 * Reads rows that this program's own store wrote: trusted, and checked only for being of a version
 * that this one knows.
 *
 * @throws HoldpointError `state_incompatible`
 */
export function readStoredLines(lines: readonly string[]): StoredEntry[] {
  return lines.map((line) => {
    const entry = JSON.parse(line) as Entry;
    if (!knownTypes.has(entry.type)) throw broken(entry.seq, describeProblem(entry, undefined));
    checkFormat(entry);
    return { line, entry };
  });
}

/**
 * Reads lines from outside, and checks every entry and the chain of hashes.
 *
 * @param previous the line before the first of `lines`
 * @throws HoldpointError `state_incompatible`, naming the first entry that does not fit and
 * nothing of its content
 */
export function verifyLines(
  lines: readonly string[],
  { fromSeq = 0, previous }: { fromSeq?: number; previous?: string | undefined } = {},
): StoredEntry[] {
  let before = previous;
  return lines.map((line, index) => {
    const stored = { line, entry: parseLine(line, fromSeq + index) };
    const { seq, prev } = stored.entry;
    if (seq !== fromSeq + index) throw broken(fromSeq + index, "is out of order");
    if (prev !== (before === undefined ? undefined : sha256(before))) {
      throw broken(seq, "does not follow from the entry before it (broken hash chain)");
    }
    before = line;
    return stored;
  });
}

function parseLine(line: string, seq: number): Entry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw broken(seq, "is not JSON");
  }
  const result = entrySchema.safeParse(value);
  if (!result.success) throw broken(seq, describeProblem(value, result.error.issues[0]?.path));
  checkFormat(result.data);
  // The parsed copy would lose the fields that pass through unread.
  return value as Entry;
}

function checkFormat(entry: Entry): void {
  if (entry.type !== "run_started" || entry.format <= FORMAT_VERSION) return;
  throw new HoldpointError(
    "state_incompatible",
    `Cannot read a run of format ${entry.format}: this version reads up to ${FORMAT_VERSION}. Update holdpoint`,
  );
}

const knownTypes: ReadonlySet<string> = new Set(
  entrySchema.options.map((option) => option.shape.type.value),
);

function describeProblem(value: unknown, path: readonly PropertyKey[] | undefined): string {
  const type: unknown = isJsonObject(value) ? value["type"] : undefined;
  if (typeof type !== "string") return "has no type";
  if (!knownTypes.has(type)) {
    return /^[a-z_]{1,40}$/.test(type) ? `has the unknown type "${type}"` : "has an unknown type";
  }
  return `(${type}) has an invalid field: ${(path ?? []).map(String).join(".")}`;
}

function broken(seq: number, problem: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot read the run: entry ${seq} ${problem}`);
}
