import { ConflictError } from "../lib/errors.ts";
import { storeEntry, type StoredEntry } from "./chain.ts";
import type { EntryDraft } from "./entries.ts";
import { apply, createFold, fold, type RunFold } from "./fold.ts";

/** The entries of one run in this process, and what they amount to. */
export interface Journal {
  /** All entries, in order. Not to be changed. */
  readonly entries: readonly StoredEntry[];
  /** The fold of all entries. Not to be changed; another object after `rollback`. */
  readonly state: RunFold;
  /** Appends entries that have their place already. @throws ConflictError when they do not fit */
  extend(entries: readonly StoredEntry[]): void;
  /** Forgets the entries from `length` on, which a store refused. */
  rollback(length: number): void;
  /** Calls back after every change that is stored; returns what ends that. */
  watch(listener: () => void): () => void;
  /** Tells the watchers. */
  notify(): void;
}

export function createJournal(initial: readonly StoredEntry[] = []): Journal {
  const entries: StoredEntry[] = [...initial];
  let state = fold(entries.map(({ entry }) => entry));
  const listeners = new Set<() => void>();
  return {
    entries,
    get state() {
      return state;
    },
    extend(more) {
      for (const stored of more) {
        if (stored.entry.seq !== entries.length) {
          throw new ConflictError(
            `Cannot append entry ${stored.entry.seq}: the journal has ${entries.length}`,
          );
        }
        entries.push(stored);
        apply(state, stored.entry);
      }
    },
    rollback(length) {
      entries.length = length;
      state = fold(entries.map(({ entry }) => entry));
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notify() {
      for (const listener of listeners) listener();
    },
  };
}

/** Gives `drafts` their places behind `entries`. */
export function placeDrafts(
  drafts: readonly EntryDraft[],
  after: { length: number; last: StoredEntry | undefined; at: string; epoch?: number },
): StoredEntry[] {
  let previous = after.last?.line;
  let { epoch = 0 } = after;
  return drafts.map((draft, index) => {
    const { at } = after;
    if (draft.type === "run_claimed") epoch = draft.epoch;
    const stored = storeEntry(draft, { seq: after.length + index, at, epoch, previous });
    previous = stored.line;
    return stored;
  });
}

/** The fold of the first `length` entries, without the rest. */
export function foldUntil(entries: readonly StoredEntry[], length: number): RunFold {
  const state = createFold();
  for (const { entry } of entries.slice(0, length)) apply(state, entry);
  return state;
}
