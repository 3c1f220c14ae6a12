import type * as z from "zod";

import { sha256 } from "../lib/digest.ts";
import { HoldpointError } from "../lib/errors.ts";
import { isJsonObject, jsonCopy } from "../lib/json.ts";
import { lazy } from "../lib/lazy.ts";
import { FORMAT_VERSION, type AnyDraft, type EntryKind, type StoredFields } from "./entries.ts";
import { engineForms } from "./entry-schemas.ts";
import { formatOneForms } from "./format-1.ts";
import type { Folders } from "./state.ts";

/** One entry as it is stored: the text, and what it says. */
export interface StoredEntry<E extends StoredFields = StoredFields> {
  readonly line: string;
  /** Of an entry that was made here, `prev` stands in it once its line was read. */
  readonly entry: E;
}

/**
 * Gives a draft its place behind `previous`. The draft is copied as it is at this moment.
 *
 * @param place `at`: ISO 8601 UTC; `epoch`: the claim that an intention is made under
 */
export function storeEntry(
  draft: AnyDraft,
  {
    previous,
    ...place
  }: { seq: number; at: string; epoch: number; kind: EntryKind; previous: StoredEntry | undefined },
): StoredEntry {
  const { seq, at, epoch } = place;
  const made = place.kind === "intention" && draft.type !== "run_claimed" ? { epoch } : {};
  // Written in this order so that a person who reads the raw lines sees what and when first.
  const fields = Object.assign({ seq, type: draft.type, at }, made, draft);
  // What is read back later is what counts from the start: no instance, no `undefined` survives.
  return new MadeEntry(jsonCopy(fields) as unknown as StoredFields, previous);
}

/** An entry that was made here; its line, with the hash of the one before, only if it is read. */
class MadeEntry implements StoredEntry {
  #line: string | undefined;
  #previous: StoredEntry | undefined;
  readonly entry: StoredFields & { prev?: string | undefined };

  constructor(entry: StoredFields, previous: StoredEntry | undefined) {
    this.entry = entry;
    this.#previous = previous;
  }

