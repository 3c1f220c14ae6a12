import type * as z from "zod";

import { engineForms } from "./entry-schemas.ts";

/**
 * The version of the entries written here. A reader refuses newer ones. Every version that was
 * released keeps a stored state among the tests' fixtures, which each later reader must take.
 */
export const FORMAT_VERSION = 2;

export type EngineEntry = z.infer<ReturnType<(typeof engineForms)[keyof typeof engineForms]>>;
export type EngineEntryType = EngineEntry["type"];
export type EntryOf<T extends EngineEntryType> = Extract<EngineEntry, { type: T }>;

/** An entry of a driver, which alone reads it. */
export interface DriverEntry {
  readonly type: string;
  readonly seq: number;
  readonly at: string;
  readonly prev?: string | undefined;
  readonly path?: string[] | undefined;
  /** Of an intention. */
  readonly epoch?: number | undefined;
}

/** Any entry, as it is stored. */
export type StoredFields = EngineEntry | DriverEntry;

export type WithoutPlace<T> = T extends { type: "run_claimed" }
  ? Omit<T, "seq" | "at" | "prev">
  : T extends { epoch: number }
    ? Omit<T, "seq" | "at" | "prev" | "epoch"> & { epoch?: number }
    : T extends unknown
      ? Omit<T, "seq" | "at" | "prev">
      : never;

/** An entry that has no place in a journal yet; an intention gets its epoch with its place. */
export type EngineDraft = WithoutPlace<EngineEntry>;
export type DraftOf<T extends EngineEntryType> = Extract<EngineDraft, { type: T }>;

/** A draft of a driver's entry; what it is is found by its type. */
export interface DriverDraft {
  readonly type: string;
  readonly [field: string]: unknown;
}

export type AnyDraft = EngineDraft | DriverDraft;

/**
 * What an entry is to whoever writes it: an outcome happened outside and is never dropped, whoever
 * owns the run by now; an intention is of the claim's owner, and changes nothing once another claim
 * stands; a word comes from outside, and needs no claim.
 */
export type EntryKind = "outcome" | "intention" | "word";

const engineTypes: ReadonlySet<string> = new Set(Object.keys(engineForms));

export function isEngineEntry(entry: StoredFields): entry is EngineEntry {
  return engineTypes.has(entry.type);
}
