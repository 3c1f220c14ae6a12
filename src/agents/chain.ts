import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isJsonObject } from "../lib/json.ts";
import { entrySchema, FORMAT_VERSION, kindOf, type Entry, type EntryDraft } from "./entries.ts";
import { formatOneSchema } from "../engine/format-1.ts";

/** One entry as it is stored: the text, and what it says. */
export interface StoredEntry {
  readonly line: string;
  readonly entry: Entry;
}

/**
 * Gives a draft its place behind `previous`, the stored line before it.
 *
 * @param place `at`: ISO 8601 UTC; `epoch`: the claim that an intention is made under
 */
export function storeEntry(
  draft: EntryDraft,
  place: { seq: number; at: string; epoch: number; previous: string | undefined },
): StoredEntry {
  const { seq, at, epoch } = place;
  const prev = place.previous === undefined ? {} : { prev: sha256(place.previous) };
  const made = kindOf(draft) === "intention" ? { epoch } : {};
  // Written in this order so that a person who reads the raw lines sees what and when first.
  const line = JSON.stringify(Object.assign({ seq, type: draft.type, at }, made, draft, prev));
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
  let format = FORMAT_VERSION;
  return lines.map((line, index) => {
    const value = parseJson(line, fromSeq + index);
    format = formatOf(value) ?? format;
    const stored = { line, entry: parseEntry(value, fromSeq + index, format) };
    const { seq, prev } = stored.entry;
    if (seq !== fromSeq + index) throw broken(fromSeq + index, "is out of order");
    if (prev !== (before === undefined ? undefined : sha256(before))) {
      throw broken(seq, "does not follow from the entry before it (broken hash chain)");
    }
    before = line;
    return stored;
  });
}

/** The format of what follows, where an entry says one. */
function formatOf(value: unknown): number | undefined {
  const format: unknown = isJsonObject(value) ? value["format"] : undefined;
  return typeof format === "number" ? format : undefined;
}

function parseJson(line: string, seq: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw broken(seq, "is not JSON");
  }
}

function parseEntry(value: unknown, seq: number, format: number): Entry {
  const schema = format === 1 ? formatOneSchema : entrySchema;
  const result = schema.safeParse(value);
  if (!result.success) throw broken(seq, describeProblem(value, result.error.issues[0]?.path));
  checkFormat(value as Entry);
  // The parsed copy would lose the fields that pass through unread.
  return value as Entry;
}

function checkFormat(entry: Entry): void {
  const format = entry.type === "run_started" || entry.type === "run_claimed" ? entry.format : 1;
  if (format === undefined || format <= FORMAT_VERSION) return;
  throw new HoldpointError(
    "state_incompatible",
    `Cannot read a run of format ${format}: this version reads up to ${FORMAT_VERSION}. Update holdpoint`,
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