  get line(): string {
    if (this.#line !== undefined) return this.#line;
    const unwritten: MadeEntry[] = [this];
    let before = this.#previous;
    while (before instanceof MadeEntry && before.#line === undefined) {
      unwritten.push(before);
      before = before.#previous;
    }
    // The oldest first: a run of many entries is deeper than a stack.
    for (const each of unwritten.toReversed()) {
      if (each.#previous !== undefined) each.entry.prev = sha256(each.#previous.line);
      each.#previous = undefined;
      each.#line = JSON.stringify(each.entry);
    }
    return this.#line ?? "";
  }
}

/** The hash of the line before an entry; `undefined` of the first. */
export function hashBefore({ line }: StoredEntry): string | undefined {
  const { prev }: { prev?: string } = JSON.parse(line);
  return prev;
}

/**
 * Reads rows that this program's own store wrote: trusted, and checked only for being of a version
 * that this one knows.
 *
 * @throws HoldpointError `state_incompatible`
 */
export function readStoredLines<E extends StoredFields = StoredFields>(
  lines: readonly string[],
  folders: Folders,
): StoredEntry<E>[] {
  const known = knownTypes(folders);
  return lines.map((line) => {
    const entry = JSON.parse(line) as E;
    if (!known.has(entry.type)) throw broken(entry.seq, describeType(entry, known));
    checkFormat(entry, folders);
    return { line, entry };
  });
}

/**
 * Reads lines from outside, and checks every entry and the chain of hashes.
 *
 * @param options `previous`: the line before the first of `lines`
 * @throws HoldpointError `state_incompatible`, naming the first entry that does not fit and
 * nothing of its content
 */
export function verifyLines(
  lines: readonly string[],
  {
    folders,
    fromSeq = 0,
    previous,
  }: { folders: Folders; fromSeq?: number; previous?: string | undefined },
): StoredEntry[] {
  let before = previous;
  let format = FORMAT_VERSION;
  return lines.map((line, index) => {
    const value = parseJson(line, fromSeq + index);
    format = formatOf(value) ?? format;
    const stored = { line, entry: parseEntry(value, { seq: fromSeq + index, format, folders }) };
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

function parseEntry(
  value: unknown,
  { seq, format, folders }: { seq: number; format: number; folders: Folders },
): StoredFields {
  const forms = formsOf(folders, format);
  const type: unknown = isJsonObject(value) ? value["type"] : undefined;
  const schema = typeof type === "string" ? forms.get(type)?.() : undefined;
  if (schema === undefined) throw broken(seq, describeType(value, forms));
  const result = schema.safeParse(value);
  if (!result.success) {
    const path = (result.error.issues[0]?.path ?? []).map(String).join(".");
    throw broken(seq, `(${String(type)}) has an invalid field: ${path}`);
  }
  checkFormat(value as StoredFields, folders);
  checkStart(value as StoredFields, { seq, format, folders });
  // The parsed copy would lose the fields that pass through unread.
  return value as StoredFields;
}

type Forms = ReadonlyMap<string, () => z.ZodType>;

const cached = new WeakMap<Folders, Map<number, Forms>>();

/** The form of every entry type, by format, for the drivers that are known. */
function formsOf(folders: Folders, format: number): Forms {
  const known = cached.get(folders) ?? new Map<number, Forms>();
  cached.set(folders, known);
  const key = format === 1 ? 1 : FORMAT_VERSION;
  const forms = known.get(key) ?? newForms(folders, key);
  known.set(key, forms);
  return forms;
}

function newForms(folders: Folders, format: number): Forms {
  const isOld = format === 1;
  const makers: [string, () => z.ZodType][] = isOld
    ? formatOneForms(folders)
    : Object.entries(engineForms);
  if (!isOld) for (const { forms } of folders.values()) makers.push(...Object.entries(forms));
  const made = new Map<string, () => z.ZodType>();
  for (const [type, make] of makers) made.set(type, lazy(make));
  return made;
}

function checkStart(
  entry: StoredFields,
  { seq, format, folders }: { seq: number; format: number; folders: Folders },
): void {
  if (entry.type !== "run_started" || format === 1 || !("driver" in entry)) return;
  const result = folders
    .get(entry.driver)
    ?.start()
    .safeParse(entry.start ?? {});
  if (result === undefined || result.success) return;
  const path = ["start", ...(result.error.issues[0]?.path ?? [])].map(String).join(".");
  throw broken(seq, `(run_started) has an invalid field: ${path}`);
}

function checkFormat(entry: StoredFields, folders: Folders): void {
  const format = formatOf(entry) ?? 1;
  if (format > FORMAT_VERSION) {
    throw new HoldpointError(
      "state_incompatible",
      `Cannot read a run of format ${format}: this version reads up to ${FORMAT_VERSION}. Update holdpoint`,
    );
  }
  if (entry.type !== "run_started" || !("driver" in entry) || folders.has(entry.driver)) return;
  throw new HoldpointError(
    "state_incompatible",
    "Cannot read the run: its driver is not known here. Update holdpoint",
  );
}

function knownTypes(folders: Folders): ReadonlyMap<string, unknown> {
  return formsOf(folders, FORMAT_VERSION);
}

function describeType(value: unknown, known: ReadonlyMap<string, unknown>): string {
  const type: unknown = isJsonObject(value) ? value["type"] : undefined;
  if (typeof type !== "string") return "has no type";
  if (known.has(type)) return `(${type}) is not readable`;
  return /^[a-z_]{1,40}$/.test(type) ? `has the unknown type "${type}"` : "has an unknown type";
}

function broken(seq: number, problem: string): HoldpointError {
  return new HoldpointError("state_incompatible", `Cannot read the run: entry ${seq} ${problem}`);
}
